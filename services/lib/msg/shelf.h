/* shelf.h - what gateway and checkout both hold in memory: products, rates and tariffs, and for the gateway ads, as last heard.
 *
 * Each arrival replaces an older version and is ignored otherwise, so any order and any repetition gives the same shelf. */
#ifndef MSG_SHELF_H
#define MSG_SHELF_H

#include "msg/msg.h"

struct shelf;

struct shelf *shelf_open(void);
void shelf_close(struct shelf *shelf);

/* Takes ProductUpdated, RatesUpdated, TariffUpdated and AdUpdated (copied); other types are ignored. True when it was news. */
bool shelf_learn(struct shelf *shelf, enum msg_type type, const void *body);

/* NULL when not heard of; valid until the next shelf_learn. */
const struct product_updated *shelf_product(const struct shelf *shelf, struct str product_id);
const struct rates_updated *shelf_rates(const struct shelf *shelf);
const struct tariff_updated *shelf_tariff(const struct shelf *shelf, struct str carrier);

/* All products, ordered by id, retired ones too; valid until the next shelf_learn. */
const struct product_updated *const *shelf_products(const struct shelf *shelf, size_t *count);
const struct tariff_updated *const *shelf_tariffs(const struct shelf *shelf, size_t *count);

/* All campaigns, ordered by id, stopped ones too. */
const struct ad_updated *const *shelf_ads(const struct shelf *shelf, size_t *count);

/* A price in another currency by the shelf's rates; ST_REJECT when there is no rate for one of them. */
enum status shelf_convert(const struct shelf *shelf, int64_t amount_minor, struct str from, struct str to,
                          int64_t *result_minor, struct err *err) must_check;

/* What is to be carried. */
struct parcel {
    int64_t grams, cm3;
};

/* Puts so many pieces into it. */
void parcel_add(struct parcel *parcel, const struct product_updated *product, int32_t quantity);

struct quote {
    int64_t price_minor; /* in the tariff's currency */
    int32_t days;        /* usual ones to the door */
};

/* What a carrier takes for it: the price of the smallest step that its weight fits, or its volume where that weighs
 * more. Nothing to carry costs nothing. zone is one of base/country.h; a tariff without it has its '*' for it, and an
 * empty zone is an unknown country's. ST_REJECT: no such carrier, or it does not take it there. */
enum status shelf_quote(const struct shelf *shelf, struct str carrier, struct str zone, const struct parcel *parcel,
                        struct quote *quote, struct err *err) must_check;

#endif
