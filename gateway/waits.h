/* waits.h - who waits for news of a view: Redis's channels, handed to those who asked. */
#ifndef GATEWAY_WAITS_H
#define GATEWAY_WAITS_H

#include "base/str.h"
#include "store/redis.h"

struct waits;
struct wait;

/* message: what was published. Without one ({NULL, 0}) something may have been missed, or nothing more will be from now
 * on: look once. It may end its own wait, no other. */
typedef void wait_heard_fn(void *context, struct str message);

/* Takes over redis's listener and its changes. */
struct waits *waits_open(struct redis *redis);

/* After redis_close, which answers what is still asked for. */
void waits_close(struct waits *waits);

/* Subscribes to channel (copied). heard is called without a message as soon as the subscription stands, and after each
 * reconnect. */
struct wait *wait_begin(struct waits *waits, struct str channel, wait_heard_fn *heard, void *context);

/* Not called any more. NULL is allowed. */
void wait_end(struct wait *wait);

#endif
