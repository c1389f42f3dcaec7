/* country.h - the countries that a parcel may go to: how they are written, where they lie, what their postal codes look
 * like. Pure; the facts and their sources are in countries/countries.txt. */
#ifndef BASE_COUNTRY_H
#define BASE_COUNTRY_H

#include "base/arena.h"

/* Zones, as seen from a house in the United States. A tariff's steps name them. */
#define ZONE_HOME "home"
#define ZONE_NEIGHBOURS "neighbours"
#define ZONE_EUROPE "europe"
#define ZONE_ASIA_PACIFIC "asia-pacific"
#define ZONE_WORLD "world"

struct country {
    struct str code;         /* ISO 3166-1 alpha-2 */
    struct str name;         /* in English */
    struct str zone;         /* one of the above */
    struct str postal_forms; /* as in countries.txt; empty: nothing is known, so nothing is asked */
    struct str postal_example;
    bool has_regions; /* an address there is not whole without its state, province, prefecture or the like */
};

/* The country that somebody means by a code, a name or another name, in whatever case and with or without accents; NULL
 * when it is none that we know. */
const struct country *country_find(struct str typed);

/* The zone of what somebody typed; empty for an unknown country, which only a carrier that goes everywhere reaches. */
struct str country_zone(struct str typed);

/* Whether it could be a postal code there. Blanks around it do not matter, and none or a hyphen stands for a blank inside. */
bool country_takes_postal_code(const struct country *country, struct str code);

/* A sentence for the shopper whose code it does not take: "Austria: a postal code there looks like 1010.", in the arena. */
struct str country_postal_advice(const struct country *country, struct arena *arena);

/* A sentence for the shopper who left the region out where the country has_regions, in the arena. */
struct str country_region_advice(const struct country *country, struct arena *arena);

/* All of them, ordered by code. */
const struct country *country_all(size_t *count);

#endif
