/* activity.h - what visitors look at and follow, told to Kafka on the way: views, recommendations, ads.
 *
 * Nobody waits for it and nothing depends on it: a record leaves with acks=all like every other, but what cannot be taken at
 * once is dropped and counted, not kept. Only for visitors who brought their session back: a robot without cookies is a new
 * visitor with each request, and no one's taste. */
#ifndef GATEWAY_ACTIVITY_H
#define GATEWAY_ACTIVITY_H

#include "gateway/session.h"
#include "gateway/voice.h"

enum { ACTIVITY_OPEN_MAX = 2000 }; /* records on their way: more are dropped, so that commands keep the queue's room */

struct activity {
    struct ticket ticket; /* all records share it: only their number matters */
    struct producer *producer;
    size_t open;
};

/* The producer is borrowed, was opened with voice_report, and is closed first. Registers shop_activity_*. */
void activity_init(struct activity *activity, struct producer *producer);

/* Says a message of activity.events whose session_id is the visitor's user id. id: a named one for what may be said twice
 * and must count once (a click), a random one otherwise. False when it was not taken: the visitor is new, Kafka is away,
 * the queue is full. Never blocks, never fails. */
bool activity_say(struct activity *activity, const struct session *visitor, enum msg_type type, const void *body,
                  struct id id);

#endif
