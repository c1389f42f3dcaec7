/* breaker.h - whether a destination is worth asking: a circuit breaker, without clock, memory or log of its own.
 *
 *     closed --- so many failures in a row ---> open --- its pause is over ---> half open: one ask, to find out
 *        ^                                        ^                                  |
 *        +----------------- it is answered -------|----------------------------------+
 *                                                 +--- it is not: a pause twice as long
 *
 * Each ask needs a permit, and reports with it. A report on an ask of before the last change of state says nothing about
 * the destination as it is now: it is passed over, in whatever order answers arrive. */
#ifndef BASE_BREAKER_H
#define BASE_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

struct breaker_limits {
    unsigned failures;                  /* in a row, which open it; at least 1 */
    int64_t pause_ms, pause_longest_ms; /* the first pause; doubled up to the longest */
};

struct breaker {
    struct breaker_limits limits;
    enum breaker_state state;
    unsigned failures; /* in a row, while closed */
    uint64_t era;      /* grows with each change of state; from 1 */
    int64_t pause_ms, open_until_ms;
    bool asking; /* half open: the one ask is on its way */
};

/* Closed. */
void breaker_init(struct breaker *breaker, const struct breaker_limits *limits);

/* A permit for one ask; 0: not now. An open one whose pause is over becomes half open by this. now_ms may be any clock that
 * does not go back. */
uint64_t breaker_permit(struct breaker *breaker, int64_t now_ms);

/* What became of an ask: answered, by whatever words, or not. Each permit is reported once, or given back. True: the
 * state is another now. */
bool breaker_report(struct breaker *breaker, uint64_t permit, bool answered, int64_t now_ms);

/* The ask was not sent after all. */
void breaker_give_back(struct breaker *breaker, uint64_t permit);

/* How long until a permit may be had: 0 now, -1 when a report must come first. */
int64_t breaker_wait_ms(const struct breaker *breaker, int64_t now_ms);

/* "closed", "open", "half open" */
const char *breaker_state_name(enum breaker_state state);

#endif
