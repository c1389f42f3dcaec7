/* store.c - how an order lies in Postgres. */
#include "services/checkout/checkout.h"

static const struct column columns[] = {
    COLUMN(struct checkout_order, user_id, COLUMN_TEXT), COLUMN(struct checkout_order, placed, COLUMN_BYTES),
    COLUMN(struct checkout_order, reason, COLUMN_INT),   COLUMN(struct checkout_order, detail, COLUMN_TEXT),
    COLUMN(struct checkout_order, carrier, COLUMN_TEXT), COLUMN(struct checkout_order, tracking_number, COLUMN_TEXT),
};

const struct table checkout_table = {
    .name = "orders",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .row_size = sizeof(struct checkout_order),
};
