/* outbox.h - from the outbox to Kafka: sent after the commit that wrote it, deleted after the acknowledgement.
 *
 * What the process dies with is sent by the claim's next owner; sending twice is harmless, because ids are derived. */
#ifndef RUN_OUTBOX_H
#define RUN_OUTBOX_H

#include <sys/queue.h>

#include "run/producer.h"
#include "store/columns.h"

struct run;
struct claim;

/* A message that a step says: a row of the outbox, and a record. In the step's arena. */
struct outgoing {
    struct outgoing *next;
    struct claim *claim;
    struct id id;
    const char *topic;
    struct str key, value, headers;
};

/* What is acknowledged, and its row not deleted. */
struct done {
    struct id id;
    enum topic topic; /* NONE: where it stands is nothing to be noted */
    int32_t part;
    int64_t offset;
};

struct outbox {
    struct run *run;
    size_t unanswered; /* sent, not reported; their tickets: */
    TAILQ_HEAD(tickets, ticket) tickets;
    struct done *done;
    size_t done_count, done_size, deleting;
    bool filling;     /* rows are being read; steps wait */
    int64_t read_to;  /* seq up to which they were read */
    int64_t done_us;  /* when the first of done was acknowledged */
    int64_t again_us; /* when to try rows again that the broker refused; 0: there are none */
    struct arena arena;
};

void outbox_init(struct outbox *outbox, struct run *run);
void outbox_release(struct outbox *outbox);

/* May more be said? Not while rows are being read anew, or too much waits for the broker. */
bool outbox_open(const struct outbox *outbox);

/* Adds the statement that writes these rows; numbers them. */
void outbox_add(struct outbox *outbox, const struct outgoing *list, size_t count, struct arena *arena);

/* Adds the statement that deletes what was acknowledged, if anything was. outbox_deleted tells how that ended. */
void outbox_add_deletes(struct outbox *outbox, struct arena *arena);
void outbox_deleted(struct outbox *outbox, bool committed);

/* Sends what was just committed, in order; or leaves it to outbox_fill, when that has begun meanwhile. */
void outbox_send(struct outbox *outbox, const struct outgoing *list);

/* Everything in the database's outbox is to be read and sent, once nothing is under way to Kafka. */
void outbox_fill_anew(struct outbox *outbox);

/* Goes on with that: true when a group was sent, or it must wait for reports; false when all is done. */
bool outbox_fill(struct outbox *outbox);

/* Deletes what was acknowledged a while ago, when no step did it. True when a group was sent. now: without waiting. */
bool outbox_clean(struct outbox *outbox, bool now);

/* This one was found in its topic: a row of it is deleted before the outbox is filled. */
void outbox_found(struct outbox *outbox, const struct id *id);

/* Where messages stand that were acknowledged so far is nothing to be noted any more: the claims are new. */
void outbox_forget_places(struct outbox *outbox);

/* The producer's reports. */
void outbox_report(void *run, void *ticket, enum status status, int32_t partition, int64_t offset, const char *why);

#endif
