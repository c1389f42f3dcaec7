/* store.c - how products and reservations lie in Postgres. */
#include "services/catalog/catalog.h"

static const struct column product_columns[] = {
    COLUMN(struct product, name, COLUMN_TEXT),         COLUMN(struct product, description, COLUMN_TEXT),
    COLUMN(struct product, picture, COLUMN_TEXT),      COLUMN(struct product, categories, COLUMN_TEXT),
    COLUMN(struct product, price_minor, COLUMN_LONG),  COLUMN(struct product, currency, COLUMN_TEXT),
    COLUMN(struct product, weight_grams, COLUMN_INT),  COLUMN(struct product, volume_cm3, COLUMN_INT),
    COLUMN(struct product, on_hand, COLUMN_LONG),      COLUMN(struct product, version, COLUMN_LONG),
    COLUMN(struct product, shown_stock, COLUMN_INT),   COLUMN(struct product, shown_left, COLUMN_INT),
    COLUMN(struct product, seen_version, COLUMN_LONG),
};

const struct table product_table = {
    .name = "product",
    .columns = product_columns,
    .column_count = sizeof(product_columns) / sizeof(product_columns[0]),
    .row_size = sizeof(struct product),
};

static const struct column reservation_columns[] = {COLUMN(struct reservation, lines, COLUMN_TEXT)};

const struct table reservation_table = {
    .name = "reservation",
    .columns = reservation_columns,
    .column_count = sizeof(reservation_columns) / sizeof(reservation_columns[0]),
    .row_size = sizeof(struct reservation),
};
