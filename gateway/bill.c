/* bill.c - what a cart comes to. Pure: the same shelf and cart give the same bill, which checkout works out again. */
#include "gateway/bill.h"

#include <inttypes.h>

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

static void price_line(struct bill *bill, const struct shelf *shelf, struct order_line *line, int64_t *grams,
                       struct arena *arena)
{
    const struct product_updated *product = shelf_product(shelf, line->product_id);
    int64_t total;

    line->unit_price_minor = -1;
    if (product == NULL || product->retired) {
        lack(bill, BILL_NO_PRODUCT, line->product_id);
        return;
    }
    line->name = arena_copy(arena, product->name);
    line->product_version = product->version;
    *grams += (int64_t)product->weight_grams * line->quantity;
    if (!convert(bill, shelf, product->price_minor, product->currency, &line->unit_price_minor) ||
        !money_multiply(line->unit_price_minor, line->quantity, &total) ||
        !money_add(bill->subtotal_minor, total, &bill->subtotal_minor))
        lack(bill, BILL_NO_RATE, bill->currency);
}

/* The cheapest; of equals the first by name. */
static void choose_carrier(struct bill *bill, const struct shelf *shelf, struct str country, int64_t grams)
{
    size_t count;
    const struct tariff_updated *const *tariffs = shelf_tariffs(shelf, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t price;
        struct err err;

        if (shelf_quote(shelf, tariffs[i]->carrier, country, grams, &price, &err) != ST_OK ||
            !convert(bill, shelf, price, tariffs[i]->currency, &price))
            continue;
        if (bill->tariff == NULL || price < bill->shipping_minor) {
            bill->tariff = tariffs[i];
            bill->shipping_minor = price;
        }
    }
    if (bill->tariff == NULL)
        lack(bill, BILL_NO_CARRIER, country);
}

struct bill bill_make(const struct shelf *shelf, const struct cart_line_list *cart, struct str currency,
                      struct str country, struct arena *arena)
{
    struct bill bill = {.currency = arena_copy(arena, currency), .count = cart->count};
    int64_t grams = 0;

    bill.lines = arena_array(arena, cart->count, sizeof *bill.lines);
    for (size_t i = 0; i < cart->count; i++) {
        bill.lines[i].product_id = arena_copy(arena, cart->items[i].product_id);
        bill.lines[i].quantity = cart->items[i].quantity;
        price_line(&bill, shelf, &bill.lines[i], &grams, arena);
    }
    choose_carrier(&bill, shelf, country, grams);
    if (!money_add(bill.subtotal_minor, bill.shipping_minor, &bill.total_minor))
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
    hash = mix(hash, &bill->shipping_minor, sizeof bill->shipping_minor);
    return arena_printf(arena, "%" PRId64 ".%016" PRIx64, generation, hash);
}

int64_t bill_seen_generation(struct str seen)
{
    int64_t generation = 0;
    size_t at = 0;

    while (at < seen.len && at < 18 && seen.ptr[at] >= '0' && seen.ptr[at] <= '9')
        generation = generation * 10 + (seen.ptr[at++] - '0');
    return at > 0 && at < seen.len && seen.ptr[at] == '.' ? generation : -1;
}
