/* keys.h - customers' keys, made and acknowledged in advance, so that no order waits for its own.
 *
 * Each is used for one order. A key is in memory only until it is used; who must read what it sealed has it from
 * customer.keys, wrapped to them. */
#ifndef GATEWAY_KEYS_H
#define GATEWAY_KEYS_H

#include <event2/event.h>
#include <sys/queue.h>

#include "base/seal.h"
#include "gateway/voice.h"

struct keys;

struct customer_secret {
    struct seal_key key; /* cleanse it after use */
    struct id id;
};

/* folder holds shipping.public.pem, email.public.pem and gateway.public.pem; ST_FATAL when one is missing. Begins to
 * make keys at once. */
enum status keys_open(struct event_base *base, struct producer *producer, const char *folder, struct keys **keys,
                      struct err *err) must_check;

/* After producer_close. */
void keys_close(struct keys *keys);

/* False when there is none at the moment. */
bool keys_take(struct keys *keys, struct customer_secret *secret);

enum { KEYS_PATIENCE_S = 5 };

/* Somebody who waits for a key, in line. */
struct key_waiter {
    TAILQ_ENTRY(key_waiter) link;
    struct event *timer; /* NULL: does not wait */
    struct keys *keys;
    /* Called once: when there is a key, which is taken before it returns or is anybody's; or when there was none for
     * KEYS_PATIENCE_S. */
    void (*then)(struct key_waiter *waiter, bool there);
};

/* After keys_take was in vain. waiter->then is set, the rest is not; it lives until then was called, or keys_stop_waiting. */
void keys_wait(struct keys *keys, struct key_waiter *waiter);
void keys_stop_waiting(struct key_waiter *waiter);

/* For /readyz. */
bool keys_ready(void *keys, struct err *why);

#endif
