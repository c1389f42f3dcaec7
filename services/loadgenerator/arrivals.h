/* arrivals.h - when the next visitor comes, in open loop: decided by the rate alone, never by the answers.
 *
 * This is what keeps coordinated omission out: a shop that stalls does not stop its visitors from coming, and their wait
 * is counted from the moment at which they came. */
#ifndef LOADGENERATOR_ARRIVALS_H
#define LOADGENERATOR_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>

#include "services/loadgenerator/dice.h"

struct arrivals {
    struct dice dice;
    bool even;   /* at equal distances; otherwise by chance, as independent people come (Poisson) */
    double rate; /* a second */
    double left; /* of the distance to the next, measured in arrivals, at at_us */
    int64_t at_us;
};

void arrivals_init(struct arrivals *arrivals, uint64_t seed, bool even, int64_t now_us);

/* From now_us on so many a second; what is overdue must have been taken before. */
void arrivals_set_rate(struct arrivals *arrivals, double rate, int64_t now_us);

/* When the next comes; INT64_MAX: never, at rate 0. */
int64_t arrivals_next_us(const struct arrivals *arrivals);

/* Takes the next one if it came no later than now_us; *came_us is its moment. */
bool arrivals_take(struct arrivals *arrivals, int64_t now_us, int64_t *came_us);

#endif
