/* tally.h - how often somebody tried, within a window of time: a table of fixed size, in memory. Pure.
 *
 * A place is one per hash: whoever comes to a taken one takes it only when the other's window is over, or counts along with
 * it. So it may count too much for two who share a place, never too little. */
#ifndef GATEWAY_ACCOUNTS_TALLY_H
#define GATEWAY_ACCOUNTS_TALLY_H

#include <stdint.h>

#include "base/str.h"

enum { TALLY_PLACES = 8192 };

struct tally_place {
    uint64_t who;
    int64_t begun_ms, count;
};

struct tally {
    int64_t window_ms;
    struct tally_place places[TALLY_PLACES];
};

/* Counts one more try; returns how many there were in the window that is open, with this one. *left_ms: of that window. */
int64_t tally_add(struct tally *tally, struct str who, int64_t now_ms, int64_t *left_ms);

/* One try of who's was none after all. */
void tally_take_back(struct tally *tally, struct str who);

/* Forgets who's tries. */
void tally_clear(struct tally *tally, struct str who);

#endif
