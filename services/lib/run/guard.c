/* guard.c - a circuit breaker and a budget of retries told what time it is, and telling what they do. */
#include "run/guard.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "msg/msg.h"
#include "run/metrics.h"

struct guard {
    struct breaker breaker;
    struct budget retries;
    const char *destination;
    guard_resume_fn *resume;
    void *context;
    struct event *timer;
    struct metric *open, *opened, *held_back;
    bool holds_back; /* it was said, and none has been admitted since */
};

static int64_t now_ms(void)
{
    return clock_steady_us() / 1000;
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    struct guard *guard = context;

    (void)fd, (void)what;
    guard->resume(guard->context);
}

/* From the loop, never from within a report: whoever reports is still busy with the ask before. */
static void resume_after(struct guard *guard, int64_t wait_ms)
{
    struct timeval wait = {wait_ms / 1000, wait_ms % 1000 * 1000};

    evtimer_add(guard->timer, &wait);
}

static void tell(struct guard *guard, enum breaker_state before)
{
    const struct breaker *breaker = &guard->breaker;

    metric_set(guard->open, breaker->state != BREAKER_CLOSED);
    if (breaker->state == BREAKER_CLOSED) {
        log_info("the %s answers again: what waited is asked now", guard->destination);
    } else if (before == BREAKER_CLOSED) {
        metric_add(guard->opened, 1);
        log_warning("the %s does not answer, %u times in a row: what is to be asked waits", guard->destination,
                    breaker->limits.failures);
    }
}

struct guard *guard_open(struct event_base *base, const char *destination, const struct breaker_limits *limits,
                         const struct budget_limits *retries, guard_resume_fn *resume, void *context)
{
    struct guard *guard = calloc(1, sizeof(*guard));
    char labels[128];

    if (!guard)
        abort();
    breaker_init(&guard->breaker, limits);
    budget_init(&guard->retries, retries);
    guard->destination = destination;
    guard->resume = resume;
    guard->context = context;
    guard->timer = evtimer_new(base, on_timer, guard);
    if (!guard->timer)
        abort();
    snprintf(labels, sizeof(labels), "destination=\"%s\"", destination);
    guard->open = metric_gauge("shop_breaker_open", "1 while a destination does not answer and asks wait", labels);
    guard->opened = metric_counter("shop_breaker_opened_total", "how often a destination ceased to answer", labels);
    guard->held_back = metric_counter("shop_retries_held_back_total",
                                      "retries that were not made, because the destination had its share of them",
                                      labels);
    return guard;
}

void guard_close(struct guard *guard)
{
    if (!guard)
        return;
    event_free(guard->timer);
    free(guard);
}

bool guard_admits(struct guard *guard, const struct msg *ask)
{
    if (ask->asked_before == 0) {
        budget_earn(&guard->retries);
        return true;
    }
    if (budget_spend(&guard->retries, now_ms())) {
        guard->holds_back = false;
        return true;
    }
    metric_add(guard->held_back, 1);
    if (!guard->holds_back)
        log_warning(
            "the %s has had its share of retries: some wait for their next deadline, first asks go as ever; shop_retries_held_back_total counts them",
            guard->destination);
    guard->holds_back = true;
    return false;
}

uint64_t guard_permit(struct guard *guard)
{
    uint64_t permit = breaker_permit(&guard->breaker, now_ms());
    int64_t wait_ms;

    if (permit)
        return permit;
    wait_ms = breaker_wait_ms(&guard->breaker, now_ms());
    if (wait_ms >= 0)
        resume_after(guard, wait_ms);
    return 0;
}

void guard_report(struct guard *guard, uint64_t permit, bool answered)
{
    enum breaker_state before = guard->breaker.state;

    if (!breaker_report(&guard->breaker, permit, answered, now_ms()))
        return;
    tell(guard, before);
    resume_after(guard, breaker_wait_ms(&guard->breaker, now_ms()));
}

void guard_give_back(struct guard *guard, uint64_t permit)
{
    breaker_give_back(&guard->breaker, permit);
}
