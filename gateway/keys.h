/* keys.h - customers' keys, made and acknowledged in advance, so that no order waits for its own.
 *
 * Each is used for one order. A key is in memory only until it is used; who must read what it sealed has it from
 * customer.keys, wrapped to them. */
#ifndef GATEWAY_KEYS_H
#define GATEWAY_KEYS_H

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

/* For /readyz. */
bool keys_ready(void *keys, struct err *why);

#endif
