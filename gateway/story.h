/* story.h - what was told of an order: its events, as they lie in Redis and as they are remembered. */
#ifndef GATEWAY_STORY_H
#define GATEWAY_STORY_H

#include "base/out.h"
#include "msg/msg.h"

enum { STORY_MAX_EVENTS = 64 };

/* One event of an order. MSG_PLACE_ORDER among them: this process sent it, whether or not anybody has heard it yet. */
struct told {
    enum msg_type type;
    const void *body;
    int64_t time_ms;
    struct id id;
};

/* Starts zeroed. Events beyond STORY_MAX_EVENTS, and those that cannot be read, are not told. */
struct story {
    struct told *items;
    size_t count;
};

/* text: "<time_ms> <framed value>"; must live as long as told. */
bool told_read(const struct plans *plans, struct str text, struct arena *arena, struct told *told);

/* Adds a copy of an event, unless its id is told already. id: 36 characters. */
void story_add(struct story *story, const struct plans *plans, struct str id, struct str text, struct arena *arena);

/* By time. */
void story_sort(struct story *story);

/* The first event of this type, or NULL. */
const struct told *story_find(const struct story *story, enum msg_type type);

/* An event as a line of what is remembered, and all such lines back into a story. */
void story_pack(struct out *out, struct str id, struct str text);
void story_unpack(struct story *story, const struct plans *plans, struct str packed, struct arena *arena);

#endif
