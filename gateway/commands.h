/* commands.h - a shopper's wish, written to Kafka, and the wait for its answer.
 *
 * Accepted means durable: nothing is answered before the broker's acknowledgement. After COMMAND_PATIENCE_S without one it
 * is unknown whether the command will be heard: it may be sent again, its id makes that safe. Accepted once, the answering
 * view is waited for as long as a person likes to; after that the page says that it comes. */
#ifndef GATEWAY_COMMANDS_H
#define GATEWAY_COMMANDS_H

#include <sys/queue.h>

#include "gateway/views.h"
#include "gateway/voice.h"
#include "gateway/waits.h"

enum { COMMAND_PATIENCE_S = 5, COMMAND_VIEW_PATIENCE_MS = 1000 };

struct commands {
    struct event_base *base;
    struct producer *producer;
    struct waits *waits;
    struct views *views;
    LIST_HEAD(, command) open; /* those that are not over */
};

enum command_outcome {
    COMMAND_ANSWERED,  /* and the view shows it */
    COMMAND_ACCEPTED,  /* it will be */
    COMMAND_UNKNOWN,   /* not acknowledged: send it again */
    COMMAND_IMPOSSIBLE /* it can never be written */
};

struct command_wish {
    struct said *said;  /* what to write, linked by next, at most 2; NULL: nothing, only wait for the view */
    struct str channel; /* "cart:..." or "order:...": the view that will answer */
    struct wish look;   /* what to read there */
    bool patient;       /* waits for the view as long as for an acknowledgement: nothing can be done without it */
    /* Whether this message of the view answers the command. offset is the last record's, -1 while it is not acknowledged. */
    bool (*answers)(void *context, enum msg_type type, const void *body, int64_t offset);
    /* Called once. offset is the last record's in its partition, or -1. The request has to be answered by it. */
    void (*then)(struct request *request, enum command_outcome outcome, int64_t offset, void *context);
    void *context; /* lives as long as the request */
};

/* The request waits meanwhile. wish and what it points to live as long as the request. Calls then never before it
 * returned. */
void command_send(struct commands *commands, struct request *request, const struct command_wish *wish);

/* Forgets those whose reports will not come any more: after producer_close and redis_close. */
void commands_release(struct commands *commands);

#endif
