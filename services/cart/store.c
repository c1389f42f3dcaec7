/* store.c - how a cart lies in Postgres. */
#include "services/cart/cart.h"

static const struct column columns[] = {
    COLUMN(struct cart, version, COLUMN_LONG),       COLUMN(struct cart, generation, COLUMN_LONG),
    COLUMN(struct cart, answered, COLUMN_LONG),      COLUMN(struct cart, outcome, COLUMN_INT),
    COLUMN(struct cart, reason, COLUMN_TEXT),        COLUMN(struct cart, lines, COLUMN_TEXT),
    COLUMN(struct cart, commands, COLUMN_BYTES),     COLUMN(struct cart, changed_ms, COLUMN_LONG),
    COLUMN(struct cart, ordering, COLUMN_LONG),      COLUMN(struct cart, left_behind, COLUMN_TEXT),
    COLUMN(struct cart, left_since_ms, COLUMN_LONG),
};

const struct table cart_table = {
    .name = "carts",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .row_size = sizeof(struct cart),
};
