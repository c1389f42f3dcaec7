/* deadlines.h - deadlines are rows until they are due, then messages of a batch.
 *
 * A patient one waits until everything has been heard that was in the log after it fell due: a backlog never makes a
 * deadline overtake the message that would have met it. The log's ends are asked for by a helper thread. */
#ifndef RUN_DEADLINES_H
#define RUN_DEADLINES_H

#include "run/local.h"

struct run;

struct deadlines {
    int64_t next_due_ms;        /* the earliest that this process knows of; INT64_MAX: none */
    int64_t scan_us;            /* when to look again whatever is known */
    struct local_queue patient; /* due, waiting for the log */
    uint64_t sample, answered;  /* numbers of the last sample of ends asked for, and answered */
    bool more;                  /* some wait for the sample after the one under way */
    struct arena arena;
};

void deadlines_init(struct deadlines *deadlines);
void deadlines_release(struct deadlines *deadlines);

/* Adds to a group the question what time it is; takes the answer, for run->time. */
void deadlines_ask_time(struct run *run);
void deadlines_hear_time(struct run *run, const PGresult *answer);

/* Claims were taken: look at once. */
void deadlines_claimed(struct run *run);

/* Claims were dropped: what was read is forgotten (and stays in the table). */
void deadlines_dropped(struct run *run);

/* Adds to a group the rows of the service's standing deadlines that are ours and not there yet. */
void deadlines_add_standing(struct run *run, const bool *granted);

/* Moves what is due and need not wait any more to the queue of local messages; reads the table when it is time. True when
 * a group was sent. */
bool deadlines_look(struct run *run);

/* The ends that sample number asked for have been written to the streams. */
void deadlines_sampled(struct run *run, uint64_t number);

/* Adds the statements that write what a step asked to be reminded of. */
void deadlines_save(struct run *run, const struct reminder *reminders, struct arena *arena);

/* The step was committed. */
void deadlines_saved(struct run *run, const struct reminder *reminders);

/* Adds the statement that deletes these (if they are still due then) and returns type and key of each that was there. */
void deadlines_take(struct run *run, const struct local *const *list, size_t count, struct arena *arena);

/* Is it in that statement's answer? */
bool deadlines_taken(const PGresult *result, const struct local *local);

#endif
