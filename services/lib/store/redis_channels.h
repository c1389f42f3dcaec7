/* redis_channels.h - subscriptions, on a connection of their own. Inside store. */
#ifndef STORE_REDIS_CHANNELS_H
#define STORE_REDIS_CHANNELS_H

#include "store/redis.h"
#include "store/redis_link.h"

struct redis_channels;

/* Connects when the first channel is added, to where beside goes. changed: redis_channels_whole may have changed. */
struct redis_channels *redis_channels_new(const struct redis_link *beside, void (*changed)(void *context),
                                          void *context);
void redis_channels_free(struct redis_channels *channels);

/* Nothing is subscribed, or everything that was at the last loss is again. */
bool redis_channels_whole(const struct redis_channels *channels);

void redis_channels_on_heard(struct redis_channels *channels, redis_heard_fn *heard, void *context);
void redis_channels_add(struct redis_channels *channels, struct str name, redis_subscribed_fn *subscribed,
                        void *context);
void redis_channels_remove(struct redis_channels *channels, struct str name);

#endif
