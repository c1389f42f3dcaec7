/* upkeep.h - what a service does now and then beside its steps: it forgets old message ids, counts what is parked, and
 * looks what of it may go; rows that fade are deleted. */
#ifndef RUN_UPKEEP_H
#define RUN_UPKEEP_H

#include "run/parked.h"

struct run;
struct service;

enum { UPKEEP_FADING = 4 }; /* tables with rows that fade, at most */

/* Of one table: its statement, whose texts are made once. */
struct upkeep_fading {
    struct pg_statement statement;
    char name[64], sql[256];
};

struct upkeep {
    int64_t next_us, prune_us; /* when to look, when to forget */
    int64_t parked;            /* rows of parked, for all claims */
    struct parked_look look;
    struct upkeep_fading fading[UPKEEP_FADING];
    size_t fading_count;
    struct arena arena;
};

void upkeep_init(struct upkeep *upkeep, const struct service *service);
void upkeep_release(struct upkeep *upkeep);

/* Claims were taken: look at once. */
void upkeep_claimed(struct upkeep *upkeep);

/* When it is time: true when a group was sent. */
bool upkeep_look(struct run *run);

#endif
