/* rows.h - loading and saving the rows of a table: one statement each, whatever their number. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "store/columns.h"
#include "store/pg.h"
#include "store/table.h"

/* A table with its statements. */
struct rows;

/* table is kept. kind says in which partition a key lives: column part is written with partition_of(key). */
struct rows *rows_open(const struct table *table, int32_t (*partition_of)(enum kind kind, struct str key),
                       enum kind kind);
void rows_close(struct rows *rows);
const struct table *rows_table(const struct rows *rows);

/* Adds the statement that reads and locks the rows of these keys, in key order. */
void rows_load(struct rows *rows, struct pg *pg, const struct str *keys, size_t count, struct arena *arena);

/* Row i of that statement's result, in the arena: the service's struct, whose first member is a struct row. */
void *rows_read(const struct rows *rows, const PGresult *result, int i, struct arena *arena);

/* A row that the database does not have: all zero but the key. */
void *rows_make(const struct rows *rows, struct str key, struct arena *arena);

/* Adds the statement that writes these rows, new or old. No key twice. */
void rows_save(struct rows *rows, struct pg *pg, const struct row **list, size_t count, struct arena *arena);

#endif
