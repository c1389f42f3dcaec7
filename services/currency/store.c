/* store.c - how rates lie in Postgres. */
#include "services/currency/currency.h"

static const struct column columns[] = {
    COLUMN(struct currency, version, COLUMN_LONG),
    COLUMN(struct currency, rates, COLUMN_BYTES),
    COLUMN(struct currency, held, COLUMN_BYTES),
    COLUMN(struct currency, in_vain, COLUMN_INT),
};

const struct table currency_table = {
    .name = "currency",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .row_size = sizeof(struct currency),
};
