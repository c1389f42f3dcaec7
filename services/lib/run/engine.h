/* engine.h - the parts of a running service and what they share. Inside run: services see "run/run.h" only.
 *
 * What holds at all times:
 *   1. One group of statements is under way at most, and whoever sent it decides what comes next (engine_go).
 *   2. A step begins only when every claim's outbox has been sent: what is said keeps its order.
 *   3. Records of the batch are released only when their step was committed, or their claims were given up.
 *   4. Nothing is believed after a lost connection: claims are taken anew, and tell what was committed. */
#ifndef RUN_ENGINE_H
#define RUN_ENGINE_H

#include "run/aside.h"
#include "run/claims.h"
#include "run/consumer.h"
#include "run/deadlines.h"
#include "run/fold.h"
#include "run/lease.h"
#include "run/local.h"
#include "run/outbox.h"
#include "run/program.h"
#include "run/reader.h"
#include "run/run.h"
#include "run/settings.h"
#include "run/shoptime.h"
#include "run/turn.h"
#include "run/upkeep.h"
#include "store/pg.h"

enum engine_state {
    ENGINE_WAITING,  /* for the database, for followed topics, or for an assignment */
    ENGINE_CLAIMING, /* partitions are being claimed */
    ENGINE_FOLDING,  /* what the service has said, and this database does not know, is being taken over */
    ENGINE_FILLING,  /* what the outbox holds is being read and sent */
    ENGINE_STEPPING  /* batches go through */
};

struct run {
    struct program program;
    const struct service *service;
    struct run_settings settings;
    struct kafka kafka;
    struct pg *pg;
    struct producer *producer;
    struct reader *follower; /* NULL: the service follows no topic */
    struct fold fold;
    struct consumer *consumer;
    struct lease *lease; /* NULL: the ordinal was told */
    int64_t ordinal;     /* which replica this is; -1: not known yet */
    bool followed;       /* what it follows is in memory */
    struct claims claims;
    struct outbox outbox;
    struct deadlines deadlines;
    struct shoptime time;
    struct local_queue local;
    struct turn *turn;
    struct aside *aside;
    struct upkeep upkeep;
    struct schemas *schemas;
    struct event *kick, *wait, *report; /* go on now; go on after a pause; each second */
    enum engine_state state;
    bool busy;          /* a group of statements is under way */
    bool reassign;      /* grants or the connection changed: claims are to be taken anew */
    int64_t backoff_ms; /* 0: the last attempt went well */
    struct err trouble; /* why it did not */
    int64_t stop_us;    /* when stopping began; 0: it has not */
};

/* Does what is next, if nothing is under way. Called after every change; cheap when there is nothing to do. */
void engine_go(struct run *run);

/* The same, from the loop: safe within any callback. */
void engine_kick(struct run *run);

/* A group failed although the connection lives: the same again after a pause, which grows. */
void engine_back_off(struct run *run, const struct err *why);

/* It went well: no pause. */
void engine_went_well(struct run *run);

/* The process cannot be trusted any more: one line, and exit 1. */
void engine_fail(struct run *run, const struct err *why);

/* Partitions were granted (or taken away, with none): claim them as soon as nothing is under way. */
void engine_reassign(struct run *run);

#endif
