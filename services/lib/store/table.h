/* table.h - how a service's rows lie in Postgres: a list of columns, from which one load and one save are made. */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include <stddef.h>

#include "msg/rule.h"

enum column_type {
    COLUMN_TEXT,  /* text, struct str */
    COLUMN_INT,   /* integer, int32_t (enums too) */
    COLUMN_LONG,  /* bigint, int64_t */
    COLUMN_BYTES, /* bytea, struct str */
    COLUMN_BOOL   /* boolean, bool */
};

struct column {
    const char *name;
    enum column_type type;
    size_t offset;
};

/* Every table also has: key text primary key, state integer not null, part integer not null (the key's partition). They
 * are struct row's, and not listed among the columns. All columns are NOT NULL. */
struct table {
    const char *name;
    const struct column *columns;
    size_t column_count;
    size_t row_size; /* of the struct, whose first member is struct row */
    /* A column of milliseconds: TABLE_FADE_DAYS after it the row is deleted, and its key is new again. For rows of topics that
     * are not kept longer themselves: a fold of these would not make the row either. NULL: rows stay. */
    const char *fades;
};

enum { TABLE_FADE_DAYS = 8 }; /* as the inbox: a message that is written twice is not heard against an empty row */

/* COLUMN(struct payment, amount_minor, COLUMN_LONG): a column of the member's own name. */
#define COLUMN(row_type, member, column_type)            \
    {                                                    \
#member, column_type, offsetof(row_type, member) \
    }

#endif
