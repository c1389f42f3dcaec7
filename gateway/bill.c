/* bill.c - what a cart comes to. Pure: the same shelf and cart give the same bill, which checkout works out again. */
#include "gateway/bill.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/country.h"
#include "base/money.h"

static void lack(struct bill *bill, enum bill_lack what, struct str whose)
{
    if (bill->lack == BILL_WHOLE) {
        bill->lack = what;
        bill->lacking = whose;
    }
}

/* An amount in the bill's currency; false when there is no rate. */
static bool convert(struct bill *bill, const struct shelf *shelf, int64_t minor, struct str currency, int64_t *result)
{
    const struct rates_updated *rates = shelf_rates(shelf);
    struct err err;

    if (shelf_convert(shelf, minor, currency, bill->currency, result, &err) != ST_OK) {
        lack(bill, BILL_NO_RATE, currency);
        return false;
    }
    if (rates && !str_equal(currency, bill->currency))
        bill->rates_version = rates->version;
    return true;
}

/* Whether a price is missing by the product's own fault: in a currency without a rate it has none in any other. */
static bool cannot_be_sold(const struct bill *bill, const struct shelf *shelf, const struct product_updated *product)
{
    const struct rates_updated *rates = shelf_rates(shelf);
    const struct money_style *style = money_style(product->currency);
    int64_t one;
    struct err err;

    if (str_equal(product->currency, bill->currency))
        return false;
    if (!style || !style->name)
        return true;
    return rates && shelf_convert(shelf, 0, rates->base, bill->currency, &one, &err) == ST_OK &&
           shelf_convert(shelf, 0, product->currency, rates->base, &one, &err) != ST_OK;
}

static void price_line(struct bill *bill, const struct shelf *shelf, struct order_line *line, struct parcel *parcel,
                       struct arena *arena)
{
    const struct product_updated *product = shelf_product(shelf, line->product_id);
    int64_t total;

    line->unit_price_minor = -1;
    if (product == NULL || product->retired || cannot_be_sold(bill, shelf, product)) {
        if (bill->lack == BILL_WHOLE)
            bill->for_good = product && product->retired;
        lack(bill, BILL_NO_PRODUCT, product ? arena_copy(arena, product->name) : line->product_id);
        return;
    }
    line->name = arena_copy(arena, product->name);
    line->product_version = product->version;
    parcel_add(parcel, product, line->quantity);
    if (!convert(bill, shelf, product->price_minor, product->currency, &line->unit_price_minor) ||
        !money_multiply(line->unit_price_minor, line->quantity, &total) ||
        !money_add(bill->subtotal_minor, total, &bill->subtotal_minor))
        lack(bill, BILL_NO_RATE, bill->currency);
}

static int by_price(const void *a, const void *b)
{
    const struct offer *left = a, *right = b;

    if (left->price_minor != right->price_minor)
        return left->price_minor < right->price_minor ? -1 : 1;
    return str_compare(left->tariff->carrier, right->tariff->carrier);
}

static void gather_offers(struct bill *bill, const struct shelf *shelf, struct str zone, const struct parcel *parcel,
                          struct arena *arena)
{
    size_t count;
    const struct tariff_updated *const *tariffs = shelf_tariffs(shelf, &count);

    bill->offers = arena_array(arena, count, sizeof *bill->offers);
    for (size_t i = 0; i < count; i++) {
        struct quote quote;
        int64_t price_minor;
        struct err err;

        if (shelf_quote(shelf, tariffs[i]->carrier, zone, parcel, &quote, &err) == ST_OK &&
            convert(bill, shelf, quote.price_minor, tariffs[i]->currency, &price_minor))
            bill->offers[bill->offer_count++] = (struct offer){tariffs[i], price_minor, quote.days};
    }
    if (bill->offer_count)
        qsort(bill->offers, bill->offer_count, sizeof *bill->offers, by_price);
}

static const struct offer *offer_of(const struct bill *bill, struct str carrier)
{
    for (size_t i = 0; i < bill->offer_count; i++)
        if (str_equal(bill->offers[i].tariff->carrier, carrier))
            return &bill->offers[i];
    return NULL;
}

static void choose(struct bill *bill, struct str carrier)
{
    bill->chosen = offer_of(bill, carrier);
    if (bill->chosen == NULL)
        bill->chosen = offer_of(bill, STR(BILL_CARRIER));
    if (bill->chosen == NULL && bill->offer_count)
        bill->chosen = &bill->offers[0];
    if (bill->chosen == NULL)
        lack(bill, BILL_NO_CARRIER, (struct str){NULL, 0});
}

struct bill bill_make(const struct shelf *shelf, const struct cart_line_list *cart, struct str currency,
                      const struct destination *destination, struct arena *arena)
{
    struct bill bill = {.currency = arena_copy(arena, currency), .count = cart->count};
    struct parcel parcel = {0, 0};

    bill.lines = arena_array(arena, cart->count, sizeof *bill.lines);
    for (size_t i = 0; i < cart->count; i++) {
        bill.lines[i].product_id = arena_copy(arena, cart->items[i].product_id);
        bill.lines[i].quantity = cart->items[i].quantity;
        price_line(&bill, shelf, &bill.lines[i], &parcel, arena);
    }
    gather_offers(&bill, shelf, country_zone(destination->country_code), &parcel, arena);
    choose(&bill, destination->carrier);
    if (!money_add(bill.subtotal_minor, bill.chosen ? bill.chosen->price_minor : 0, &bill.total_minor))
        lack(&bill, BILL_NO_RATE, bill.currency);
    return bill;
}

/* FNV-1a, one number or text after the other. */
static uint64_t mix(uint64_t hash, const void *bytes, size_t len)
{
    const uint8_t *byte = bytes;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ byte[i]) * 0x100000001b3;
    return hash;
}

struct str bill_seen(const struct bill *bill, int64_t generation, struct arena *arena)
{
    uint64_t hash = mix(0xcbf29ce484222325, bill->currency.ptr, bill->currency.len);

    for (size_t i = 0; i < bill->count; i++) {
        const struct order_line *line = &bill->lines[i];

        hash = mix(hash, line->product_id.ptr, line->product_id.len);
        hash = mix(hash, &line->quantity, sizeof line->quantity);
        hash = mix(hash, &line->unit_price_minor, sizeof line->unit_price_minor);
    }
    for (size_t i = 0; i < bill->offer_count; i++) {
        const struct offer *offer = &bill->offers[i];

        hash = mix(hash, offer->tariff->carrier.ptr, offer->tariff->carrier.len);
        hash = mix(hash, &offer->price_minor, sizeof offer->price_minor);
    }
    return arena_printf(arena, "%" PRId64 ".%016" PRIx64 STR_FMT, generation, hash,
                        STR_ARG(bill_prices_seen(bill, arena)));
}

int64_t bill_seen_generation(struct str seen)
{
    int64_t generation = 0;
    size_t at = 0;

    while (at < seen.len && at < 18 && seen.ptr[at] >= '0' && seen.ptr[at] <= '9')
        generation = generation * 10 + (seen.ptr[at++] - '0');
    return at > 0 && at < seen.len && seen.ptr[at] == '.' ? generation : -1;
}
