/* scan.h - the orders of a customer, and the keys that seal their names and addresses: found by reading what was ordered from
 * the beginning. Nobody is forgotten often, and an index of who ordered what would be one more thing to be forgotten in. */
#ifndef GATEWAY_FORGET_SCAN_H
#define GATEWAY_FORGET_SCAN_H

#include "gateway/forget/id_set.h"
#include "run/kafka.h"

struct scan;

struct scan_found {
    struct id_set orders, keys;
};

/* Calls ended when all was read up to now; later, for a while, late is called for a key that was not there before: an order
 * that was on its way. Neither is called from within. user_id is copied. */
struct scan_wish {
    struct str user_id;
    void (*ended)(void *context, const struct scan_found *found);
    void (*late)(void *context, struct str key_id);
    void *context;
};

enum status scan_open(struct event_base *base, const struct kafka *kafka, const struct scan_wish *wish,
                      struct scan **scan, struct err *err) must_check;
void scan_close(struct scan *scan);

#endif
