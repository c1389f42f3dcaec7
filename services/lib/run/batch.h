/* batch.h - the messages that go through one step, from where they were taken to where they are done. */
#ifndef RUN_BATCH_H
#define RUN_BATCH_H

#include "run/local.h"

struct run;

enum fate {
    FATE_HEAR, /* a rule hears it */
    FATE_SKIP, /* nobody here hears its type */
    FATE_SEEN, /* heard before; or a deadline that is not due any more */
    FATE_DEAD, /* no message at all: dead letter */
    FATE_PARK, /* a message that cannot be taken */
    FATE_WAIT, /* parked already, and one before it stays parked: nothing is done about it */
    FATE_DROP  /* parked, and given up */
};

/* One message: of the log, or local. */
struct heard {
    rd_kafka_message_t *record; /* NULL: local is set */
    struct local *local;
    struct claim *claim;
    struct stream *stream; /* NULL for a local one */
    char *refusal;         /* why the store refused it when it went alone; NULL: it did not */

    /* Of the attempt under way, in its arena. */
    struct msg msg;
    enum fate fate;
    const char *reason; /* of DEAD, PARK and DROP */
    bool behind;        /* PARK: only because one before it is parked */
    bool answered;      /* DROP: its refusal is said */
    bool replayed;      /* it was heard before, and is to be heard again: see replay.h */
    bool undone;        /* it would have asked somebody outside, and may not */
    size_t lane;        /* index; of HEAR and PARK */
    struct row *row;
};

struct batch {
    struct heard *list;
    size_t first, count, size; /* list[first .. first + count) are not done */
};

void batch_init(struct batch *batch, size_t size);
void batch_release(struct batch *batch);

/* Takes what is there: local messages, then records, until size. */
void batch_collect(struct batch *batch, struct run *run);

/* The first done messages are: released. */
void batch_done(struct batch *batch, size_t done);

/* Nothing of it was done, and it is not ours to do any more: records and deadlines are released (they come again),
 * answers go back to the queue. */
void batch_drop(struct batch *batch, struct run *run);

/* "order.events/3/177", "OrderOverdue/<key>": what a crash guard or a log line calls it. */
void batch_name(const struct heard *heard, char *name, size_t size_bytes);

#endif
