/* crowd.h - all visitors of a worker: so many users (closed loop), or as many as come (open loop). */
#ifndef LOADGENERATOR_CROWD_H
#define LOADGENERATOR_CROWD_H

#include "services/loadgenerator/arrivals.h"
#include "services/loadgenerator/visitor.h"

struct crowd;

struct crowd_wish {
    const char *name; /* of the worker; the visitors' names begin with it */
    bool open;        /* visitors come by a rate, each a new one */
    bool even;        /* at equal distances */
    size_t most;      /* visitors at the same time */
    uint64_t seed;
};

/* Nobody yet. journeys, client and orders stay the caller's. */
struct crowd *crowd_new(struct client *client, struct journeys *journeys, struct orders *orders,
                        const struct crowd_wish *wish);

/* Everybody is gone at once. NULL is allowed. */
void crowd_free(struct crowd *crowd);

/* So many users, or so many arrivals a second. Who is on the way through a journey ends it. */
void crowd_set_level(struct crowd *crowd, double level);

/* Nobody comes any more; who waits to come in never does, and is counted. */
void crowd_finish(struct crowd *crowd);

struct crowd_numbers {
    size_t users;   /* there; in open loop, on their way */
    size_t busy;    /* on their way through a journey */
    size_t waiting; /* came, and found no place */
};

struct crowd_numbers crowd_count(const struct crowd *crowd);

#endif
