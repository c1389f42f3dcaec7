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

/* The database's own clock: it neither differs nor jumps by itself. */
static void what_time(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    struct str cell = sql_of_long(sim.world.now_ms);

    (void)pg;
    (void)params;
    sql_add_row(result, &cell, 1);
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

/* The columns that write_parked brings, and the table's own: again (empty: not), seq. Nothing here is dropped or refused. */
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
    PARK_BEHIND,
    PARK_AGAIN,
    PARK_SEQ,
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

static bool same_line(const struct str *a, const struct str *b)
{
    return str_equal(a[PARK_KIND], b[PARK_KIND]) && str_equal(a[PARK_KEY], b[PARK_KEY]);
}

bool parked_is_asked(const struct str *row)
{
    return row[PARK_AGAIN].len || *row[PARK_BEHIND].ptr;
}

/* Orders go alone; of carts and products all before it of its key must go too. */
static bool is_free(const struct paper_table *table, const struct str *row)
{
    if (!str_is(row[PARK_KIND], kind_name(KIND_USER)) && !str_is(row[PARK_KIND], kind_name(KIND_PRODUCT)))
        return true;
    for (size_t i = 0; i < table->count; i++) {
        const struct str *other = table->list[i].values;

        if (table->list[i].live && same_line(other, row) && !parked_is_asked(other) &&
            sql_as_long(other[PARK_SEQ]) <= sql_as_long(row[PARK_SEQ]))
            return false;
    }
    return true;
}

/* The live row with the smallest number above after; NULL: there is none. */
static const struct str *next_parked(const struct paper_table *table, int64_t after)
{
    const struct str *next = NULL;

    for (size_t i = 0; i < table->count; i++) {
        const struct str *row = table->list[i].values;

        if (table->list[i].live && sql_as_long(row[PARK_SEQ]) > after &&
            (!next || sql_as_long(row[PARK_SEQ]) < sql_as_long(next[PARK_SEQ])))
            next = row;
    }
    return next;
}

static void read_parked(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    const struct paper_table *table = sql_table_of(pg, "parked");
    const struct str *row = NULL;

    while ((row = next_parked(table, row ? sql_as_long(row[PARK_SEQ]) : 0))) {
        const struct str no = {"\0", 1}, yes = {"\1", 1};

        if (parked_is_asked(row) && is_free(table, row) && sql_among(params, row[PARK_KIND], row[PARK_PART]))
            sql_add_row(result,
                        (struct str[]){row[PARK_ID], row[PARK_KIND], row[PARK_PART], row[PARK_KEY], row[PARK_TYPE],
                                       row[PARK_VALUE], row[PARK_HEADERS], row[PARK_HEARD], row[PARK_TOPIC],
                                       row[PARK_OFFSET], row[PARK_SEQ], row[PARK_REASON],
                                       row[PARK_AGAIN].len ? yes : no, no, STR(""), STR("deadline")},
                        16);
    }
}

static void ask_parked(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    const struct paper_table *table = sql_table_of(pg, "parked");
    struct str *kinds, *keys;
    size_t count = sql_view(params, 0, &kinds);

    sql_view(params, 1, &keys);
    for (size_t k = 0; k < count; k++) {
        const struct str *row = next_parked(table, 0);

        while (row && !(str_equal(row[PARK_KIND], kinds[k]) && str_equal(row[PARK_KEY], keys[k])))
            row = next_parked(table, sql_as_long(row[PARK_SEQ]));
        if (row)
            sql_add_row(result, (struct str[]){kinds[k], keys[k], row[PARK_SEQ]}, 3);
    }
}

static void write_parked(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    static int64_t seq;
    const struct paper_table *table = sql_table_of(pg, "parked");
    struct str *items[PARK_AGAIN];
    size_t count = 0;

    (void)result;
    for (int c = 0; c < PARK_AGAIN; c++)
        count = sql_view(params, c, &items[c]);
    for (size_t i = 0; i < count; i++) {
        const struct tuple *old = table_find(table, items[PARK_ID][i]);
        struct str row[PARK_VALUES] = {{0}};

        if (old && *items[PARK_BEHIND][i].ptr)
            continue;
        for (int c = 0; c < PARK_AGAIN; c++)
            row[c] = old ? old->values[c] : items[c][i];
        row[PARK_SEQ] = old ? old->values[PARK_SEQ] : sql_of_long(++seq);
        row[PARK_REASON] = items[PARK_REASON][i];
        row[PARK_TYPE] = items[PARK_TYPE][i];
        if (old)
            row[PARK_BEHIND] = (struct str){"\0", 1};
        pg_write(pg, "parked", row[PARK_ID], row, PARK_VALUES);
    }
}

static void unpark(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    sql_delete_ids(pg, params, "parked");
}

static void forget_ids(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    sql_delete_ids(pg, params, "inbox");
}

/* Nobody asks for a range of the log to be heard again. */
static void no_replay(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)pg;
    (void)params;
    (void)result;
}

const struct statement waiting_statements[] = {
    {"scan_deadlines", scan_deadlines}, {"write_deadlines", write_deadlines},
    {"write_standing", write_standing}, {"forget_deadlines", forget_deadlines},
    {"take_deadlines", take_deadlines}, {"count_parked", count_parked},
    {"read_parked", read_parked},       {"ask_parked", ask_parked},
    {"write_parked", write_parked},     {"unpark", unpark},
    {"what_time", what_time},           {"forget_ids", forget_ids},
    {"begin_replays", no_replay},       {"read_replays", no_replay},
    {"forget_replayed", no_replay},     {"count_replayed", no_replay},
    {"begin_said", no_replay},          {"read_said", no_replay},
    {"write_said", no_replay},          {"look_dropped", no_replay}};
const size_t waiting_count = sizeof(waiting_statements) / sizeof(waiting_statements[0]);
