/* store.c - how products' neighbours, counted orders and open visits lie in Postgres. */
#include "services/recommendation/recommendation.h"

static const struct column item_columns[] = {
    COLUMN(struct item, seen, COLUMN_LONG),  COLUMN(struct item, neighbours, COLUMN_TEXT),
    COLUMN(struct item, due, COLUMN_BOOL),   COLUMN(struct item, version, COLUMN_LONG),
    COLUMN(struct item, shown, COLUMN_LONG), COLUMN(struct item, shown_seen, COLUMN_LONG),
};

const struct table item_table = {
    .name = "item",
    .columns = item_columns,
    .column_count = sizeof(item_columns) / sizeof(item_columns[0]),
    .row_size = sizeof(struct item),
};

const struct table purchase_table = {.name = "purchase", .row_size = sizeof(struct purchase)};

static const struct column visit_columns[] = {
    COLUMN(struct visit, products, COLUMN_TEXT),
    COLUMN(struct visit, count, COLUMN_INT),
    COLUMN(struct visit, seen_ms, COLUMN_LONG),
};

const struct table visit_table = {
    .name = "visit",
    .columns = visit_columns,
    .column_count = sizeof(visit_columns) / sizeof(visit_columns[0]),
    .row_size = sizeof(struct visit),
    .fades = "seen_ms",
};
