/* loop.c - libevent, the clocks, the helper thread and the program of paper: everything that a process waits for. */
#include <event2/event.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/sim/sim.h"

/* --- clocks ------------------------------------------------------------------------------------------------------- */

/* The library's and the tools' other clocks stay as they are. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    int64_t now_ms = sim.world.now_ms;

    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME && sim.current)
        for (size_t i = 0; i < sim.world.service_count; i++)
            if (strcmp(sim.world.services[i].name, sim.current->name) == 0)
                now_ms += sim.world.services[i].skew_ms;
    *now = (struct timespec){.tv_sec = now_ms / 1000, .tv_nsec = now_ms % 1000 * 1000000};
    return 0;
}

/* Of the pauses between tries. */
long random(void)
{
    return (long)world_roll(&sim.world, 1u << 30);
}

int usleep(useconds_t us)
{
    (void)us;
    return 0;
}

struct mallinfo2 mallinfo2(void)
{
    return (struct mallinfo2){0};
}

/* --- libevent ----------------------------------------------------------------------------------------------------- */

static int64_t now_us(void)
{
    return sim.world.now_ms * 1000;
}

struct event *event_new(struct event_base *base, evutil_socket_t fd, short what, event_callback_fn callback,
                        void *context)
{
    struct process *process = (struct process *)base;
    struct event *event = calloc(1, sizeof(*event));

    if (!event)
        abort();
    *event = (struct event){.next = process->events,
                            .process = process,
                            .fd = fd,
                            .what = what,
                            .callback = callback,
                            .context = context,
                            .due_us = INT64_MAX};
    process->events = event;
    return event;
}

int event_add(struct event *event, const struct timeval *wait)
{
    event->armed = true;
    if (wait) {
        event->every_us = wait->tv_sec * INT64_C(1000000) + wait->tv_usec;
        event->due_us = now_us() + event->every_us;
    }
    return 0;
}

int event_del(struct event *event)
{
    event->armed = event->ready = false;
    event->due_us = INT64_MAX;
    return 0;
}

int event_pending(const struct event *event, short what, struct timeval *when)
{
    (void)what;
    (void)when;
    return event->armed && event->due_us != INT64_MAX;
}

void event_free(struct event *event)
{
    struct event **at = &event->process->events;

    while (*at != event)
        at = &(*at)->next;
    *at = event->next;
    free(event);
}

struct event *loop_pick(struct process *process, unsigned *count)
{
    struct event *picked = NULL;

    for (struct event *event = process->events; event; event = event->next)
        if (event->armed && (event->ready || event->due_us <= now_us()) && world_roll(&sim.world, ++*count) == 0)
            picked = event;
    return picked;
}

bool loop_rests(const struct process *process)
{
    for (const struct event *event = process->events; event; event = event->next)
        if (event->armed && (event->ready || event->due_us <= now_us()))
            return false;
    return true;
}

void loop_fire(struct event *event)
{
    short what = event->ready ? EV_READ : EV_TIMEOUT;

    event->ready = false;
    if (what == EV_TIMEOUT && event->what & EV_PERSIST)
        event->due_us = now_us() + event->every_us;
    else if (what == EV_TIMEOUT)
        event_del(event);
    event->callback(event->fd, what, event->context);
}

void loop_ready(struct process *process, int fd)
{
    for (struct event *event = process->events; event; event = event->next)
        if (event->fd == fd && fd >= 0)
            event->ready = true;
}

void loop_release(struct process *process)
{
    while (process->events)
        event_free(process->events);
}

int64_t process_next_us(const struct process *process)
{
    int64_t next_us = INT64_MAX;

    for (const struct event *event = process->events; event; event = event->next)
        if (event->armed && event->due_us < next_us)
            next_us = event->due_us;
    return next_us;
}

/* --- the helper thread -------------------------------------------------------------------------------------------- */

struct aside {
    struct process *process;
};

struct aside *aside_open(struct event_base *base)
{
    struct aside *aside = calloc(1, sizeof(*aside));

    if (!aside)
        abort();
    aside->process = (struct process *)base;
    return aside;
}

static void append(struct aside_job **list, struct aside_job *job)
{
    while (*list)
        list = &(*list)->next;
    job->next = NULL;
    *list = job;
}

void aside_do(struct aside *aside, struct aside_job *job)
{
    append(&aside->process->todo, job);
}

static void drop(struct aside_job **list)
{
    while (*list) {
        struct aside_job *job = *list;

        *list = job->next;
        job->closing = 1;
        job->done(job);
    }
}

void aside_close(struct aside *aside)
{
    drop(&aside->process->todo);
    drop(&aside->process->done);
    free(aside);
}

/* Work and answer are two turns: between them the log goes on. */
void aside_turn(struct process *process)
{
    struct aside_job *job = process->done;

    if (job) {
        process->done = job->next;
        job->done(job);
        return;
    }
    job = process->todo;
    process->todo = job->next;
    job->work(job);
    append(&process->done, job);
}
