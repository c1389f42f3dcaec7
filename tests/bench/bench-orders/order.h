/* order.h - one order as the gateway would write it: sealed, priced, framed. */
#ifndef BENCH_ORDER_H
#define BENCH_ORDER_H

#include "base/arena.h"
#include "base/seal.h"
#include "msg/msg.h"

/* What all orders of a run share. */
struct customer {
    struct seal_pair *payment;
    struct seal_key key;
    struct str key_id;
    struct arena arena;
};

/* Reads the public keys of `keys`, makes a customer's key; *announcement is the CustomerKey to publish first. */
enum status customer_open(struct customer *customer, const char *keys, struct str *announcement,
                          struct err *err) must_check;
void customer_close(struct customer *customer);

struct order_messages {
    struct id order_id, user_id, place_id, pay_id;
    struct str place, pay; /* encoded, in the arena */
};

/* An order of a run: one mug, $8.99, shipping $8.99, of a user of its own; poor: by a card that the acquirer declines. */
void order_make(const struct customer *customer, bool poor, struct arena *arena, struct order_messages *messages);

#endif
