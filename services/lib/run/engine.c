/* engine.c - what comes next. */
#include "run/engine.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

enum { BACKOFF_FIRST_MS = 50, BACKOFF_MOST_MS = 5000, FLUSH_US = 3000000 };

void engine_kick(struct run *run)
{
    struct timeval now = {0, 0};

    evtimer_add(run->kick, &now);
}

void engine_back_off(struct run *run, const struct err *why)
{
    int64_t most_ms = run->backoff_ms ? 2 * run->backoff_ms : BACKOFF_FIRST_MS, wait_ms;
    struct timeval wait;

    if (!run->backoff_ms)
        log_warning("again after a pause: %s", why->text);
    run->trouble = *why;
    run->backoff_ms = most_ms > BACKOFF_MOST_MS ? BACKOFF_MOST_MS : most_ms;
    wait_ms = run->backoff_ms / 2 + random() % (run->backoff_ms / 2 + 1);
    wait = (struct timeval){wait_ms / 1000, (wait_ms % 1000) * 1000};
    evtimer_add(run->wait, &wait);
    if (run->state == ENGINE_CLAIMING)
        run->state = ENGINE_WAITING;
}

void engine_went_well(struct run *run)
{
    run->backoff_ms = 0;
}

void engine_fail(struct run *run, const struct err *why)
{
    log_error("%s", why->text);
    program_end(&run->program, 1);
}

void engine_reassign(struct run *run)
{
    run->reassign = true;
    engine_kick(run);
}

static bool any_granted(const struct claims *claims)
{
    for (size_t i = 0; i < claims->count; i++)
        if (claims->list[i].granted)
            return true;
    return false;
}

/* Nothing is ours until it is claimed again. */
static void let_go(struct run *run)
{
    run->reassign = false;
    run->state = ENGINE_WAITING;
    claims_drop(&run->claims);
    turn_drop(run->turn);
    fold_drop(run);
    deadlines_dropped(run);
    consumer_assign(run->consumer);
}

/* What was said goes out if the broker takes it soon; the rest stays in the outbox. */
static void stop(struct run *run)
{
    bool patience_left = clock_steady_us() - run->stop_us < FLUSH_US;

    if (run->outbox.unanswered && !run->outbox.filling && patience_left)
        return;
    if (pg_connected(run->pg) && outbox_clean(&run->outbox, true))
        return;
    program_end(&run->program, 0);
}

static void go_stepping(struct run *run)
{
    if (outbox_fill(&run->outbox) || !outbox_open(&run->outbox))
        return;
    if (deadlines_look(run) || upkeep_look(run) || fold_look(run) || turn_go(run->turn) || claims_settle(run))
        return;
    outbox_clean(&run->outbox, false);
}

void engine_go(struct run *run)
{
    if (run->busy || run->program.ended || !run->consumer)
        return;
    if (run->program.stopping) {
        stop(run);
        return;
    }
    if (evtimer_pending(run->wait, NULL))
        return;
    if (run->state != ENGINE_STEPPING && run->state != ENGINE_FOLDING)
        consumer_serve(run->consumer);
    if (run->reassign)
        let_go(run);
    if (!pg_connected(run->pg))
        return;
    if (run->state == ENGINE_WAITING && any_granted(&run->claims)) {
        run->state = ENGINE_CLAIMING;
        claims_begin(run);
    } else if (run->state == ENGINE_FOLDING) {
        fold_go(run);
    }
    if (run->state == ENGINE_FILLING && !run->busy && !outbox_fill(&run->outbox)) {
        consumer_assign(run->consumer);
        run->state = ENGINE_STEPPING;
    }
    if (run->state == ENGINE_STEPPING && !run->busy)
        go_stepping(run);
}
