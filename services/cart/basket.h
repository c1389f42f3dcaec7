/* basket.h - the lines of a cart, taken out of their text and put back. */
#ifndef CART_BASKET_H
#define CART_BASKET_H

#include "services/cart/cart.h"

struct basket {
    struct cart_line lines[CART_LINES_KEPT];
    size_t count;
};

/* Reads the text of a row, into which the product ids point. The text is our own: anything malformed aborts. */
void basket_read(struct basket *basket, struct str text);

/* The text, in the arena. */
struct str basket_write(const struct basket *basket, struct arena *arena);

/* NULL when there is none of this product. Good until lines are put in or taken out. */
struct cart_line *basket_find(struct basket *basket, struct str product_id);

/* A new line; false when there are as many as there may be. */
bool basket_put(struct basket *basket, struct str product_id, int32_t quantity) must_check;

/* Takes so many out, at most as many as there are, and the line with the last of them. */
void basket_take(struct basket *basket, struct str product_id, int32_t quantity);

/* Whether it can be a product's id at all: 1-64 visible ASCII characters. */
bool basket_can_hold(struct str product_id);

#endif
