/* behaviour.h - how difficult the acquirer is: for tests, and for curious people. */
#ifndef ACQUIRER_BEHAVIOUR_H
#define ACQUIRER_BEHAVIOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/out.h"
#include "base/status.h"

/* Rates are 0 to 1. All zero: it answers at once, and charges whatever the test cards do not forbid. */
struct behaviour {
    int64_t slow_ms;                 /* each answer waits so long; what was asked is done at once */
    double fail_rate;                /* 503, and nothing done */
    double decline_rate;             /* of charges: not enough funds */
    double charge_then_timeout_rate; /* of charges: done, and never answered */
    int64_t seed;                    /* the same seed, key and try: the same luck */
};

/* Changes what the JSON object names, and nothing else. ST_REJECT, and nothing is changed, when one is unknown or out of
 * its range. */
enum status behaviour_change(struct behaviour *behaviour, struct str json, struct err *err) must_check;

/* {"slow_ms":0,...} */
void behaviour_print(const struct behaviour *behaviour, struct out *out);

/* Does it happen? purpose tells apart the dice thrown for one try. */
bool behaviour_dice(const struct behaviour *behaviour, double rate, const char *key, unsigned tries,
                    const char *purpose);

#endif
