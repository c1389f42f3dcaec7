/* rank.h - two ways to order what was together with a product.
 *
 * COSINE  together / sqrt(all of this one x all of the other): the close companions, popular ones among them.
 * LIFT    together / all of the other: what this product explains; a best-seller that is in every cart says little.
 *
 * Both have EVIDENCE added to the weights below the line, so that one meeting of two rare products proves nothing. */
#ifndef RECOMMENDATION_RANK_H
#define RECOMMENDATION_RANK_H

#include "services/recommendation/assortment.h"
#include "services/recommendation/sketch.h"

enum { RANK_COSINE_PRIOR = 4, RANK_LIFT_PRIOR = 64 }; /* in views of today */

/* Millionths; 0 where nothing is certain. other_seen may be out of date: what was together counts at least. */
int64_t rank_score(enum recommendation_strategy strategy, int64_t seen, const struct neighbour *other,
                   int64_t other_seen, int64_t view_weight);

/* A product's list: what is sold of its neighbours, best first, then what is like it, with score 0. At most
 * RECOMMENDATION_LIST; returns how many. */
size_t rank_list(enum recommendation_strategy strategy, const struct item *item, const struct sketch *sketch,
                 const struct assortment *assortment, int64_t view_weight,
                 struct recommended list[RECOMMENDATION_LIST]);

#endif
