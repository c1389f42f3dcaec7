/* recommendation.h - the words of recommendations: what goes with what, learned from orders and from views.
 *
 * Three lanes. purchase and visit only count, in the rows of the products they touch; item, the owner of a product's
 * partition, alone says RecommendationsUpdated, reminded by RecommendationsDue. Weights are evidence: see evidence_weight. */
#ifndef RECOMMENDATION_RECOMMENDATION_H
#define RECOMMENDATION_RECOMMENDATION_H

#include "msg/rule.h"
#include "store/table.h"

enum {
    RECOMMENDATION_LIST = 8,       /* products of a list; pages show four that are on sale and not in the cart */
    RECOMMENDATION_NEIGHBOURS = 40 /* counted beside a product; the weakest gives way to a new one, see sketch.h */
};

enum item_state {
    ITEM_UNKNOWN, /* counted already, perhaps; not heard of from the catalogue */
    ITEM_OFFERED,
    ITEM_RETIRED
};

/* Its key is the product id. Shared: purchase and visit change seen, neighbours and due. */
struct item {
    struct row row;
    int64_t seen;          /* weight of the orders and visits that it was in */
    struct str neighbours; /* struct sketch as text: what it was there with */
    bool due;              /* RecommendationsDue is set */
    int64_t version;       /* of the last RecommendationsUpdated; 0 before the first */
    int64_t shown;         /* a digest of the lists that it said */
    int64_t shown_seen;    /* and the weight */
};

enum purchase_state { PURCHASE_AWAITED, PURCHASE_COUNTED };

/* Its key is the order id. */
struct purchase {
    struct row row;
};

enum visit_state {
    VISIT_OPEN,
    VISIT_ENDLESS /* more products than anybody looks at: a robot, nobody's taste */
};

enum { VISIT_WINDOW = 6, VISIT_MOST = 200, PURCHASE_MOST = 20 };

/* Its key is the session id. */
struct visit {
    struct row row;
    struct str products; /* the last VISIT_WINDOW different ones, newest first, a line each */
    int32_t count;       /* of those that were counted */
    int64_t seen_ms;     /* when the last of them was; 0: none */
};

struct recommendation_settings {
    int64_t settle_ms; /* from the first change of a product's counts to its new lists */
};

/* What one order (or one view) of this time weighs. It doubles every EVIDENCE_HALF_LIFE_DAYS, so that old evidence fades
 * beside new without ever being touched; by whole days, linear between the doublings. Times before 2026 weigh as its first
 * day, times after twelve years as that. */
enum { EVIDENCE_HALF_LIFE_DAYS = 180, EVIDENCE_VIEW = 1, EVIDENCE_ORDER = 4 };
int64_t evidence_weight(int64_t time_ms, int64_t evidence);

struct key_list;

/* The products that a message touches. */
void purchase_products(const struct msg *heard, const void *row, struct key_list *keys);
void visit_products(const struct msg *heard, const void *row, struct key_list *keys);

extern const struct rules item_rules, purchase_rules, visit_rules;
extern const struct table item_table, purchase_table, visit_table;

#endif
