/* statements.c - what each of the runtime's statements does, by its name: the SQL of services/lib/run, read by a person.
 *
 * A statement that is new there is new here: the story ends with its name. */
#include <endian.h>
#include <stdlib.h>

#include "tests/sim/sim.h"

enum { VIEW_MAX = 4096, VALUES_MAX = PG_MAX_PARAMS };

/* --- parameters and results --------------------------------------------------------------------------------------- */

static uint32_t read_u32(const char *at)
{
    uint32_t big;

    memcpy(&big, at, sizeof(big));
    return be32toh(big);
}

static int64_t as_long(struct str value)
{
    uint64_t big;

    if (value.len != sizeof(big))
        abort();
    memcpy(&big, value.ptr, sizeof(big));
    return (int64_t)be64toh(big);
}

static struct str of_long(int64_t value)
{
    uint64_t big = htobe64((uint64_t)value);

    return arena_copy(&sim.world.step_arenas[1], (struct str){(const char *)&big, sizeof(big)});
}

static struct str of_int(int32_t value)
{
    uint32_t big = htobe32((uint32_t)value);

    return arena_copy(&sim.world.step_arenas[1], (struct str){(const char *)&big, sizeof(big)});
}

/* The elements of an array parameter (array_recv's format: dimensions, flags, type, count, lower bound, elements). */
static size_t view(const struct pg_params *params, int index, struct str **items)
{
    const char *at = params->values[index];
    size_t count = read_u32(at) ? read_u32(at + 12) : 0;

    *items = arena_array(&sim.world.step_arenas[1], count + 1, sizeof(**items));
    at += 20;
    for (size_t i = 0; i < count; i++) {
        size_t len = read_u32(at);

        (*items)[i] = (struct str){at + 4, len};
        at += 4 + len;
    }
    return count;
}

static struct str joined(struct str a, struct str b)
{
    return arena_printf(&sim.world.step_arenas[1], STR_FMT "|" STR_FMT, STR_ARG(a), STR_ARG(b));
}

/* kind and part, or topic and part */
static struct str place(struct str name, struct str part)
{
    return arena_printf(&sim.world.step_arenas[1], STR_FMT "/%u", STR_ARG(name), read_u32(part.ptr));
}

static void add_row(PGresult *result, const struct str *values, int count)
{
    if (result->rows == result->room) {
        struct str *wider;

        result->room = result->room ? 2 * result->room : 16;
        wider = arena_array(&sim.world.step_arenas[1], (size_t)(result->room * count), sizeof(*wider));
        if (result->rows)
            memcpy(wider, result->cells, (size_t)(result->rows * count) * sizeof(*wider));
        result->cells = wider;
    }
    result->columns = count;
    for (int i = 0; i < count; i++)
        result->cells[result->rows * count + i] = arena_copy(&sim.world.step_arenas[1], values[i]);
    result->rows++;
}

static struct paper_table *table_of(struct pg *pg, const char *name)
{
    return database_table(pg->database, name);
}

/* --- who steps ---------------------------------------------------------------------------------------------------- */

enum { CLAIM_KIND, CLAIM_PART, CLAIM_EPOCH, CLAIM_TRIES, CLAIM_SUSPECT, CLAIM_VALUES };

static void check_claims(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    struct str *kinds, *parts;
    size_t count = view(params, 0, &kinds);

    view(params, 1, &parts);
    for (size_t i = 0; i < count; i++) {
        const struct tuple *claim = table_find(table_of(pg, "claim"), place(kinds[i], parts[i]));

        if (claim)
            add_row(result, claim->values, 3);
    }
}

static void take_claims(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    struct str *kinds, *parts, *epochs;
    size_t count = view(params, 0, &kinds);

    view(params, 1, &parts);
    view(params, 2, &epochs);
    for (size_t i = 0; i < count; i++) {
        const struct tuple *old = table_find(table_of(pg, "claim"), place(kinds[i], parts[i]));
        int64_t asked = as_long(epochs[i]), epoch = old ? as_long(old->values[CLAIM_EPOCH]) : asked - 1;
        struct str row[CLAIM_VALUES] = {kinds[i], parts[i], of_long(epoch + 1),
                                        of_int(old ? (int32_t)read_u32(old->values[CLAIM_TRIES].ptr) + 1 : 1),
                                        old ? old->values[CLAIM_SUSPECT] : STR("")};

        if (asked != 1 && asked != epoch + 1)
            continue;
        pg_write(pg, "claim", place(kinds[i], parts[i]), row, CLAIM_VALUES);
        add_row(result, row, CLAIM_VALUES);
    }
}

static void mark_claims(struct pg *pg, const struct pg_params *params, bool settled, struct str suspect)
{
    struct str *kinds, *parts;
    size_t count = view(params, 0, &kinds);

    view(params, 1, &parts);
    for (size_t i = 0; i < count; i++) {
        const struct tuple *old = table_find(table_of(pg, "claim"), place(kinds[i], parts[i]));
        struct str row[CLAIM_VALUES];

        if (!old)
            continue;
        memcpy(row, old->values, sizeof(row));
        row[CLAIM_SUSPECT] = suspect;
        if (settled)
            row[CLAIM_TRIES] = of_int(0);
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
    const struct paper_table *table = table_of(pg, "position");

    (void)params;
    for (size_t i = 0; i < table->count; i++)
        if (table->list[i].live)
            add_row(result, table->list[i].values, 3);
}

static void write_positions(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    struct str *topics, *parts, *nexts;
    size_t count = view(params, 0, &topics);

    (void)result;
    view(params, 1, &parts);
    view(params, 2, &nexts);
    for (size_t i = 0; i < count; i++)
        pg_write(pg, "position", place(topics[i], parts[i]), (struct str[]){topics[i], parts[i], nexts[i]}, 3);
}

static bool wrote(const struct pg *pg, const struct paper_table *table, struct str key)
{
    for (const struct write *write = pg->writes; write; write = write->next)
        if (write->table == table && str_equal(write->key, key))
            return true;
    return false;
}

static void take_ids(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    const struct paper_table *inbox = table_of(pg, "inbox");
    struct str *ids;
    size_t count = view(params, 0, &ids);

    for (size_t i = 0; i < count; i++) {
        if (table_find(inbox, ids[i]) || wrote(pg, inbox, ids[i]))
            continue;
        pg_write(pg, "inbox", ids[i], NULL, 0);
        add_row(result, &ids[i], 1);
    }
}

/* --- outbox ------------------------------------------------------------------------------------------------------- */

enum { OUT_KIND, OUT_PART, OUT_SEQ, OUT_ID, OUT_TOPIC, OUT_KEY, OUT_VALUE, OUT_HEADERS, OUT_VALUES };

static void write_table(struct pg *pg, const struct pg_params *params, const char *name, int columns, int key, int key_too,
                        bool overwrite)
{
    struct paper_table *table = table_of(pg, name);
    struct str *items[VALUES_MAX];
    size_t count = 0;

    for (int c = 0; c < columns; c++)
        count = view(params, c, &items[c]);
    for (size_t i = 0; i < count; i++) {
        struct str row[VALUES_MAX] = {{0}}, name_of_row = items[key][i];

        for (int c = 0; c < columns; c++)
            row[c] = items[c][i];
        if (key_too >= 0)
            name_of_row = joined(items[key][i], items[key_too][i]);
        if (overwrite || !(table_find(table, name_of_row) || wrote(pg, table, name_of_row)))
            pg_write(pg, name, name_of_row, row, columns + 1);
    }
}

static void write_outbox(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    write_table(pg, params, "outbox", OUT_VALUES, OUT_ID, -1, false);
}

static void delete_ids(struct pg *pg, const struct pg_params *params, const char *table)
{
    struct str *ids;
    size_t count = view(params, 0, &ids);

    for (size_t i = 0; i < count; i++)
        pg_write(pg, table, ids[i], NULL, -1);
}

static void delete_outbox(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    delete_ids(pg, params, "outbox");
}

static bool among(const struct pg_params *params, struct str kind, struct str part)
{
    struct str *kinds, *parts;
    size_t count = view(params, 0, &kinds);

    view(params, 1, &parts);
    for (size_t i = 0; i < count; i++)
        if (str_equal(kinds[i], kind) && str_equal(parts[i], part))
            return true;
    return false;
}

static int by_number(const void *a, const void *b)
{
    int64_t left = as_long(*(const struct str *)a), right = as_long(*(const struct str *)b);

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
    const struct paper_table *table = table_of(pg, "outbox");
    int64_t after = as_long((struct str){params->values[2], (size_t)params->lengths[2]});

    for (size_t i = 0; i < table->count; i++) {
        const struct str *row = table->list[i].values;

        if (table->list[i].live && as_long(row[OUT_SEQ]) > after && among(params, row[OUT_KIND], row[OUT_PART]))
            add_row(result,
                    (struct str[]){row[OUT_SEQ], row[OUT_ID], row[OUT_TOPIC], row[OUT_KEY], row[OUT_VALUE],
                                   row[OUT_HEADERS]},
                    6);
    }
    sort_rows(result);
}

/* --- deadlines ---------------------------------------------------------------------------------------------------- */

enum { DUE_TYPE, DUE_KEY, DUE_KIND, DUE_PART, DUE_MS, DUE_PATIENT, DUE_CAUSE, DUE_CORRELATION, DUE_TRACE, DUE_VALUES };

static void scan_deadlines(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    const struct paper_table *table = table_of(pg, "deadline");
    int64_t now_ms = as_long((struct str){params->values[2], (size_t)params->lengths[2]});

    for (size_t i = 0; i < table->count; i++) {
        const struct str *row = table->list[i].values;

        if (table->list[i].live && as_long(row[DUE_MS]) <= now_ms && among(params, row[DUE_KIND], row[DUE_PART]))
            add_row(result, row, DUE_VALUES);
    }
}

static void write_deadlines(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    write_table(pg, params, "deadline", DUE_VALUES, DUE_TYPE, DUE_KEY, true);
}

static void write_standing(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    write_table(pg, params, "deadline", DUE_VALUES, DUE_TYPE, DUE_KEY, false);
}

static void forget_deadlines(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    struct str *types, *keys;
    size_t count = view(params, 0, &types);

    (void)result;
    view(params, 1, &keys);
    for (size_t i = 0; i < count; i++)
        pg_write(pg, "deadline", joined(types[i], keys[i]), NULL, -1);
}

static void take_deadlines(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    struct str *types, *keys, *dues;
    size_t count = view(params, 0, &types);

    view(params, 1, &keys);
    view(params, 2, &dues);
    for (size_t i = 0; i < count; i++) {
        struct str name = joined(types[i], keys[i]);
        const struct tuple *row = table_find(table_of(pg, "deadline"), name);

        if (!row || !str_equal(row->values[DUE_MS], dues[i]) || wrote(pg, table_of(pg, "deadline"), name))
            continue;
        pg_write(pg, "deadline", name, NULL, -1);
        add_row(result, (struct str[]){types[i], keys[i]}, 2);
    }
}

/* --- what is parked ----------------------------------------------------------------------------------------------- */

enum { PARK_ID, PARK_TOPIC, PARK_PART, PARK_OFFSET, PARK_KIND, PARK_KEY, PARK_TYPE, PARK_VALUE, PARK_HEADERS,
       PARK_HEARD, PARK_REASON, PARK_AGAIN, PARK_VALUES };

static void count_parked(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    const struct paper_table *table = table_of(pg, "parked");
    int64_t count = 0;
    struct str cell;

    (void)params;
    for (size_t i = 0; i < table->count; i++)
        count += table->list[i].live;
    cell = of_long(count);
    add_row(result, &cell, 1);
}

static void read_parked(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    const struct paper_table *table = table_of(pg, "parked");

    for (size_t i = 0; i < table->count; i++) {
        const struct str *row = table->list[i].values;

        if (table->list[i].live && row[PARK_AGAIN].len && among(params, row[PARK_KIND], row[PARK_PART]))
            add_row(result,
                    (struct str[]){row[PARK_ID], row[PARK_KIND], row[PARK_PART], row[PARK_KEY], row[PARK_TYPE],
                                   row[PARK_VALUE], row[PARK_HEADERS], row[PARK_HEARD]},
                    8);
    }
}

static void ask_parked(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    const struct paper_table *table = table_of(pg, "parked");
    struct str *kinds, *keys;
    size_t count = view(params, 0, &kinds);

    view(params, 1, &keys);
    for (size_t i = 0; i < table->count; i++)
        for (size_t k = 0; table->list[i].live && k < count; k++)
            if (str_equal(table->list[i].values[PARK_KIND], kinds[k]) &&
                str_equal(table->list[i].values[PARK_KEY], keys[k])) {
                add_row(result, (struct str[]){kinds[k], keys[k]}, 2);
                break;
            }
}

static void write_parked(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    delete_ids(pg, params, "inbox");
    write_table(pg, params, "parked", PARK_AGAIN, PARK_ID, -1, true);
}

static void unpark(struct pg *pg, const struct pg_params *params, PGresult *result)
{
    (void)result;
    delete_ids(pg, params, "parked");
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
    size_t count = view(params, 0, &keys);

    for (size_t i = 0; i < count; i++) {
        const struct tuple *row = table_find(table_of(pg, name), keys[i]);
        struct str cells[VALUES_MAX];

        if (!row)
            continue;
        cells[0] = row->values[0];
        cells[1] = row->values[1];
        memcpy(cells + 2, row->values + 3, (size_t)(row->count - 4) * sizeof(*cells));
        add_row(result, cells, row->count - 2);
    }
}

static const struct {
    const char *name;
    void (*run)(struct pg *pg, const struct pg_params *params, PGresult *result);
} known[] = {{"begin", begin},
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
             {"read_outbox", read_outbox},
             {"scan_deadlines", scan_deadlines},
             {"write_deadlines", write_deadlines},
             {"write_standing", write_standing},
             {"forget_deadlines", forget_deadlines},
             {"take_deadlines", take_deadlines},
             {"count_parked", count_parked},
             {"read_parked", read_parked},
             {"ask_parked", ask_parked},
             {"write_parked", write_parked},
             {"unpark", unpark}};

bool statement_run(struct pg *pg, const struct pg_statement *statement, const struct pg_params *params, PGresult *result)
{
    const char *name = statement->name;

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i].name, name) == 0) {
            known[i].run(pg, params, result);
            return true;
        }
    if (strncmp(name, "load_", 5) == 0)
        load_rows(pg, name + 5, params, result);
    else if (strncmp(name, "save_", 5) == 0)
        write_table(pg, params, name + 5, params->count, 0, -1, true);
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
    count = view(params, 0, &keys);
    if (claims)
        view(params, 1, &parts);
    for (size_t i = 0; i < count; i++)
        lock(pg, claims ? STR("claim") : str_of(statement->name + 5), claims ? place(keys[i], parts[i]) : keys[i]);
}
