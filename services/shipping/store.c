/* store.c - how parcels and tariffs lie in Postgres. */
#include "services/shipping/shipping.h"

static const struct column columns[] = {
    COLUMN(struct shipping, charged, COLUMN_BOOL),  COLUMN(struct shipping, confirmed, COLUMN_BOOL),
    COLUMN(struct shipping, address, COLUMN_BYTES), COLUMN(struct shipping, attempts, COLUMN_INT),
    COLUMN(struct shipping, carrier, COLUMN_TEXT),  COLUMN(struct shipping, days, COLUMN_INT),
    COLUMN(struct shipping, moves_ms, COLUMN_LONG), COLUMN(struct shipping, tracking_number, COLUMN_TEXT),
};

const struct table shipping_table = {
    .name = "parcels",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .row_size = sizeof(struct shipping),
};

static const struct column tariff_columns[] = {
    COLUMN(struct tariff, version, COLUMN_LONG),
    COLUMN(struct tariff, prices, COLUMN_BYTES),
};

const struct table tariff_table = {
    .name = "tariffs",
    .columns = tariff_columns,
    .column_count = sizeof(tariff_columns) / sizeof(tariff_columns[0]),
    .row_size = sizeof(struct tariff),
};
