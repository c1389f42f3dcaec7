/* shoppers.h - a few shoppers before their pages, a shopkeeper, and the gateway between them and the log. */
#ifndef SAGA_SHOPPERS_H
#define SAGA_SHOPPERS_H

#include "msg/shelf.h"
#include "tests/saga/outside.h"

enum { SHOPPERS_MAX = 3, PRODUCTS_MAX = 4, SHOPPER_ORDERS = 16 };

struct reading;

/* What was ordered last, for a second click. */
struct pressed {
    struct str order_id;
    struct place_order body;
    struct said *placed, *paid;
};

struct shopper {
    struct world *world;
    struct str user_id;
    struct cart_updated cart; /* as the page shows it; version 0: nothing yet */
    unsigned todo, weight;
    struct str orders[SHOPPER_ORDERS]; /* of which a button was pressed */
    unsigned order_count;
    struct pressed last;
    const char *address, *mailbox; /* as sealed: what the outside makes of them */
    enum key_state shipping_key, email_key;
};

struct shop {
    struct shelf *shelf; /* the gateway's */
    struct shopper shoppers[SHOPPERS_MAX];
    unsigned shopper_count, product_count;
    bool plenty;     /* enough of everything */
    unsigned chores; /* of the shopkeeper, still to do */
    unsigned command_count;
};

void shop_open(struct world *world);
void shop_close(struct world *world);

/* Something was read into the gateway's memory. */
void shop_learn(struct world *world, const struct said *said);

bool shopper_may_act(const struct shopper *shopper);
void shopper_act(struct shopper *shopper, struct world *world);
bool shopkeeper_may_act(const struct world *world);
void shopkeeper_act(struct shop *shop, struct world *world);

/* A key that is on its way arrives. */
void shopper_keys_arrive(struct shopper *shopper, struct world *world);

/* The shopper whose key it is; NULL for none. */
struct shopper *shopper_of(struct world *world, struct str key_id);

#endif
