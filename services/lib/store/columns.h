/* columns.h - values for Postgres and from it, in its binary format: one array per column is one parameter.
 *
 * Formats: Postgres 15, src/backend/utils/adt/arrayfuncs.c (array_recv) and the types' recv functions. */
#ifndef STORE_COLUMNS_H
#define STORE_COLUMNS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/id.h"
#include "store/pg.h"
#include "store/table.h"

/* One column, filled value by value. */
struct column_array {
    struct arena *arena;
    Oid element;
    int32_t count;
    char *bytes;
    size_t used_bytes, size_bytes;
};

/* Element types of columns that no table of rows has. */
enum { COLUMN_ID = 100 /* uuid, struct id */ };

/* An empty array of a column_type or COLUMN_ID; it grows in the arena. */
void column_array_init(struct column_array *array, int type, struct arena *arena);

/* The value must be of the array's type. */
void column_add_text(struct column_array *array, struct str value); /* bytes too */
void column_add_int(struct column_array *array, int32_t value);
void column_add_long(struct column_array *array, int64_t value);
void column_add_bool(struct column_array *array, bool value);
void column_add_id(struct column_array *array, const struct id *value);

/* Adds the member at value, as the column says. */
void column_add(struct column_array *array, enum column_type type, const void *value);

/* The next parameter of a statement. The array must not grow afterwards. */
void params_array(struct pg_params *params, struct column_array *array);
void params_long(struct pg_params *params, int64_t value, struct arena *arena);
void params_text(struct pg_params *params, struct str value);

/* A field of a result; the column must be of that type and not null. Texts point into the result. */
struct str result_text(const PGresult *result, int row, int column); /* bytes too */
int32_t result_int(const PGresult *result, int row, int column);
int64_t result_long(const PGresult *result, int row, int column);
bool result_bool(const PGresult *result, int row, int column);
struct id result_id(const PGresult *result, int row, int column);

#endif
