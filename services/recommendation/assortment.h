/* assortment.h - what is sold, as the item lane needs it in memory: likeness between products, and how often each was met.
 *
 * Fed by product.state and by recommendation.state, which this service says itself: so each instance knows all products'
 * weights, and a database that was lost goes on from the versions that were said. Any order of arrival gives the same. */
#ifndef RECOMMENDATION_ASSORTMENT_H
#define RECOMMENDATION_ASSORTMENT_H

#include "msg/msg.h"

struct assortment;

struct assortment *assortment_open(void);
void assortment_close(struct assortment *assortment);

/* For struct service: takes ProductUpdated and RecommendationsUpdated. */
void assortment_learn(void *assortment, const struct msg *heard);

/* Whether it was heard of and is not retired. */
bool assortment_sells(const struct assortment *assortment, struct str product_id);

/* Weight of a product as last said; 0 when never. */
int64_t assortment_seen(const struct assortment *assortment, struct str product_id);

/* Of the last RecommendationsUpdated; 0 when there was none. */
int64_t assortment_version(const struct assortment *assortment, struct str product_id);

struct alike {
    struct str id; /* lives as long as the assortment */
    int64_t likeness;
};

/* The products on sale that are most like this one by category, words of the name, and price: best first, at most most. Only
 * those that share a category are looked at, and of each category the nearest in price. */
size_t assortment_alike(const struct assortment *assortment, struct str product_id, struct alike *best, size_t most);

#endif
