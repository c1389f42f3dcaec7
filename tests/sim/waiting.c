/* waiting.c - the statements about deadlines and about what is parked. */
#include "tests/sim/sql.h"

/* --- deadlines ---------------------------------------------------------------------------------------------------- */

enum { DUE_TYPE, DUE_KEY, DUE_KIND, DUE_PART, DUE_MS, DUE_PATIENT, DUE_CAUSE, DUE_CORRELATION, DUE_TRACE, DUE_VALUES };

static void scan_deadlines(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    const struct paper_table *table = sql_table_of(pg, "deadline");
    int64_t now_ms = sql_as_long((struct str){params->values[2], (size_t)params->lengths[2]});

    for (size_t i = 0; i < table->count; i++) {
        const struct str *row = table->list[i].values;

        if (table->list[i].live && sql_as_long(row[DUE_MS]) <= now_ms &&
            sql_among(params, row[DUE_KIND], row[DUE_PART]))
            sql_add_row(result, row, DUE_VALUES);
    }
}

static void write_deadlines(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    sql_write_table(pg, params, "deadline", DUE_VALUES, DUE_TYPE, DUE_KEY, true);
}

static void write_standing(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    sql_write_table(pg, params, "deadline", DUE_VALUES, DUE_TYPE, DUE_KEY, false);
}

static void forget_deadlines(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    struct str *types, *keys;
    size_t count = sql_view(params, 0, &types);

    (void)result;
    sql_view(params, 1, &keys);
    for (size_t i = 0; i < count; i++)
        pg_write(pg, "deadline", sql_joined(types[i], keys[i]), NULL, -1);
}

static void take_deadlines(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    struct str *types, *keys, *dues;
    size_t count = sql_view(params, 0, &types);

    sql_view(params, 1, &keys);
    sql_view(params, 2, &dues);
    for (size_t i = 0; i < count; i++) {
        struct str name = sql_joined(types[i], keys[i]);
        const struct tuple *row = table_find(sql_table_of(pg, "deadline"), name);

        if (!row || !str_equal(row->values[DUE_MS], dues[i]) || sql_wrote(pg, sql_table_of(pg, "deadline"), name))
            continue;
        pg_write(pg, "deadline", name, NULL, -1);
        sql_add_row(result, (struct str[]){types[i], keys[i]}, 2);
    }
}

/* --- what is parked ----------------------------------------------------------------------------------------------- */

enum {
    PARK_ID,
    PARK_TOPIC,
    PARK_PART,
    PARK_OFFSET,
    PARK_KIND,
    PARK_KEY,
    PARK_TYPE,
    PARK_VALUE,
    PARK_HEADERS,
    PARK_HEARD,
    PARK_REASON,
    PARK_AGAIN,
    PARK_VALUES
};

static void count_parked(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    const struct paper_table *table = sql_table_of(pg, "parked");
    int64_t count = 0;
    struct str cell;

    (void)params;
    for (size_t i = 0; i < table->count; i++)
        count += table->list[i].live;
    cell = sql_of_long(count);
    sql_add_row(result, &cell, 1);
}

static void read_parked(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    const struct paper_table *table = sql_table_of(pg, "parked");

    for (size_t i = 0; i < table->count; i++) {
        const struct str *row = table->list[i].values;

        if (table->list[i].live && row[PARK_AGAIN].len && sql_among(params, row[PARK_KIND], row[PARK_PART]))
            sql_add_row(result,
                        (struct str[]){row[PARK_ID], row[PARK_KIND], row[PARK_PART], row[PARK_KEY], row[PARK_TYPE],
                                       row[PARK_VALUE], row[PARK_HEADERS], row[PARK_HEARD]},
                        8);
    }
}

static void ask_parked(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    const struct paper_table *table = sql_table_of(pg, "parked");
    struct str *kinds, *keys;
    size_t count = sql_view(params, 0, &kinds);

    sql_view(params, 1, &keys);
    for (size_t i = 0; i < table->count; i++)
        for (size_t k = 0; table->list[i].live && k < count; k++)
            if (str_equal(table->list[i].values[PARK_KIND], kinds[k]) &&
                str_equal(table->list[i].values[PARK_KEY], keys[k])) {
                sql_add_row(result, (struct str[]){kinds[k], keys[k]}, 2);
                break;
            }
}

static void write_parked(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    sql_delete_ids(pg, params, "inbox");
    sql_write_table(pg, params, "parked", PARK_AGAIN, PARK_ID, -1, true);
}

static void unpark(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    sql_delete_ids(pg, params, "parked");
}

const struct statement waiting_statements[] = {
    {"scan_deadlines", scan_deadlines}, {"write_deadlines", write_deadlines},
    {"write_standing", write_standing}, {"forget_deadlines", forget_deadlines},
    {"take_deadlines", take_deadlines}, {"count_parked", count_parked},
    {"read_parked", read_parked},       {"ask_parked", ask_parked},
    {"write_parked", write_parked},     {"unpark", unpark}};
const size_t waiting_count = sizeof(waiting_statements) / sizeof(waiting_statements[0]);
