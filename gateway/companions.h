/* companions.h - what goes with what, as recommendation last said: recommendation.state, whole, in memory.
 *
 * Some 200 bytes a product: other products are kept by number, their ids once. Any order of arrival, and any repetition, gives
 * the same. */
#ifndef GATEWAY_COMPANIONS_H
#define GATEWAY_COMPANIONS_H

#include "msg/msg.h"

struct companions;

enum { COMPANIONS_LIST = 8 }; /* of each strategy; more are not kept */

struct companions *companions_open(void);
void companions_close(struct companions *companions);

/* Replaces an older version; false when it is not news. */
bool companions_learn(struct companions *companions, const struct recommendations_updated *said);

/* A product's list by this strategy, best first, into items; returns how many, 0 for what was never heard of. Ids live as long
 * as companions. */
size_t companions_list(const struct companions *companions, struct str product_id,
                       enum recommendation_strategy strategy, struct recommended items[COMPANIONS_LIST]);

#endif
