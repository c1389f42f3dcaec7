/* hasher.h - passwords are hashed aside: by one helper thread of low priority, from a short queue, so that however many
 * sign in at once no page waits for them. */
#ifndef GATEWAY_ACCOUNTS_HASHER_H
#define GATEWAY_ACCOUNTS_HASHER_H

#include <event2/event.h>

#include "gateway/accounts/password.h"

struct hasher;

/* At most queue passwords wait or are at work. */
struct hasher *hasher_open(struct event_base *base, size_t queue);

/* Waits for the one at work; the others are told that the process ends. */
void hasher_close(struct hasher *hasher);

struct hashing {
    bool same;                 /* of a check: it is the password */
    struct password_hash hash; /* what was made, or was checked against */
};

/* Called in the loop, once. hashing is NULL when the process ends. */
typedef void hashed_fn(void *context, const struct hashing *hashing);

/* False when the queue is full: nothing will be called. password is copied, and overwritten after its use. */
bool hasher_make(struct hasher *hasher, struct str password, struct password_cost cost, hashed_fn *then, void *context);
bool hasher_check(struct hasher *hasher, struct str password, const struct password_hash *kept, hashed_fn *then,
                  void *context);

/* How many wait or are at work. */
size_t hasher_waiting(const struct hasher *hasher);

#endif
