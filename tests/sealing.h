/* sealing.h - a customer as tests need one: a key, wrapped to a recipient's fresh pair, and fields sealed under it. */
#ifndef TESTS_SEALING_H
#define TESTS_SEALING_H

#include "base/seal.h"
#include "msg/keyring.h"

/* A fresh pair, read from PEM files as a service reads its own. Either half may be NULL if it is not wanted. Frees with
 * seal_pair_free. */
void sealing_pair(struct seal_pair **private_half, struct seal_pair **public_half);

struct sealing_customer {
    struct str key_id;
    struct seal_key key;
};

/* A fresh key under a random id, in the arena. */
struct sealing_customer sealing_customer(struct arena *arena);

/* The CustomerKey that says so, wrapped to one recipient; all of it in the arena. */
struct customer_key sealing_key(const struct sealing_customer *customer, const char *recipient,
                                const struct seal_pair *to, int64_t version, struct arena *arena);

/* A field of an order ("email", "address"). */
struct sealed sealing_field(const struct sealing_customer *customer, struct str plaintext, struct str order_id,
                            const char *name, struct arena *arena);

#endif
