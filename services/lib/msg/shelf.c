/* shelf.c - sorted lists of copies in one arena, which is made anew when most of it is outdated. */
#include "msg/shelf.h"

#include <stdlib.h>

#include "base/money.h"

enum { SLACK_BYTES = 64 * 1024 }; /* outdated copies that are not worth the making anew */

/* One state: its encoding, and the decoded form that points into it. */
struct item {
    struct str key;
    int64_t version;
    enum msg_type type;
    struct str value;
};

/* Sorted by key; bodies[i] belongs to items[i]. */
struct aisle {
    struct item *items;
    const void **bodies;
    size_t count, capacity;
};

enum { PRODUCTS, RATES, TARIFFS, ADS, AISLES };

struct shelf {
    struct aisle aisles[AISLES];
    struct arena arena;
    size_t live_bytes, taken_bytes; /* encoded: of the items, and of all that was ever put into this arena */
};

struct shelf *shelf_open(void)
{
    struct shelf *shelf = calloc(1, sizeof(*shelf));

    if (!shelf)
        abort();
    arena_init(&shelf->arena);
    return shelf;
}

void shelf_close(struct shelf *shelf)
{
    if (!shelf)
        return;
    for (size_t i = 0; i < AISLES; i++) {
        free(shelf->aisles[i].items);
        free(shelf->aisles[i].bodies);
    }
    arena_release(&shelf->arena);
    free(shelf);
}

/* Where key stands or should stand; *found says which. */
static size_t aisle_find(const struct aisle *aisle, struct str key, bool *found)
{
    size_t low = 0, high = aisle->count;

    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(aisle->items[middle].key, key);

        if (order == 0)
            *found = true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void *grow(void *array, size_t capacity, size_t size)
{
    void *grown = reallocarray(array, capacity, size);

    if (!grown)
        abort();
    return grown;
}

static void aisle_insert(struct aisle *aisle, size_t at)
{
    if (aisle->count == aisle->capacity) {
        aisle->capacity = aisle->capacity ? aisle->capacity * 2 : 16;
        aisle->items = grow(aisle->items, aisle->capacity, sizeof(*aisle->items));
        aisle->bodies = grow(aisle->bodies, aisle->capacity, sizeof(*aisle->bodies));
    }
    memmove(&aisle->items[at + 1], &aisle->items[at], (aisle->count - at) * sizeof(*aisle->items));
    memmove(&aisle->bodies[at + 1], &aisle->bodies[at], (aisle->count - at) * sizeof(*aisle->bodies));
    aisle->count++;
}

/* Puts a copy of body at this place. */
static void put(struct shelf *shelf, struct aisle *aisle, size_t at, const struct item *like, struct str value)
{
    struct item *item = &aisle->items[at];

    *item = *like;
    item->value = arena_copy(&shelf->arena, value);
    aisle->bodies[at] = msg_decode_own(item->type, item->value, &shelf->arena);
    item->key = msg_key(item->type, aisle->bodies[at]);
    shelf->taken_bytes += value.len;
}

static void tidy(struct shelf *shelf)
{
    struct arena old = shelf->arena;

    if (shelf->taken_bytes < 2 * shelf->live_bytes + SLACK_BYTES)
        return;
    arena_init(&shelf->arena);
    shelf->taken_bytes = 0;
    for (size_t i = 0; i < AISLES; i++)
        for (size_t at = 0; at < shelf->aisles[i].count; at++) {
            struct item like = shelf->aisles[i].items[at];

            put(shelf, &shelf->aisles[i], at, &like, like.value);
        }
    arena_release(&old);
}

static bool take(struct shelf *shelf, struct aisle *aisle, enum msg_type type, const void *body, int64_t version)
{
    struct item like = {.key = msg_key(type, body), .version = version, .type = type};
    struct arena scratch;
    struct str value;
    bool found;
    size_t at = aisle_find(aisle, like.key, &found);

    if (found && aisle->items[at].version >= version)
        return false;
    arena_init(&scratch);
    value = msg_encode(type, body, &scratch);
    if (found)
        shelf->live_bytes -= aisle->items[at].value.len;
    else
        aisle_insert(aisle, at);
    shelf->live_bytes += value.len;
    put(shelf, aisle, at, &like, value);
    arena_release(&scratch);
    tidy(shelf);
    return true;
}

bool shelf_learn(struct shelf *shelf, enum msg_type type, const void *body)
{
    struct aisle *aisles = shelf->aisles;

    if (type == MSG_PRODUCT_UPDATED)
        return take(shelf, &aisles[PRODUCTS], type, body, ((const struct product_updated *)body)->version);
    if (type == MSG_RATES_UPDATED)
        return take(shelf, &aisles[RATES], type, body, ((const struct rates_updated *)body)->version);
    if (type == MSG_TARIFF_UPDATED)
        return take(shelf, &aisles[TARIFFS], type, body, ((const struct tariff_updated *)body)->version);
    if (type == MSG_AD_UPDATED)
        return take(shelf, &aisles[ADS], type, body, ((const struct ad_updated *)body)->version);
    return false;
}

static const void *aisle_get(const struct aisle *aisle, struct str key)
{
    bool found;
    size_t at = aisle_find(aisle, key, &found);

    return found ? aisle->bodies[at] : NULL;
}

const struct product_updated *shelf_product(const struct shelf *shelf, struct str product_id)
{
    return aisle_get(&shelf->aisles[PRODUCTS], product_id);
}

const struct rates_updated *shelf_rates(const struct shelf *shelf)
{
    return shelf->aisles[RATES].count ? shelf->aisles[RATES].bodies[0] : NULL;
}

const struct tariff_updated *shelf_tariff(const struct shelf *shelf, struct str carrier)
{
    return aisle_get(&shelf->aisles[TARIFFS], carrier);
}

const struct product_updated *const *shelf_products(const struct shelf *shelf, size_t *count)
{
    *count = shelf->aisles[PRODUCTS].count;
    return (const struct product_updated *const *)shelf->aisles[PRODUCTS].bodies;
}

const struct tariff_updated *const *shelf_tariffs(const struct shelf *shelf, size_t *count)
{
    *count = shelf->aisles[TARIFFS].count;
    return (const struct tariff_updated *const *)shelf->aisles[TARIFFS].bodies;
}

const struct ad_updated *const *shelf_ads(const struct shelf *shelf, size_t *count)
{
    *count = shelf->aisles[ADS].count;
    return (const struct ad_updated *const *)shelf->aisles[ADS].bodies;
}

/* False when there is no such rate; the base's own is 1. */
static bool find_rate(const struct rates_updated *rates, struct str currency, struct money_rate *rate)
{
    for (size_t i = 0; rates && i < rates->rates.count; i++) {
        const struct rate *item = &rates->rates.items[i];

        if (str_equal(item->currency, currency)) {
            *rate = (struct money_rate){item->digits, item->scale};
            return true;
        }
    }
    *rate = (struct money_rate){1, 0};
    return rates && str_equal(rates->base, currency);
}

enum status shelf_convert(const struct shelf *shelf, int64_t amount_minor, struct str from, struct str to,
                          int64_t *result_minor, struct err *err)
{
    const struct rates_updated *rates = shelf_rates(shelf);
    struct money_rate from_rate, to_rate;

    if (str_equal(from, to)) {
        *result_minor = amount_minor;
        return ST_OK;
    }
    if (!find_rate(rates, from, &from_rate) || !find_rate(rates, to, &to_rate))
        return err_set(err, ST_REJECT, "there is no rate from " STR_FMT " to " STR_FMT, STR_ARG(from), STR_ARG(to));
    return money_convert(amount_minor, from, from_rate, to, to_rate, result_minor, err);
}

void parcel_add(struct parcel *parcel, const struct product_updated *product, int32_t quantity)
{
    parcel->grams += (int64_t)product->weight_grams * quantity;
    parcel->cm3 += (int64_t)product->volume_cm3 * quantity;
}

/* The zone by which the tariff charges: its own where it has it, otherwise everywhere. */
static struct str zone_of(const struct tariff_updated *tariff, struct str zone)
{
    for (size_t i = 0; i < tariff->steps.count; i++)
        if (str_equal(tariff->steps.items[i].zone, zone))
            return zone;
    return STR("*");
}

/* What the carrier weighs: what is light but large counts as heavy, and a started gram as one. */
static int64_t charged_grams(const struct tariff_updated *tariff, const struct parcel *parcel)
{
    int64_t by_volume = tariff->cm3_per_kg > 0 ? (parcel->cm3 * 1000 + tariff->cm3_per_kg - 1) / tariff->cm3_per_kg : 0;

    return by_volume > parcel->grams ? by_volume : parcel->grams;
}

enum status shelf_quote(const struct shelf *shelf, struct str carrier, struct str zone, const struct parcel *parcel,
                        struct quote *quote, struct err *err)
{
    const struct tariff_updated *tariff = shelf_tariff(shelf, carrier);
    const struct tariff_step *best = NULL;
    int64_t grams;

    if (!tariff)
        return err_set(err, ST_REJECT, "there is no carrier " STR_FMT, STR_ARG(carrier));
    grams = charged_grams(tariff, parcel);
    for (size_t i = 0; i < tariff->steps.count; i++) {
        const struct tariff_step *step = &tariff->steps.items[i];

        if (step->up_to_grams >= grams && str_equal(step->zone, zone_of(tariff, zone)) &&
            (!best || step->up_to_grams < best->up_to_grams))
            best = step;
    }
    if (!best)
        return err_set(err, ST_REJECT, STR_FMT " does not take so much to zone " STR_FMT, STR_ARG(tariff->name),
                       STR_ARG(zone));
    quote->price_minor = grams > 0 ? best->price_minor : 0;
    quote->days = best->days ? best->days : tariff->days;
    return ST_OK;
}
