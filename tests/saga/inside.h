/* inside.h - what the files of the books know of each other. */
#ifndef SAGA_INSIDE_H
#define SAGA_INSIDE_H

#include "tests/saga/books.h"

struct shadow;

struct books {
    int64_t on_hand[WORLD_SUBJECTS];        /* of products, as said */
    struct shadow *shadows[WORLD_SUBJECTS]; /* of users' carts; NULL: nothing was heard */
};

/* stock.c: pieces on the shelf, and what pages are told of them. */
void books_check_shelf(struct world *world);

/* mails.c: who got which mail, and whether it is true; NULL or what is wrong. */
const char *books_check_mails(struct world *world, const struct subject *order, bool placed, bool confirmed,
                              struct arena *arena);

/* carts.c: what is in each cart, and its generation. */
void books_check_carts(struct world *world);

#endif
