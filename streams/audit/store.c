/* store.c - how the books lie in Postgres. */
#include "streams/audit/audit.h"

/* A member of a struct in the row; the column has the inner member's name. */
#define LEDGER(member, column_type)                                   \
    {                                                                 \
#member, column_type, offsetof(struct audited, ledger.member) \
    }
#define DOUBT(row_type, member, column_type)                   \
    {                                                          \
#member, column_type, offsetof(row_type, doubt.member) \
    }

static const struct column columns[] = {
    LEDGER(asked_ms, COLUMN_LONG),
    LEDGER(placed, COLUMN_INT),
    LEDGER(rejected, COLUMN_INT),
    LEDGER(confirmed, COLUMN_INT),
    LEDGER(cancelled, COLUMN_INT),
    LEDGER(deadline_ms, COLUMN_LONG),
    LEDGER(ended_ms, COLUMN_LONG),
    LEDGER(currency, COLUMN_TEXT),
    LEDGER(total_minor, COLUMN_LONG),
    LEDGER(pieces, COLUMN_LONG),
    LEDGER(charges, COLUMN_INT),
    LEDGER(declines, COLUMN_INT),
    LEDGER(voids, COLUMN_INT),
    LEDGER(charged_minor, COLUMN_LONG),
    LEDGER(refunded_minor, COLUMN_LONG),
    LEDGER(paid_in, COLUMN_TEXT),
    LEDGER(reserved, COLUMN_LONG),
    LEDGER(released, COLUMN_LONG),
    LEDGER(parcels, COLUMN_INT),
    LEDGER(recalls, COLUMN_INT),
    LEDGER(moves, COLUMN_INT),
    LEDGER(confirmation_mails, COLUMN_INT),
    LEDGER(cancellation_mails, COLUMN_INT),
    LEDGER(departure_mails, COLUMN_INT),
    LEDGER(mails_given_up, COLUMN_INT),
    DOUBT(struct audited, told, COLUMN_INT),
    DOUBT(struct audited, since_ms, COLUMN_LONG),
    DOUBT(struct audited, due_ms, COLUMN_LONG),
};

const struct table audit_table = {
    .name = "books",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .row_size = sizeof(struct audited),
};

static const struct column stock_columns[] = {
    COLUMN(struct audited_stock, received, COLUMN_LONG), COLUMN(struct audited_stock, reserved, COLUMN_LONG),
    COLUMN(struct audited_stock, released, COLUMN_LONG), DOUBT(struct audited_stock, told, COLUMN_INT),
    DOUBT(struct audited_stock, since_ms, COLUMN_LONG),  DOUBT(struct audited_stock, due_ms, COLUMN_LONG),
};

const struct table stock_table = {
    .name = "stock",
    .columns = stock_columns,
    .column_count = sizeof(stock_columns) / sizeof(stock_columns[0]),
    .row_size = sizeof(struct audited_stock),
};
