/* local.h - messages that never travelled: deadlines that are due, and answers from outside. */
#ifndef RUN_LOCAL_H
#define RUN_LOCAL_H

#include "run/claims.h"

/* Of a record that was parked: where it stood, and what is to become of it. Texts are ASCII or whole UTF-8. */
struct parked {
    enum topic topic;
    int64_t offset, seq;
    bool fenced;            /* nobody outside is asked */
    char reason[1024];      /* why it was parked */
    char drop_reason[1024]; /* empty: it is heard; otherwise why it is given up */
    char drop_by[256];
};

struct local {
    struct local *next;
    enum msg_type type;
    struct claim *claim;
    struct id id, correlation, causation;
    char traceparent[MSG_TRACEPARENT_LEN + 1];
    int64_t time_ms;       /* of an answer; a deadline's due time */
    struct parked *parked; /* NULL for what never travelled; otherwise value may be of any writer's schema */
    uint64_t sample;       /* of a patient deadline: the log's ends that it waits for */
    struct str key, value; /* in one allocation with the struct; value: framed Avro, empty for a deadline */
};

struct local_queue {
    struct local *first, **tail;
    size_t count;
};

void local_queue_init(struct local_queue *queue);
void local_queue_release(struct local_queue *queue);

/* A copy of key and value; everything else is to be filled. Freed by local_free, with its parked. */
struct local *local_new(struct str key, struct str value);
void local_free(struct local *local);

void local_push(struct local_queue *queue, struct local *local);
void local_push_front(struct local_queue *queue, struct local *local);

/* The first whose claim is owned, taken out; NULL if there is none. */
struct local *local_take(struct local_queue *queue);

#endif
