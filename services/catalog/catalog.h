/* catalog.h - the words of the catalogue: a product with its stock, and what of it is set aside for an order.
 *
 * Two lanes share the products' rows: product (commands, and what pages see) and reservation (orders, which change only
 * how much is on hand). */
#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

#include "msg/rule.h"
#include "store/table.h"

enum product_state { PRODUCT_UNKNOWN, PRODUCT_OFFERED, PRODUCT_RETIRED };

enum { PRODUCT_FEW = 10 }; /* up to so many pieces pages tell how many are left */

/* Its key is the product id. */
struct product {
    struct row row;
    struct str name, description, picture;
    struct str categories; /* separated by commas */
    int64_t price_minor;
    struct str currency;
    int32_t weight_grams, volume_cm3; /* packed; volume 0: not measured */
    int64_t on_hand;                  /* pieces that nobody has reserved; never below 0 */
    int64_t version;                  /* of the last ProductUpdated; 0 before the first */
    int32_t shown_stock;              /* what that said: enum stock_band */
    int32_t shown_left;
    int64_t seen_version; /* the greatest ProductUpdated that came back from the topic */
};

enum reservation_state {
    RESERVATION_AWAITED,  /* nothing was heard that counts */
    RESERVATION_RESERVED, /* its pieces are not on hand any more; they stay away when the order is confirmed */
    RESERVATION_REFUSED,
    RESERVATION_RELEASED,
    RESERVATION_CLOSED /* cancelled before anything was set aside */
};

/* Its key is the order id. */
struct reservation {
    struct row row;
    struct str lines; /* "2 6E92ZMYYFZ\n" for each product that is set aside; empty when nothing is */
};

/* What pages are shown of a product's stock: NONE once it is retired. */
void product_band(const struct product *product, enum stock_band *stock, int32_t *left);

/* Whether pages show something else than what is true. */
bool product_is_stale(const struct product *product);

/* Takes the first line off *rest; false when there is none. line->product_id points into the text. */
bool reservation_next_line(struct str *rest, struct cart_line *line);

struct key_list;

/* The products that this message touches. */
void reservation_products(const struct msg *heard, const void *row, struct key_list *keys);

extern const struct rules product_rules, reservation_rules;

/* For struct lane: a keeper's command that nobody will hear is answered as refused. */
void product_refuse(struct step *step, void *row);

extern const struct table product_table, reservation_table;

#endif
