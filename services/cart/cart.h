/* cart.h - the words of the cart: what a shopper means to buy. */
#ifndef CART_CART_H
#define CART_CART_H

#include "msg/rule.h"
#include "store/table.h"

enum cart_state {
    CART_OPEN /* always */
};

enum { CART_LINES_MAX = 100, CART_QUANTITY_MAX = 99, CART_COMMANDS_KEPT = 64, CART_PRODUCT_ID_MAX = 64 };

struct cart {
    struct row row;      /* key: the shopper's id */
    int64_t version;     /* of the last CartUpdated; 0 before the first */
    int64_t generation;  /* how many orders of this cart have ended */
    int64_t answered;    /* the offset behind the last command of cart.commands that was answered; 0 for none */
    int32_t outcome;     /* enum cart_outcome: of the last command */
    struct str reason;   /* why it was refused; empty otherwise */
    struct str lines;    /* "<quantity> <product id>\n" for each, in the order in which they were put in */
    struct str commands; /* ids of the last commands, 16 bytes each, newest last */
};

extern const struct rules cart_rules;
extern const struct table cart_table;

#endif
