/* course.h - one run from its beginning to its end, as the coordinator knows it: what is wanted, what is counted, and
 * when it is enough. */
#ifndef LOADGENERATOR_COURSE_H
#define LOADGENERATOR_COURSE_H

#include "services/loadgenerator/ramp.h"
#include "services/loadgenerator/tally.h"

enum { COURSE_WORKERS = 64, COURSE_SECONDS = 24 * 3600 };

enum phase {
    PHASE_WAITING, /* for workers */
    PHASE_RUNNING,
    PHASE_FINISHING, /* nobody comes any more; journeys and orders come to their ends */
    PHASE_OVER
};

struct bounds {
    int64_t time_ms, requests;
    double users, rate;
};

/* What was counted in one second. */
struct point {
    int64_t at_ms;
    double level;
    size_t users, waiting, orders_open;
    int64_t p50_us, p95_us, p99_us, max_us;
    uint64_t counters[TALLY_COUNTERS];
};

struct course_worker {
    char name[32];
    enum { WORKER_JOINED, WORKER_READY, WORKER_DONE, WORKER_LOST } state;
    bool remote;
    size_t users, busy, waiting, orders_open; /* as it said last */
    uint64_t orders_due;                      /* accepted and without an end, by its own numbers */
};

struct course {
    const char *target, *journeys; /* for the report */
    struct ramp ramp;
    struct bounds bounds;
    bool held; /* somebody has set the level by hand */
    double held_level;
    enum phase phase;
    int64_t began_wall_ms, elapsed_ms; /* elapsed stops with the load */
    char because[160];                 /* why it ended, or ends */
    struct course_worker workers[COURSE_WORKERS];
    size_t worker_count;
    struct tally total, second; /* second: since the last point */
    struct point *points;
    size_t point_count;
};

void course_init(struct course *course);
void course_release(struct course *course);

/* "waiting", "running", "finishing", "over" */
const char *course_phase_name(enum phase phase);

/* What is wanted now: users, or arrivals a second. 0 unless it runs. */
double course_level(const struct course *course);

/* Sets the level by hand, until the end. False, and nothing is changed, when it is no number from 0 to the bound. */
bool course_hold(struct course *course, double level) must_check;

/* The most that the bounds allow, in the unit of the load. */
double course_most(const struct course *course);

/* NULL, or why it is enough: the ramp's end or a bound. A level held by hand outlives the ramp, up to the bound of time. */
const char *course_enough(const struct course *course);

/* Hears a worker's numbers for the total and the second at hand. */
void course_hear(struct course *course, struct course_worker *worker, const struct tally *tally);

/* A worker is gone: what it had not finished is unknown. */
void course_lose(struct course *course, struct course_worker *worker);

/* Ends the second at hand: one point more. */
void course_cut(struct course *course);

/* Sums over all workers that are there. */
struct course_worker course_sum(const struct course *course);

/* Everything as JSON; points from the first-th on. */
void course_json(const struct course *course, size_t first, struct out *out);

/* One row per line of the tally, and one for all. */
void course_csv(const struct course *course, struct out *out);

/* One row per second. */
void course_series_csv(const struct course *course, struct out *out);

/* For people, as a table. */
void course_text(const struct course *course, struct out *out);

#endif
