/* store.c - how a payment lies in Postgres. */
#include "services/payment/payment.h"

static const struct column columns[] = {
    COLUMN(struct payment, placed, COLUMN_BOOL),         COLUMN(struct payment, reserved, COLUMN_BOOL),
    COLUMN(struct payment, pay_with_id, COLUMN_TEXT),    COLUMN(struct payment, cards, COLUMN_BYTES),
    COLUMN(struct payment, amount_minor, COLUMN_LONG),   COLUMN(struct payment, currency, COLUMN_TEXT),
    COLUMN(struct payment, ordered_at_ms, COLUMN_LONG),  COLUMN(struct payment, attempts, COLUMN_INT),
    COLUMN(struct payment, transaction_id, COLUMN_TEXT), COLUMN(struct payment, refund_id, COLUMN_TEXT),
    COLUMN(struct payment, charged_minor, COLUMN_LONG),  COLUMN(struct payment, refunded_minor, COLUMN_LONG),
};

const struct table payment_table = {
    .name = "payment",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .row_size = sizeof(struct payment),
};
