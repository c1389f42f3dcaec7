/* shoptime.h - what time it is in the shop, by which deadlines ring and answers from outside are dated.
 *
 * Two clocks know: the broker's dates what is said, and so each deadline; the database's is there when nobody says anything. A
 * process's own may jump. Where the two differ, it is as late as the one that is behind: a clock that jumps ahead, or
 * stands wrong, makes no deadline ring early. (One that falls behind makes it ring later by as much.) */
#ifndef RUN_SHOPTIME_H
#define RUN_SHOPTIME_H

#include <stdbool.h>
#include <stdint.h>

struct shoptime {
    int64_t database_ms; /* the database's clock above our steady one; 0: not asked yet */
    int64_t
        log_ms; /* the broker's above it, by the last record that was heard as soon as it was written; 0: none yet */
    int64_t drained_us; /* steady: when there was last seen to be nothing more to hear */
};

/* The database has said what time it is. */
void shoptime_asked(struct shoptime *time, int64_t database_ms);

/* There is nothing more to hear at the moment. */
void shoptime_drained(struct shoptime *time);

/* A record is taken that was written at time_ms by the broker's clock; new: behind an end of the log where we have stood.
 * It counts when we stood there just now: one that waited for us, a process that was stopped, says nothing about the time. */
void shoptime_taken(struct shoptime *time, int64_t time_ms, bool new);

/* ms since 1970. Before the database was asked, our own clock. */
int64_t shoptime_ms(const struct shoptime *time);

#endif
