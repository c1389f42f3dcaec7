/* sql.h - what the statements of paper are made of. Texts live until the group is answered. */
#ifndef SIM_SQL_H
#define SIM_SQL_H

#include "tests/sim/sim.h"

enum { SQL_VALUES = PG_MAX_PARAMS };

uint32_t sql_read_u32(const char *at);
int64_t sql_as_long(struct str value);
struct str sql_of_long(int64_t value);
struct str sql_of_int(int32_t value);

/* The elements of an array parameter. */
size_t sql_view(const struct pg_params *params, int index, struct str **items);

/* Names of rows: two texts; a text and a number. */
struct str sql_joined(struct str a, struct str b);
struct str sql_place(struct str name, struct str part);

void sql_add_row(PGresult *result, const struct str *values, int count);
struct paper_table *sql_table_of(struct pg *pg, const char *name);

/* Whether this transaction has written the row. */
bool sql_wrote(const struct pg *pg, const struct paper_table *table, struct str key);

/* INSERT from as many arrays, named by column key (and key_too, unless that is -1); ON CONFLICT: overwrite, or nothing. */
void sql_write_table(struct pg *pg, const struct pg_params *params, const char *name, int columns, int key, int key_too,
                     bool overwrite);
void sql_delete_ids(struct pg *pg, const struct pg_params *params, const char *table);

/* Whether kind and part are among those of the first two parameters. */
bool sql_among(const struct pg_params *params, struct str kind, struct str part);

/* A statement by its name. */
struct statement {
    const char *name;
    void (*run)(struct pg *pg, const struct pg_params *params, PGresult *result);
};

/* waiting.c: deadlines, and what is parked. */
extern const struct statement waiting_statements[];
extern const size_t waiting_count;

#endif
