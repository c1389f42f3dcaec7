/* bill.h - what a cart comes to: each line's price, shipping, the total, and the versions that they were made from. */
#ifndef GATEWAY_BILL_H
#define GATEWAY_BILL_H

#include "msg/shelf.h"

/* What keeps a cart from having a total. */
enum bill_lack {
    BILL_WHOLE,
    BILL_NO_PRODUCT, /* a line's product is not sold, or not heard of: it has no price */
    BILL_NO_RATE,    /* no prices in this currency */
    BILL_NO_CARRIER  /* nobody takes it there, or no tariff was heard of */
};

struct bill {
    enum bill_lack lack;
    struct str lacking;       /* of BILL_NO_PRODUCT: the product's id */
    struct order_line *lines; /* as many as the cart's, in its order; without a price: unit_price_minor -1 */
    size_t count;
    struct str currency;
    int64_t subtotal_minor;              /* of the lines that have a price */
    const struct tariff_updated *tariff; /* the cheapest that goes there; NULL: none */
    int64_t shipping_minor, total_minor;
    int64_t rates_version; /* 0: nothing was converted */
};

/* Everything in the arena, texts copied, but for tariff, which is the shelf's. */
struct bill bill_make(const struct shelf *shelf, const struct cart_line_list *cart, struct str currency,
                      struct str country, struct arena *arena);

/* What a shopper saw, as a text that another page can be compared with: the cart's generation and a hash of every
 * amount. In the arena. */
struct str bill_seen(const struct bill *bill, int64_t generation, struct arena *arena);

/* The generation that such a text names; -1 when it is none. */
int64_t bill_seen_generation(struct str seen);

#endif
