/* breaker.c - failures in a row open it, one good answer closes it; permits of another era count for nothing. */
#include "base/breaker.h"

static void enter(struct breaker *breaker, enum breaker_state state)
{
    breaker->state = state;
    breaker->era++;
    breaker->failures = 0;
    breaker->asking = false;
}

static void open_up(struct breaker *breaker, int64_t now_ms)
{
    enter(breaker, BREAKER_OPEN);
    breaker->open_until_ms = now_ms + breaker->pause_ms;
    breaker->pause_ms *= 2;
    if (breaker->pause_ms > breaker->limits.pause_longest_ms)
        breaker->pause_ms = breaker->limits.pause_longest_ms;
}

void breaker_init(struct breaker *breaker, const struct breaker_limits *limits)
{
    *breaker = (struct breaker){.limits = *limits, .state = BREAKER_CLOSED, .era = 1, .pause_ms = limits->pause_ms};
}

uint64_t breaker_permit(struct breaker *breaker, int64_t now_ms)
{
    if (breaker->state == BREAKER_OPEN && now_ms >= breaker->open_until_ms)
        enter(breaker, BREAKER_HALF_OPEN);
    if (breaker->state == BREAKER_OPEN || breaker->asking)
        return 0;
    breaker->asking = breaker->state == BREAKER_HALF_OPEN;
    return breaker->era;
}

bool breaker_report(struct breaker *breaker, uint64_t permit, bool answered, int64_t now_ms)
{
    if (permit != breaker->era)
        return false;
    if (answered) {
        breaker->failures = 0;
        breaker->pause_ms = breaker->limits.pause_ms;
        if (breaker->state == BREAKER_CLOSED)
            return false;
        enter(breaker, BREAKER_CLOSED);
        return true;
    }
    if (breaker->state == BREAKER_CLOSED && ++breaker->failures < breaker->limits.failures)
        return false;
    open_up(breaker, now_ms);
    return true;
}

void breaker_give_back(struct breaker *breaker, uint64_t permit)
{
    if (permit == breaker->era)
        breaker->asking = false;
}

int64_t breaker_wait_ms(const struct breaker *breaker, int64_t now_ms)
{
    if (breaker->asking)
        return -1;
    if (breaker->state != BREAKER_OPEN || now_ms >= breaker->open_until_ms)
        return 0;
    return breaker->open_until_ms - now_ms;
}

const char *breaker_state_name(enum breaker_state state)
{
    static const char *const names[] = {"closed", "open", "half open"};

    return names[state];
}
