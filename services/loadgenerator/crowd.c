/* crowd.c - who comes, who stays, who waits. */
#include "services/loadgenerator/crowd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include "base/clock.h"

enum { WAITING_MAX = 128 * 1024 };

struct crowd {
    struct floor floor;
    struct crowd_wish wish;
    struct visitor **all;  /* room for wish.most */
    struct visitor **idle; /* of open loop: those without a journey */
    size_t count, idle_count, target, serial;
    struct arrivals arrivals;
    struct event *timer;
    int64_t *waiting; /* a ring of the moments at which visitors came */
    size_t first_waiting, waiting_count;
    bool finishing;
};

static struct str next_name(struct crowd *crowd, char name[48])
{
    int len = snprintf(name, 48, "%.24s-%zu", crowd->wish.name, ++crowd->serial);

    return (struct str){name, (size_t)len};
}

static uint64_t next_seed(struct crowd *crowd)
{
    struct dice dice = {crowd->wish.seed ^ (crowd->serial << 20)};

    return dice_throw(&dice);
}

static struct visitor *add(struct crowd *crowd)
{
    char name[48];
    struct str word = next_name(crowd, name);

    return crowd->all[crowd->count++] = visitor_new(&crowd->floor, word, next_seed(crowd));
}

static void drop(struct crowd *crowd, size_t at)
{
    visitor_free(crowd->all[at]);
    crowd->all[at] = crowd->all[--crowd->count];
}

/* --- open loop -------------------------------------------------------------------------------------------------------------- */

/* Whoever waits and finds a place begins; the time is counted from the coming. */
static void let_in(struct crowd *crowd)
{
    while (crowd->waiting_count && (crowd->idle_count || crowd->count < crowd->wish.most)) {
        int64_t came_us = crowd->waiting[crowd->first_waiting];
        char name[48];
        struct visitor *visitor;

        crowd->first_waiting = (crowd->first_waiting + 1) % WAITING_MAX;
        crowd->waiting_count--;
        if (crowd->idle_count) {
            struct str word = next_name(crowd, name);

            visitor = crowd->idle[--crowd->idle_count];
            visitor_renew(visitor, word, next_seed(crowd));
        } else {
            visitor = add(crowd);
        }
        visitor_begin(visitor, came_us);
    }
}

static void take_arrivals(struct crowd *crowd)
{
    int64_t now_us = clock_steady_us(), came_us;

    while (arrivals_take(&crowd->arrivals, now_us, &came_us)) {
        if (crowd->waiting_count == WAITING_MAX) {
            crowd->floor.client->tally->counters[TALLY_NEVER_BEGUN]++;
            continue;
        }
        crowd->waiting[(crowd->first_waiting + crowd->waiting_count++) % WAITING_MAX] = came_us;
    }
    let_in(crowd);
}

static void wait_for_next(struct crowd *crowd)
{
    int64_t next_us = arrivals_next_us(&crowd->arrivals), wait_us;
    struct timeval wait;

    event_del(crowd->timer);
    if (next_us == INT64_MAX)
        return;
    wait_us = next_us - clock_steady_us();
    if (wait_us < 0)
        wait_us = 0;
    wait = (struct timeval){wait_us / 1000000, wait_us % 1000000};
    evtimer_add(crowd->timer, &wait);
}

static void on_arrival(evutil_socket_t fd, short what, void *context)
{
    struct crowd *crowd = context;

    (void)fd;
    (void)what;
    take_arrivals(crowd);
    wait_for_next(crowd);
}

/* --- closed loop ------------------------------------------------------------------------------------------------------------ */

static void set_users(struct crowd *crowd, size_t target)
{
    crowd->target = target < crowd->wish.most ? target : crowd->wish.most;
    for (size_t i = crowd->count; i-- > 0 && crowd->count > crowd->target;)
        if (!visitor_is_busy(crowd->all[i]))
            drop(crowd, i);
    while (crowd->count < crowd->target)
        visitor_begin(add(crowd), clock_steady_us());
}

/* --- both ------------------------------------------------------------------------------------------------------------------- */

static void on_done(void *context, struct visitor *visitor)
{
    struct crowd *crowd = context;

    if (crowd->wish.open) {
        crowd->idle[crowd->idle_count++] = visitor;
        let_in(crowd);
        return;
    }
    if (crowd->count <= crowd->target) {
        visitor_begin_later(visitor);
        return;
    }
    for (size_t i = 0; i < crowd->count; i++)
        if (crowd->all[i] == visitor) {
            drop(crowd, i);
            return;
        }
}

struct crowd *crowd_new(struct client *client, struct journeys *journeys, struct orders *orders,
                        const struct crowd_wish *wish)
{
    struct crowd *crowd = calloc(1, sizeof(*crowd));

    if (!crowd)
        abort();
    crowd->wish = *wish;
    crowd->all = calloc(wish->most, sizeof(struct visitor *));
    crowd->idle = calloc(wish->most, sizeof(struct visitor *));
    crowd->waiting = calloc(WAITING_MAX, sizeof(*crowd->waiting));
    crowd->timer = evtimer_new(client->base, on_arrival, crowd);
    if (!crowd->all || !crowd->idle || !crowd->waiting || !crowd->timer)
        abort();
    floor_open(&crowd->floor, client, journeys, orders, on_done, crowd);
    arrivals_init(&crowd->arrivals, wish->seed, wish->even, clock_steady_us());
    return crowd;
}

void crowd_free(struct crowd *crowd)
{
    if (!crowd)
        return;
    while (crowd->count)
        drop(crowd, crowd->count - 1);
    event_free(crowd->timer);
    floor_release(&crowd->floor);
    free(crowd->all);
    free(crowd->idle);
    free(crowd->waiting);
    free(crowd);
}

void crowd_set_level(struct crowd *crowd, double level)
{
    if (crowd->finishing)
        return;
    if (!crowd->wish.open) {
        set_users(crowd, (size_t)lround(level));
        return;
    }
    take_arrivals(crowd);
    arrivals_set_rate(&crowd->arrivals, level, clock_steady_us());
    wait_for_next(crowd);
}

void crowd_finish(struct crowd *crowd)
{
    crowd_set_level(crowd, 0);
    crowd->finishing = true;
    crowd->floor.client->tally->counters[TALLY_NEVER_BEGUN] += crowd->waiting_count;
    crowd->waiting_count = 0;
}

struct crowd_numbers crowd_count(const struct crowd *crowd)
{
    struct crowd_numbers numbers = {.waiting = crowd->waiting_count};

    for (size_t i = 0; i < crowd->count; i++)
        numbers.busy += visitor_is_busy(crowd->all[i]);
    numbers.users = crowd->wish.open ? numbers.busy : crowd->count;
    return numbers;
}
