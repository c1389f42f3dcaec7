/* lineup.h - what is sold, and under which categories: made anew when that changes, not for a price or a page.
 *
 * A place is an index of shelf_products. */
#ifndef GATEWAY_LINEUP_H
#define GATEWAY_LINEUP_H

#include <stdint.h>

#include "gateway/state.h"

struct lineup;

struct places {
    const uint32_t *items; /* by product id */
    size_t count;
};

struct lineup_category {
    struct str word;
    struct places places;
};

enum { LINEUP_WORD_BYTES = 60 }; /* a longer word is no category that pages show */

/* state is borrowed. */
struct lineup *lineup_open(const struct state *state);
void lineup_close(struct lineup *lineup);

/* All places that are sold, or those of one category; none of a category that does not exist. Valid until the next piece of
 * news. */
struct places lineup_all(struct lineup *lineup);
struct places lineup_in(struct lineup *lineup, struct str category);

/* All categories, by word; the same. */
const struct lineup_category *lineup_categories(struct lineup *lineup, size_t *count);

#endif
