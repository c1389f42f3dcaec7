/* sketch.h - the heaviest neighbours of a product, in bounded memory (Metwally et al., "Space-Saving", ICDT 2005).
 *
 * Up to RECOMMENDATION_NEIGHBOURS every weight is exact, and any order of the same additions gives the same sketch. Beyond, a
 * newcomer takes the place of the lightest and inherits its weight as error: a weight is never too small, and too large by at
 * most its error. What was heavier than the sum of all additions divided by the places is never lost; lighter ones may be. */
#ifndef RECOMMENDATION_SKETCH_H
#define RECOMMENDATION_SKETCH_H

#include "services/recommendation/recommendation.h"

struct neighbour {
    struct str id;
    int64_t weight, error; /* weight - error is certain */
};

/* Heaviest first, then by id. */
struct sketch {
    struct neighbour list[RECOMMENDATION_NEIGHBOURS];
    size_t count;
};

/* Of a row's text; ids point into it. */
void sketch_read(struct sketch *sketch, struct str text);

/* Adds to a neighbour's weight. id must live as long as the sketch. */
void sketch_add(struct sketch *sketch, struct str id, int64_t weight);

/* "<weight> <error> <id>" a line, in the arena. */
struct str sketch_text(const struct sketch *sketch, struct arena *arena);

#endif
