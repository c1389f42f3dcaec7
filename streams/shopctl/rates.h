/* rates.h - what shopctl rates has heard: the table in force, and what is held back beside it. */
#ifndef SHOPCTL_RATES_H
#define SHOPCTL_RATES_H

#include "streams/shopctl/shopctl.h"

enum { RATES_HELD_MOST = 64 }; /* currencies */

struct rates_seen {
    struct arena arena;
    const struct rates_updated *told;        /* the greatest version; NULL: none was heard */
    struct rates_held held[RATES_HELD_MOST]; /* the last that was said of each currency; see rates_is_held */
    size_t held_count;
    bool json, dry_run;
};

/* A hear_fn of rates.state and rates.events; context is the struct rates_seen. */
void rates_hear(void *context, const struct msg *heard);

/* Whether this offer still waits: no rate of its day, or of a later one, came into force. */
bool rates_is_held(const struct rates_seen *seen, const struct rates_held *held);

/* "1.1305" */
struct str rates_decimal(const struct rate *rate, struct arena *arena);

/* rates accept CURRENCY */
enum exit_code rates_accept(struct rates_seen *seen, const char *currency);

#endif
