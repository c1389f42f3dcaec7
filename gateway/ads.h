/* ads.h - the campaigns that are heard of, and which of them a page shows. In memory: an ad costs no hop.
 *
 * The budget is the ad service's to keep; here its share is drawn by lot for each page, so that a campaign lasts its day. */
#ifndef GATEWAY_ADS_H
#define GATEWAY_ADS_H

#include "base/id.h"
#include "msg/msg.h"
#include "msg/shelf.h"

#define ADS_COOKIE "shop_ads"

enum { ADS_COUNTED = 24 }; /* campaigns that one visitor's cookie counts; of more it forgets the oldest */

/* What a page offers an ad to fit. */
struct ads_place {
    int64_t now_ms;
    struct str product_id;      /* of the page: an ad that leads to itself is none; may be empty */
    struct str_list categories; /* of the page's products, of what lies in the cart */
    struct str words;           /* names and search words; keywords are found at the beginning of a word, in any case */
    struct str seen;            /* the visitor's ADS_COOKIE, as it came */
    const struct shelf *shelf;  /* the ads, and the products: what is sold out or retired is not advertised */
    uint64_t lot;               /* random */
};

/* One that fits, by its weight among those whose share is drawn; one that fits nowhere in particular when none does. When
 * nobody's share is drawn one of all is chosen in the same way, and is not *paid for: it is neither told nor counted. NULL: none
 * may be shown at all. Lives until the next piece of news. */
const struct ad_updated *ads_choose(const struct ads_place *place, bool *paid);

/* The cookie's next value, with this ad counted. In the arena. */
struct str ads_count(struct str seen, struct str ad_id, int64_t now_ms, struct arena *arena);

/* A link's "ad" value: "<impression id>.<ad id>"; false when it is none. */
bool ads_parse_link(struct str value, struct str *impression_id, struct str *ad_id);

#endif
