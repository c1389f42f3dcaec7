/* statements.c - what each of the runtime's statements does, by its name: the SQL of services/lib/run, read by a person.
 *
 * A statement that is new there is new here: the story ends with its name. */
#include <stdlib.h>

#include "tests/sim/sql.h"

/* --- who steps ---------------------------------------------------------------------------------------------------- */

enum { CLAIM_KIND, CLAIM_PART, CLAIM_EPOCH, CLAIM_TRIES, CLAIM_SUSPECT, CLAIM_VALUES };

static void check_claims(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    struct str *kinds, *parts;
    size_t count = sql_view(params, 0, &kinds);

    sql_view(params, 1, &parts);
    for (size_t i = 0; i < count; i++) {
        const struct tuple *claim = table_find(sql_table_of(pg, "claim"), sql_place(kinds[i], parts[i]));

        struct str row[4] = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {"", 1}}; /* never dropped */

        if (!claim)
            continue;
        memcpy(row, claim->values, 3 * sizeof(*row));
        sql_add_row(result, row, 4);
    }
}

static void take_claims(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    struct str *kinds, *parts, *epochs;
    size_t count = sql_view(params, 0, &kinds);

    sql_view(params, 1, &parts);
    sql_view(params, 2, &epochs);
    for (size_t i = 0; i < count; i++) {
        const struct tuple *old = table_find(sql_table_of(pg, "claim"), sql_place(kinds[i], parts[i]));
        int64_t asked = sql_as_long(epochs[i]), epoch = old ? sql_as_long(old->values[CLAIM_EPOCH]) : asked - 1;
        struct str row[CLAIM_VALUES + 1] = {
            kinds[i],
            parts[i],
            sql_of_long(epoch + 1),
            sql_of_int(old ? (int32_t)sql_read_u32(old->values[CLAIM_TRIES].ptr) + 1 : 1),
            old ? old->values[CLAIM_SUSPECT] : STR(""),
            {"", 1}};

        if (asked != 1 && asked != epoch + 1)
            continue;
        pg_write(pg, "claim", sql_place(kinds[i], parts[i]), row, CLAIM_VALUES);
        sql_add_row(result, row, CLAIM_VALUES + 1);
    }
}

static void mark_claims(struct pg *pg, const struct pg_params *params, bool settled, struct str suspect)
{
    struct str *kinds, *parts;
    size_t count = sql_view(params, 0, &kinds);

    sql_view(params, 1, &parts);
    for (size_t i = 0; i < count; i++) {
        const struct tuple *old = table_find(sql_table_of(pg, "claim"), sql_place(kinds[i], parts[i]));
        struct str row[CLAIM_VALUES];

        if (!old)
            continue;
        memcpy(row, old->values, sizeof(row));
        row[CLAIM_SUSPECT] = suspect;
        if (settled)
            row[CLAIM_TRIES] = sql_of_int(0);
        pg_write(pg, "claim", old->key, row, CLAIM_VALUES);
    }
}

static void name_suspect(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    mark_claims(pg, params, false, (struct str){params->values[2], (size_t)params->lengths[2]});
}

static void settle_claims(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    mark_claims(pg, params, true, STR(""));
}

/* --- positions and inbox ------------------------------------------------------------------------------------------ */

static void read_positions(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    const struct paper_table *table = sql_table_of(pg, "position");

    (void)params;
    for (size_t i = 0; i < table->count; i++)
        if (table->list[i].live)
            sql_add_row(result, table->list[i].values, 3);
}

static void write_positions(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    struct str *topics, *parts, *nexts;
    size_t count = sql_view(params, 0, &topics);

    (void)result;
    sql_view(params, 1, &parts);
    sql_view(params, 2, &nexts);
    for (size_t i = 0; i < count; i++)
        pg_write(pg, "position", sql_place(topics[i], parts[i]), (struct str[]){topics[i], parts[i], nexts[i]}, 3);
}

static void take_ids(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    const struct paper_table *inbox = sql_table_of(pg, "inbox");
    struct str *ids;
    size_t count = sql_view(params, 0, &ids);

    for (size_t i = 0; i < count; i++) {
        if (table_find(inbox, ids[i]) || sql_wrote(pg, inbox, ids[i]))
            continue;
        pg_write(pg, "inbox", ids[i], NULL, 0);
        sql_add_row(result, &ids[i], 1);
    }
}

/* --- outbox ------------------------------------------------------------------------------------------------------- */

enum { OUT_KIND, OUT_PART, OUT_SEQ, OUT_ID, OUT_TOPIC, OUT_KEY, OUT_VALUE, OUT_HEADERS, OUT_VALUES };

static void write_outbox(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    sql_write_table(pg, params, "outbox", OUT_VALUES, OUT_ID, -1, false);
}

static void delete_outbox(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    sql_delete_ids(pg, params, "outbox");
}

static int by_number(const void *a, const void *b)
{
    int64_t left = sql_as_long(*(const struct str *)a), right = sql_as_long(*(const struct str *)b);

    return (left > right) - (left < right);
}

/* Rows whose first column is a number, in its order, as ORDER BY has them. */
static void sort_rows(PGresult *result)
{
    if (result->rows > 1)
        qsort(result->cells, (size_t)result->rows, (size_t)result->columns * sizeof(*result->cells), by_number);
}

static void read_outbox(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    const struct paper_table *table = sql_table_of(pg, "outbox");
    int64_t after = sql_as_long((struct str){params->values[2], (size_t)params->lengths[2]});

    for (size_t i = 0; i < table->count; i++) {
        const struct str *row = table->list[i].values;

        if (table->list[i].live && sql_as_long(row[OUT_SEQ]) > after && sql_among(params, row[OUT_KIND], row[OUT_PART]))
            sql_add_row(result,
                        (struct str[]){row[OUT_SEQ], row[OUT_ID], row[OUT_TOPIC], row[OUT_KEY], row[OUT_VALUE],
                                       row[OUT_HEADERS]},
                        6);
    }
    sort_rows(result);
}

/* --- transactions, and rows of the services ------------------------------------------------------------------------- */

static void begin(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)params;
    (void)result;
    pg->in_transaction = true;
}

static void commit(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)params;
    result->tag = "COMMIT";
    sim_committed(pg);
    pg_apply(pg);
    pg->in_transaction = false;
}

static void nothing(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)pg;
    (void)params;
    (void)result;
}

/* key, state, part and the columns; they come back without part. */
static void load_rows(struct pg *pg, const char *name, const struct pg_params *params, PGresult *result)
{
    struct str *keys;
    size_t count = sql_view(params, 0, &keys);

    for (size_t i = 0; i < count; i++) {
        const struct tuple *row = table_find(sql_table_of(pg, name), keys[i]);
        struct str cells[SQL_VALUES];

        if (!row)
            continue;
        cells[0] = row->values[0];
        cells[1] = row->values[1];
        memcpy(cells + 2, row->values + 3, (size_t)(row->count - 4) * sizeof(*cells));
        sql_add_row(result, cells, row->count - 2);
    }
}

static const struct statement known[] = {{"begin", begin},
                                         {"commit", commit},
                                         {"check_claims", check_claims},
                                         {"take_claims", take_claims},
                                         {"name_suspect", name_suspect},
                                         {"settle_claims", settle_claims},
                                         {"read_positions", read_positions},
                                         {"write_positions", write_positions},
                                         {"take_ids", take_ids},
                                         {"prune_inbox", nothing},
                                         {"write_outbox", write_outbox},
                                         {"delete_outbox", delete_outbox},
                                         {"read_outbox", read_outbox}};

bool statement_run(struct pg *pg, const struct pg_statement *statement, const struct pg_params *params,
                   PGresult *result)
{
    const char *name = statement->name;

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i].name, name) == 0) {
            known[i].run(pg, params, result);
            return true;
        }
    for (size_t i = 0; i < waiting_count; i++)
        if (strcmp(waiting_statements[i].name, name) == 0) {
            waiting_statements[i].run(pg, params, result);
            return true;
        }
    if (strncmp(name, "load_", 5) == 0)
        load_rows(pg, name + 5, params, result);
    else if (strncmp(name, "save_", 5) == 0)
        sql_write_table(pg, params, name + 5, params->count, 0, -1, true);
    else
        return false;
    return true;
}

/* --- locks -------------------------------------------------------------------------------------------------------- */

static void lock(struct pg *pg, struct str table, struct str key)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < table.len; i++)
        hash = (hash ^ (unsigned char)table.ptr[i]) * UINT64_C(1099511628211);
    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ (unsigned char)key.ptr[i]) * UINT64_C(1099511628211);
    if (pg->lock_count == sizeof(pg->locks) / sizeof(pg->locks[0]))
        abort();
    pg->locks[pg->lock_count++] = hash;
}

void statement_locks(struct pg *pg, const struct pg_statement *statement, const struct pg_params *params)
{
    bool claims = strstr(statement->name, "_claims") || strcmp(statement->name, "name_suspect") == 0;
    struct str *keys, *parts;
    size_t count;

    if (!claims && strncmp(statement->name, "load_", 5) != 0 && strncmp(statement->name, "save_", 5) != 0)
        return;
    count = sql_view(params, 0, &keys);
    if (claims)
        sql_view(params, 1, &parts);
    for (size_t i = 0; i < count; i++)
        lock(pg, claims ? STR("claim") : str_of(statement->name + 5), claims ? sql_place(keys[i], parts[i]) : keys[i]);
}
