/* shoptime.c - the lesser of two clocks, both carried on by our steady one. */
#include "run/shoptime.h"

#include "base/clock.h"

enum { JUST_NOW_US = 3000000 };

void shoptime_asked(struct shoptime *time, int64_t database_ms)
{
    time->database_ms = database_ms - clock_steady_us() / 1000;
}

void shoptime_drained(struct shoptime *time)
{
    time->drained_us = clock_steady_us();
}

void shoptime_taken(struct shoptime *time, int64_t time_ms, bool new)
{
    int64_t now_us = clock_steady_us();

    if (new && time->drained_us && now_us - time->drained_us < JUST_NOW_US)
        time->log_ms = time_ms - now_us / 1000;
}

int64_t shoptime_ms(const struct shoptime *time)
{
    bool log_is_behind = time->log_ms && time->log_ms < time->database_ms;

    if (!time->database_ms)
        return clock_wall_ms();
    return (log_is_behind ? time->log_ms : time->database_ms) + clock_steady_us() / 1000;
}
