/* key_ticks.h - a word to each partition of customer.keys, now and then: Kafka compacts only what it does not write to any
 * more, so that the last key of a quiet partition, forgotten or not, would lie in its log for ever. */
#ifndef GATEWAY_FORGET_KEY_TICKS_H
#define GATEWAY_FORGET_KEY_TICKS_H

#include "gateway/voice.h"

struct key_ticks;

/* The first at once. */
struct key_ticks *key_ticks_open(struct event_base *base, struct producer *producer, int64_t every_ms);

/* After producer_close. */
void key_ticks_close(struct key_ticks *ticks);

#endif
