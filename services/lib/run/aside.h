/* aside.h - what may block is done aside: by one helper thread, one job after the other, answered in the loop. */
#ifndef RUN_ASIDE_H
#define RUN_ASIDE_H

#include <event2/event.h>

struct aside;

struct aside_job {
    struct aside_job *next;
    void (*work)(struct aside_job *job); /* in the helper: touches nothing but the job and what is thread-safe */
    void (*done)(struct aside_job *job); /* in the loop, once; frees the job. With closing set: frees it only. */
    int closing;
};

/* The thread begins with the first job. */
struct aside *aside_open(struct event_base *base);

/* Waits for the job under way; the others are not done any more. */
void aside_close(struct aside *aside);

void aside_do(struct aside *aside, struct aside_job *job);

#endif
