/* bill.h - what a cart comes to: each line's price, shipping, the total, and the versions that they were made from. */
#ifndef GATEWAY_BILL_H
#define GATEWAY_BILL_H

#include "msg/shelf.h"

#define BILL_CARRIER "flat" /* of who chose none, as in the original shop */

/* What keeps a cart from having a total. */
enum bill_lack {
    BILL_WHOLE,
    BILL_NO_PRODUCT, /* a line's product is not sold, not heard of, or its currency has no rate: it has no price */
    BILL_NO_RATE,    /* no prices in this currency */
    BILL_NO_CARRIER  /* nobody takes it there, or no tariff was heard of */
};

/* A carrier that takes the cart there. */
struct offer {
    const struct tariff_updated *tariff; /* the shelf's */
    int64_t price_minor;                 /* in the bill's currency */
    int32_t days;
};

struct bill {
    enum bill_lack lack;
    struct str lacking;       /* of BILL_NO_PRODUCT: the product's name, or its id */
    bool for_good;            /* ... it is sold no more */
    struct order_line *lines; /* as many as the cart's, in its order; without a price: unit_price_minor -1 */
    size_t count;
    struct str currency;
    int64_t subtotal_minor; /* of the lines that have a price */
    struct offer *offers;   /* the cheapest first; of equals the first by code */
    size_t offer_count;
    const struct offer *chosen; /* one of them; NULL: there is none */
    int64_t total_minor;        /* with the chosen one */
    int64_t rates_version;      /* 0: nothing was converted */
};

/* Where a cart is to go, and with whom. */
struct destination {
    struct str country_code; /* as in Order; empty: taken as typed, by who goes everywhere only */
    struct str carrier;      /* empty, or one that does not go there: BILL_CARRIER, else the cheapest */
};

/* Everything in the arena, texts copied, but for tariffs, which are the shelf's. */
struct bill bill_make(const struct shelf *shelf, const struct cart_line_list *cart, struct str currency,
                      const struct destination *destination, struct arena *arena);

/* What a shopper saw, as a text that another page can be compared with: the cart's generation, a hash of every
 * amount, each carrier's among them: which of these is chosen does not change it; and the prices. In the arena. */
struct str bill_seen(const struct bill *bill, int64_t generation, struct arena *arena);

/* The generation that such a text names; -1 when it is none. */
int64_t bill_seen_generation(struct str seen);

/* The part of it that holds the prices, and what has become of them since, as sentences: "Mug costs $9.49 now, not $8.99."
 * It is believed for these words alone. Empty when no price is another one. In the arena. (bill_change.c) */
struct str bill_prices_seen(const struct bill *bill, struct arena *arena);
struct str bill_change(const struct bill *bill, struct str seen, struct arena *arena);

#endif
