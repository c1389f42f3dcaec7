/* ramp.h - how much load at what time: steps and slopes, read from one line.
 *
 *     users to 50 in 30s, for 5m, to 0 in 10s        closed loop: so many shoppers
 *     rate 20 for 1m, 40 for 1m, to 100 in 2m        open loop: so many new visitors a second, whatever answers
 *
 * A stage is "[LEVEL] for TIME" (the level before it, when none is named) or "to LEVEL in TIME". Times are written 250ms,
 * 15s, 15m, 2h. It begins at level 0. */
#ifndef LOADGENERATOR_RAMP_H
#define LOADGENERATOR_RAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

enum { RAMP_STAGES = 32 };

struct ramp {
    bool open; /* a rate of arrivals; otherwise a number of users */
    struct {
        double from, to;
        int64_t length_ms;
    } stages[RAMP_STAGES];
    int count;
};

/* ST_REJECT, and a sentence that quotes the stage, when the text is no ramp or its levels exceed greatest. */
enum status ramp_parse(struct str text, double greatest, struct ramp *ramp, struct err *err) must_check;

int64_t ramp_length_ms(const struct ramp *ramp);

/* The level at a time since its beginning; the last level when it is over. */
double ramp_level(const struct ramp *ramp, int64_t at_ms);

/* What falls to the index-th of count workers, so that the shares add up to total. */
int64_t ramp_share(int64_t total, int64_t index, int64_t count);

/* "250ms", "15s", "15m", "2h" to milliseconds. False when it is no time. */
bool ramp_time(struct str text, int64_t *time_ms);

#endif
