/* course.c - a run's state, and the decisions about its end. Pure. */
#include "services/loadgenerator/course.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void course_init(struct course *course)
{
    *course = (struct course){.phase = PHASE_WAITING};
    tally_init(&course->total);
    tally_init(&course->second);
    course->points = calloc(COURSE_SECONDS, sizeof(*course->points)); /* touched as it fills */
    if (!course->points)
        abort();
}

void course_release(struct course *course)
{
    tally_release(&course->total);
    tally_release(&course->second);
    free(course->points);
    course->points = NULL;
}

const char *course_phase_name(enum phase phase)
{
    static const char *const names[] = {"waiting", "running", "finishing", "over"};

    return names[phase];
}

double course_most(const struct course *course)
{
    return course->ramp.open ? course->bounds.rate : course->bounds.users;
}

double course_level(const struct course *course)
{
    if (course->phase != PHASE_RUNNING)
        return 0;
    return course->held ? course->held_level : ramp_level(&course->ramp, course->elapsed_ms);
}

bool course_hold(struct course *course, double level)
{
    if (!isfinite(level) || level < 0 || level > course_most(course))
        return false;
    course->held = true;
    course->held_level = level;
    return true;
}

const char *course_enough(const struct course *course)
{
    if (course->elapsed_ms >= course->bounds.time_ms)
        return "the bound of time (APP_MOST_TIME) is reached";
    if (course->total.counters[TALLY_EXCHANGES] >= (uint64_t)course->bounds.requests)
        return "the bound of requests (APP_MOST_REQUESTS) is reached";
    if (!course->held && course->elapsed_ms >= ramp_length_ms(&course->ramp))
        return "the load has run its course";
    return NULL;
}

void course_hear(struct course *course, struct course_worker *worker, const struct tally *tally)
{
    const uint64_t *counters = tally->counters;

    worker->orders_due += counters[TALLY_ACCEPTED];
    worker->orders_due -= counters[TALLY_CONFIRMED] + counters[TALLY_CANCELLED] + counters[TALLY_REJECTED] +
                          counters[TALLY_UNKNOWN];
    tally_merge(&course->total, tally);
    tally_merge(&course->second, tally);
}

void course_lose(struct course *course, struct course_worker *worker)
{
    course->total.counters[TALLY_UNKNOWN] += worker->orders_due;
    course->second.counters[TALLY_UNKNOWN] += worker->orders_due;
    worker->orders_due = 0;
    worker->users = worker->busy = worker->waiting = worker->orders_open = 0;
    worker->state = WORKER_LOST;
}

struct course_worker course_sum(const struct course *course)
{
    struct course_worker sum = {.name = "all"};

    for (size_t i = 0; i < course->worker_count; i++) {
        sum.users += course->workers[i].users;
        sum.busy += course->workers[i].busy;
        sum.waiting += course->workers[i].waiting;
        sum.orders_open += course->workers[i].orders_open;
    }
    return sum;
}

void course_cut(struct course *course)
{
    const struct histogram *all = &course->second.all;
    struct course_worker sum = course_sum(course);
    struct point *point = &course->points[course->point_count];

    if (course->point_count == COURSE_SECONDS)
        return;
    *point = (struct point){.at_ms = course->elapsed_ms,
                            .level = course_level(course),
                            .users = sum.users,
                            .waiting = sum.waiting,
                            .orders_open = sum.orders_open,
                            .p50_us = histogram_percentile(all, 0.5),
                            .p95_us = histogram_percentile(all, 0.95),
                            .p99_us = histogram_percentile(all, 0.99),
                            .max_us = all->count ? all->max_us : 0};
    memcpy(point->counters, course->second.counters, sizeof(point->counters));
    course->point_count++;
    tally_clear(&course->second);
}
