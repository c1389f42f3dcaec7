/* cart.h - the words of the cart: what a shopper means to buy. */
#ifndef CART_CART_H
#define CART_CART_H

#include "msg/rule.h"
#include "store/table.h"

enum cart_state {
    CART_OPEN /* always */
};

/* So many lines that the page of a full cart stays below 60 KB. Older carts hold more, and may keep them. */
enum {
    CART_LINES_MAX = 50,
    CART_LINES_KEPT = 100,
    CART_QUANTITY_MAX = 99,
    CART_COMMANDS_KEPT = 64,
    CART_LEFT_TIMES = 10, /* what it left behind is kept so many times as long as it may lie idle */
    CART_PRODUCT_ID_MAX = 64
};

struct cart {
    struct row row;         /* key: the shopper's id */
    int64_t version;        /* of the last CartUpdated; 0 before the first */
    int64_t generation;     /* how many orders of this cart have ended */
    int64_t answered;       /* the offset behind the last command of cart.commands that was answered; 0 for none */
    int32_t outcome;        /* enum cart_outcome: of the last command */
    struct str reason;      /* why it was refused; empty otherwise */
    struct str lines;       /* "<quantity> <product id>\n" for each, in the order in which they were put in */
    struct str commands;    /* ids of the last commands, 16 bytes each, newest last */
    int64_t changed_ms;     /* when a command was last heard, or an order of it ended: since then it lies idle */
    int64_t ordering;       /* 1 + the generation whose order was placed; that is open while it is above generation */
    struct str left_behind; /* lines that went out when it expired, until they are put back or not wanted any more */
    int64_t left_since_ms;  /* since when they had lain idle */
};

struct cart_settings {
    int64_t idle_ms; /* from the last change to its expiry */
};

/* Its next deadline, from when it was changed last. */
void cart_remind_of_idling(struct step *step, const struct cart *cart);

/* adopt.c: what was said in a life that was lost. */
enum { CART_ADOPTIONS = 2 };

extern const struct adoption cart_adoptions[CART_ADOPTIONS];

/* step->settings is a struct cart_settings. */
extern const struct rules cart_rules;

/* For struct lane: a command that nobody will hear is answered as refused, and changes nothing. */
void cart_refuse(struct step *step, void *row);

extern const struct table cart_table;

#endif
