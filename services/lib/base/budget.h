/* budget.h - how many retries a destination is given: a share of what it is asked for the first time, and a few beside.
 *
 * It holds back retries and nothing else: a first ask always goes. So an outage whose end everybody has waited for is not
 * made longer by all of them at once, and nobody pays for it who has not asked yet. Without clock, memory or log of its own. */
#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct budget_limits {
    int64_t percent;      /* of first asks: so many retries they earn */
    int64_t floor_second; /* retries a second that are earned by nobody */
    int64_t most;         /* retries that may be saved up; at least 1 */
};

struct budget {
    struct budget_limits limits;
    int64_t saved_micros; /* retries, in millionths */
    int64_t at_ms;        /* when the floor was last paid out; -1: never */
};

/* With all that may be saved up. */
void budget_init(struct budget *budget, const struct budget_limits *limits);

/* Something is asked for the first time. */
void budget_earn(struct budget *budget);

/* Whether one more retry may go now; then it is spent. now_ms may be any clock that does not go back. */
bool budget_spend(struct budget *budget, int64_t now_ms);

#endif
