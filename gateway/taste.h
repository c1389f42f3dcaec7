/* taste.h - what a visitor looked at lately, which strategy is tried with them, and what follows for them. Pure. */
#ifndef GATEWAY_TASTE_H
#define GATEWAY_TASTE_H

#include "gateway/companions.h"

/* The cookie of what was looked at: ids with dots between them, newest first. It is not signed: whoever changes it changes only
 * what is recommended to themselves, among products that are shown to everybody; an id is never more than looked up. */
#define SEEN_COOKIE "shop_seen"

enum { TASTE_SEEN = 8, TASTE_ID_BYTES = 40, TASTE_SEEDS = 32, TASTE_CHOICES = 64 };

struct seen {
    struct str ids[TASTE_SEEN];
    size_t count;
};

/* Of the cookie's value; what is no id (other than letters, digits, - and _, or too long) is left out. Points into it. */
struct seen taste_seen(struct str cookie);

/* The cookie's value after a look at this product, in the arena; empty when its id cannot stand there. */
struct str taste_seen_next(const struct seen *seen, struct str product_id, struct arena *arena);

/* The experiment's arm of a session: always the same, half of all sessions each. */
enum recommendation_strategy taste_strategy(struct str session_id);

/* What a recommendation starts from, and how much it says about this visitor at this moment. */
struct seed {
    struct str product_id;
    double weight;
};

/* Products that go with the seeds, best first, none of the seeds' lists counted twice: the sum over the seeds of weight times the
 * place in the seed's list by score. At most TASTE_CHOICES; returns how many. Seeds may be among them. */
size_t taste_choose(const struct companions *companions, enum recommendation_strategy strategy,
                    const struct seed *seeds, size_t seed_count, struct str choices[TASTE_CHOICES]);

#endif
