/* inside.h - what the files of the rehearsal know of each other; no test includes it. */
#ifndef REHEARSAL_INSIDE_H
#define REHEARSAL_INSIDE_H

#include "tests/rehearsal/rehearsal.h"

struct kept_reminder {
    struct kept_reminder *next;
    enum msg_type type;
    struct str key;
    int64_t due_ms; /* INT64_MIN: not set */
    unsigned rung;
};

/* The message of a play, with its id and the next offset; lives until the rehearsal is cleared. */
struct msg *rehearsal_message(struct rehearsal *r, const struct play *play);

/* The message of a deadline, which is not set any more. */
struct msg *rehearsal_ringing(struct rehearsal *r, struct kept_reminder *kept);

/* One message to the row of its key, or nothing when it is a repetition and those are dropped. */
void rehearsal_deliver(struct rehearsal *r, const struct msg *msg);

#endif
