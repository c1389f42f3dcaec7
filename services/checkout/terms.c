/* terms.c - every number of an order, against the shelf. */
#include "services/checkout/terms.h"

#include "base/country.h"
#include "base/money.h"

/* What the checks below share. */
struct terms {
    const struct shelf *shelf;
    const struct order *order;
    struct arena *arena;
    struct str *detail;
};

static enum reject_reason check_shape(const struct terms *terms)
{
    const struct order *order = terms->order;

    if (order->lines.count == 0) {
        *terms->detail = STR("There is nothing in this order.");
        return REJECT_REASON_EMPTY;
    }
    if (order->lines.count > TERMS_LINES_MAX) {
        *terms->detail = arena_printf(terms->arena, "An order has at most %d lines.", TERMS_LINES_MAX);
        return REJECT_REASON_TOTAL_WRONG;
    }
    for (size_t i = 0; i < order->lines.count; i++) {
        const struct order_line *line = &order->lines.items[i];

        if (line->quantity >= 1 && line->quantity <= TERMS_QUANTITY_MAX && line->unit_price_minor >= 0)
            continue;
        *terms->detail = arena_printf(terms->arena, "Of " STR_FMT " one can order 1 to %d.", STR_ARG(line->name),
                                      TERMS_QUANTITY_MAX);
        return REJECT_REASON_TOTAL_WRONG;
    }
    return REJECT_REASON_UNKNOWN;
}

static int64_t rates_version(const struct terms *terms)
{
    const struct rates_updated *rates = shelf_rates(terms->shelf);

    return rates ? rates->version : 0;
}

/* Whether an amount of this currency was converted by rates that the shelf has not heard of yet. */
static bool newer_rates(const struct terms *terms, struct str currency)
{
    return !str_equal(currency, terms->order->currency) && terms->order->rates_version > rates_version(terms);
}

static enum reject_reason no_rate(const struct terms *terms)
{
    *terms->detail = arena_printf(terms->arena, "There are no prices in " STR_FMT " now.",
                                  STR_ARG(terms->order->currency));
    return REJECT_REASON_RATES_CHANGED;
}

static struct str changed(const struct terms *terms, const char *what, struct str of, int64_t now, int64_t was)
{
    struct str new_price = money_text(now, terms->order->currency, terms->arena);
    struct str old_price = money_text(was, terms->order->currency, terms->arena);

    return arena_printf(terms->arena, "%s" STR_FMT " costs " STR_FMT " now, not " STR_FMT ". Please look again.", what,
                        STR_ARG(of), STR_ARG(new_price), STR_ARG(old_price));
}

static enum reject_reason check_line(const struct terms *terms, const struct order_line *line)
{
    const struct product_updated *product = shelf_product(terms->shelf, line->product_id);
    const struct order *order = terms->order;
    bool by_rates;
    int64_t price;
    struct err err;

    if (!product || (product->retired && product->version >= line->product_version)) {
        *terms->detail = arena_printf(terms->arena, "We do not sell " STR_FMT ".",
                                      STR_ARG(line->name.len ? line->name : line->product_id));
        return REJECT_REASON_PRODUCT_UNKNOWN;
    }
    if (line->product_version > product->version || newer_rates(terms, product->currency))
        return REJECT_REASON_UNKNOWN;
    if (shelf_convert(terms->shelf, product->price_minor, product->currency, order->currency, &price, &err) != ST_OK)
        return no_rate(terms);
    if (price == line->unit_price_minor)
        return REJECT_REASON_UNKNOWN;
    by_rates = product->version == line->product_version && !str_equal(product->currency, order->currency) &&
               order->rates_version != rates_version(terms);
    *terms->detail = changed(terms, by_rates ? "At the newest exchange rates " : "", product->name, price,
                             line->unit_price_minor);
    return by_rates ? REJECT_REASON_RATES_CHANGED : REJECT_REASON_PRICE_CHANGED;
}

/* False when a line's product is newer than the shelf's, so that its weight is not known. */
static bool weigh(const struct terms *terms, struct parcel *parcel)
{
    *parcel = (struct parcel){0, 0};
    for (size_t i = 0; i < terms->order->lines.count; i++) {
        const struct order_line *line = &terms->order->lines.items[i];
        const struct product_updated *product = shelf_product(terms->shelf, line->product_id);

        if (line->product_version > product->version)
            return false;
        parcel_add(parcel, product, line->quantity);
    }
    return true;
}

/* Whether it is the code of the country that was typed. Without a code the address was taken as typed: then only what
 * goes everywhere goes there. */
static bool zone_of_order(const struct order *order, struct str *zone)
{
    const struct country *country = country_find(order->country);

    *zone = order->country_code.len && country ? country->zone : (struct str){NULL, 0};
    return order->country_code.len == 0 || (country && str_equal(country->code, order->country_code));
}

static enum reject_reason no_carrier(const struct terms *terms, const struct tariff_updated *tariff)
{
    const struct order *order = terms->order;

    *terms->detail = arena_printf(terms->arena, STR_FMT " does not take this to " STR_FMT ".",
                                  STR_ARG(tariff ? tariff->name : order->carrier), STR_ARG(order->country));
    return REJECT_REASON_SHIPPING_CHANGED;
}

static enum reject_reason check_shipping(const struct terms *terms)
{
    const struct order *order = terms->order;
    const struct tariff_updated *tariff = shelf_tariff(terms->shelf, order->carrier);
    struct quote quote;
    struct parcel parcel;
    struct str zone;
    struct err err;

    if (!zone_of_order(order, &zone)) {
        *terms->detail = STR("The country is not the one that shipping was quoted for. Please look again.");
        return REJECT_REASON_SHIPPING_CHANGED;
    }
    if (tariff &&
        (order->tariff_version > tariff->version || newer_rates(terms, tariff->currency) || !weigh(terms, &parcel)))
        return REJECT_REASON_UNKNOWN;
    if (!tariff || shelf_quote(terms->shelf, order->carrier, zone, &parcel, &quote, &err) != ST_OK)
        return no_carrier(terms, tariff);
    if (shelf_convert(terms->shelf, quote.price_minor, tariff->currency, order->currency, &quote.price_minor, &err) !=
        ST_OK)
        return no_rate(terms);
    if (quote.price_minor == order->shipping_minor)
        return REJECT_REASON_UNKNOWN;
    *terms->detail = changed(terms, "Shipping by ", tariff->name, quote.price_minor, order->shipping_minor);
    return REJECT_REASON_SHIPPING_CHANGED;
}

static enum reject_reason check_total(const struct terms *terms)
{
    const struct order *order = terms->order;
    int64_t total = order->shipping_minor, line_total;
    bool fits = order->shipping_minor >= 0;

    for (size_t i = 0; fits && i < order->lines.count; i++) {
        const struct order_line *line = &order->lines.items[i];

        fits = money_multiply(line->unit_price_minor, line->quantity, &line_total) &&
               money_add(total, line_total, &total);
    }
    if (fits && total == order->total_minor)
        return REJECT_REASON_UNKNOWN;
    *terms->detail = STR("The total is not the sum of its parts. Please look again.");
    return REJECT_REASON_TOTAL_WRONG;
}

enum reject_reason terms_check(const struct shelf *shelf, const struct order *order, struct arena *arena,
                               struct str *detail)
{
    struct terms terms = {shelf, order, arena, detail};
    enum reject_reason reason = check_shape(&terms);

    for (size_t i = 0; reason == REJECT_REASON_UNKNOWN && i < order->lines.count; i++)
        reason = check_line(&terms, &order->lines.items[i]);
    if (reason == REJECT_REASON_UNKNOWN)
        reason = check_shipping(&terms);
    if (reason == REJECT_REASON_UNKNOWN)
        reason = check_total(&terms);
    return reason;
}
