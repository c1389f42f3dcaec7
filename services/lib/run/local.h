/* local.h - messages that never travelled: deadlines that are due, and answers from outside. */
#ifndef RUN_LOCAL_H
#define RUN_LOCAL_H

#include "run/claims.h"

struct local {
    struct local *next;
    enum msg_type type;
    struct claim *claim;
    struct id id, correlation, causation;
    char traceparent[MSG_TRACEPARENT_LEN + 1];
    int64_t time_ms;       /* of an answer; a deadline's due time */
    bool parked;           /* a record that was parked, and is heard again; value may be of any writer's schema */
    uint64_t sample;       /* of a patient deadline: the log's ends that it waits for */
    struct str key, value; /* in one allocation with the struct; value: framed Avro, empty for a deadline */
};

struct local_queue {
    struct local *first, **tail;
    size_t count;
};

void local_queue_init(struct local_queue *queue);
void local_queue_release(struct local_queue *queue);

/* A copy of key and value; everything else is to be filled. Freed by local_free. */
struct local *local_new(struct str key, struct str value);
void local_free(struct local *local);

void local_push(struct local_queue *queue, struct local *local);
void local_push_front(struct local_queue *queue, struct local *local);

/* The first whose claim is owned, taken out; NULL if there is none. */
struct local *local_take(struct local_queue *queue);

#endif
