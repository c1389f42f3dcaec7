/* carriers.c - who carries parcels, where to, how fast and for how much: the one table that tariffs are told from. */
#include "base/country.h"
#include "services/shipping/shipping.h"

#define KG(count) ((count)*INT64_C(1000))
#define STEP(where, grams, price, day_count)                                                         \
    {                                                                                                \
        .zone = STR_INIT(where), .up_to_grams = (grams), .price_minor = (price), .days = (day_count) \
    }

/* Anywhere, as in the original shop, for one price: any address that can be printed, and ten each of everything that the
 * original sold, almost three times over. Who is paid so little abroad lets parcels wait until there are many. */
static const struct tariff_step flat[] = {
    STEP(ZONE_HOME, KG(100), 899, 5),    STEP(ZONE_NEIGHBOURS, KG(100), 899, 14),
    STEP(ZONE_EUROPE, KG(100), 899, 21), STEP(ZONE_ASIA_PACIFIC, KG(100), 899, 28),
    STEP(ZONE_WORLD, KG(100), 899, 35),  STEP("*", KG(100), 899, 35),
};

/* Everywhere, slowly; what is large pays for its room. */
static const struct tariff_step snail[] = {
    STEP(ZONE_HOME, 500, 349, 7),
    STEP(ZONE_HOME, KG(2), 549, 7),
    STEP(ZONE_HOME, KG(10), 999, 7),
    STEP(ZONE_HOME, KG(20), 1699, 7),
    STEP(ZONE_NEIGHBOURS, 500, 699, 10),
    STEP(ZONE_NEIGHBOURS, KG(2), 999, 10),
    STEP(ZONE_NEIGHBOURS, KG(10), 1999, 10),
    STEP(ZONE_NEIGHBOURS, KG(20), 3499, 10),
    STEP(ZONE_EUROPE, 500, 849, 14),
    STEP(ZONE_EUROPE, KG(2), 1299, 14),
    STEP(ZONE_EUROPE, KG(10), 2799, 14),
    STEP(ZONE_EUROPE, KG(20), 4999, 14),
    STEP(ZONE_ASIA_PACIFIC, 500, 949, 18),
    STEP(ZONE_ASIA_PACIFIC, KG(2), 1499, 18),
    STEP(ZONE_ASIA_PACIFIC, KG(10), 3299, 18),
    STEP(ZONE_ASIA_PACIFIC, KG(20), 5899, 18),
    STEP(ZONE_WORLD, 500, 1099, 21),
    STEP(ZONE_WORLD, KG(2), 1799, 21),
    STEP(ZONE_WORLD, KG(10), 3999, 21),
    STEP(ZONE_WORLD, KG(20), 6999, 21),
};

/* Fast, where its aeroplanes land; nothing that one man cannot lift. */
static const struct tariff_step heron[] = {
    STEP(ZONE_HOME, KG(1), 1499, 2),         STEP(ZONE_HOME, KG(5), 2199, 2),
    STEP(ZONE_HOME, KG(15), 3999, 2),        STEP(ZONE_NEIGHBOURS, KG(1), 2499, 3),
    STEP(ZONE_NEIGHBOURS, KG(5), 3999, 3),   STEP(ZONE_NEIGHBOURS, KG(15), 7499, 3),
    STEP(ZONE_EUROPE, KG(1), 3499, 3),       STEP(ZONE_EUROPE, KG(5), 5499, 3),
    STEP(ZONE_EUROPE, KG(15), 9999, 3),      STEP(ZONE_ASIA_PACIFIC, KG(1), 3999, 4),
    STEP(ZONE_ASIA_PACIFIC, KG(5), 6299, 4), STEP(ZONE_ASIA_PACIFIC, KG(15), 11499, 4),
};

/* Bicycles: tomorrow, at home, as much as fits into the bag. */
static const struct tariff_step otter[] = {
    STEP(ZONE_HOME, KG(1), 1999, 1),
    STEP(ZONE_HOME, KG(5), 2799, 1),
};

#define STEPS(list)                              \
    {                                            \
        (list), sizeof(list) / sizeof((list)[0]) \
    }

static const struct carrier carriers[] = {
    {STR_INIT(SHIPPING_FLAT), STR_INIT("Pigeon & Daughters"), "PD", 35, 0, STEPS(flat)},
    {STR_INIT("snail"), STR_INIT("Snail & Sons"), "SN", 21, 5000, STEPS(snail)},
    {STR_INIT("heron"), STR_INIT("Heron Express"), "HE", 4, 5000, STEPS(heron)},
    {STR_INIT("otter"), STR_INIT("Otter City Couriers"), "TC", 1, 5000, STEPS(otter)},
};

const struct carrier *carrier_find(struct str code)
{
    for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++)
        if (str_equal(carriers[i].code, code))
            return &carriers[i];
    return NULL;
}

int32_t carrier_days(const struct carrier *carrier, struct str zone)
{
    for (size_t i = 0; i < carrier->steps.count; i++)
        if (str_equal(carrier->steps.items[i].zone, zone) || str_is(carrier->steps.items[i].zone, "*"))
            return carrier->steps.items[i].days;
    return 0;
}
