/* store.c - how the mails of orders lie in Postgres. */
#include "services/email/email.h"

static const struct column columns[] = {
    COLUMN(struct email, kind, COLUMN_INT),           COLUMN(struct email, mail, COLUMN_BYTES),
    COLUMN(struct email, asked_at_ms, COLUMN_LONG),   COLUMN(struct email, attempts, COLUMN_INT),
    COLUMN(struct email, departed, COLUMN_BOOL),      COLUMN(struct email, days, COLUMN_INT),
    COLUMN(struct email, unpaid, COLUMN_BOOL),        COLUMN(struct email, voided, COLUMN_BOOL),
    COLUMN(struct email, charged_minor, COLUMN_LONG),
};

const struct table email_table = {
    .name = "mails",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .row_size = sizeof(struct email),
};
