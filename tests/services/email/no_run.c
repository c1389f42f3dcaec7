/* no_run.c - the runtime for tests that link email's edge, and do not use it. */
#include <stdlib.h>

#include "run/run.h"
#include "base/clock.h"

struct event_base *run_base(struct run *run)
{
    (void)run;
    abort();
}

int64_t run_now_ms(const struct run *run)
{
    (void)run;
    return clock_wall_ms();
}

void run_answer(struct run *run, const struct msg *ask, enum msg_type type, const void *body, int64_t time_ms)
{
    (void)run, (void)ask, (void)type, (void)body, (void)time_ms;
    abort();
}

struct msg *run_keep_ask(const struct msg *ask)
{
    (void)ask;
    abort();
}

void run_drop_ask(struct msg *ask)
{
    (void)ask;
    abort();
}
