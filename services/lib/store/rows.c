/* rows.c - two statements made from a list of columns. */
#include "store/rows.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIXED = 3 /* key, state, part */ };

struct rows {
    const struct table *table;
    int32_t (*partition_of)(enum kind kind, struct str key);
    enum kind kind;
    char load_name[64], save_name[64];
    char *load_sql, *save_sql;
    struct pg_statement load, save;
};

static const char *sql_type(enum column_type type)
{
    static const char *const names[] = {[COLUMN_TEXT] = "text",
                                        [COLUMN_INT] = "integer",
                                        [COLUMN_LONG] = "bigint",
                                        [COLUMN_BYTES] = "bytea",
                                        [COLUMN_BOOL] = "boolean"};

    return names[type];
}

static char *load_text(const struct table *table)
{
    char *text = NULL;
    size_t size_bytes;
    FILE *out = open_memstream(&text, &size_bytes);

    if (!out)
        abort();
    fputs("SELECT key, state", out);
    for (size_t i = 0; i < table->column_count; i++)
        fprintf(out, ", \"%s\"", table->columns[i].name);
    fprintf(out, " FROM \"%s\" WHERE key = ANY($1) ORDER BY key FOR UPDATE", table->name);
    fclose(out);
    return text;
}

static char *save_text(const struct table *table)
{
    char *text = NULL;
    size_t size_bytes;
    FILE *out = open_memstream(&text, &size_bytes);

    if (!out)
        abort();
    fprintf(out, "INSERT INTO \"%s\" (key, state, part", table->name);
    for (size_t i = 0; i < table->column_count; i++)
        fprintf(out, ", \"%s\"", table->columns[i].name);
    fputs(") SELECT * FROM unnest($1::text[], $2::integer[], $3::integer[]", out);
    for (size_t i = 0; i < table->column_count; i++)
        fprintf(out, ", $%zu::%s[]", i + 1 + FIXED, sql_type(table->columns[i].type));
    fputs(") ORDER BY 1 ON CONFLICT (key) DO UPDATE SET state = excluded.state", out);
    for (size_t i = 0; i < table->column_count; i++)
        fprintf(out, ", \"%s\" = excluded.\"%s\"", table->columns[i].name, table->columns[i].name);
    fclose(out);
    return text;
}

struct rows *rows_open(const struct table *table, int32_t (*partition_of)(enum kind kind, struct str key),
                       enum kind kind)
{
    struct rows *rows = calloc(1, sizeof(*rows));

    if (!rows || table->column_count + FIXED > PG_MAX_PARAMS)
        abort();
    *rows = (struct rows){.table = table, .partition_of = partition_of, .kind = kind};
    snprintf(rows->load_name, sizeof(rows->load_name), "load_%s", table->name);
    snprintf(rows->save_name, sizeof(rows->save_name), "save_%s", table->name);
    rows->load_sql = load_text(table);
    rows->save_sql = save_text(table);
    rows->load = (struct pg_statement){rows->load_name, rows->load_sql};
    rows->save = (struct pg_statement){rows->save_name, rows->save_sql};
    return rows;
}

void rows_close(struct rows *rows)
{
    if (!rows)
        return;
    free(rows->load_sql);
    free(rows->save_sql);
    free(rows);
}

const struct table *rows_table(const struct rows *rows)
{
    return rows->table;
}

void rows_load(struct rows *rows, struct pg *pg, const struct str *keys, size_t count, struct arena *arena)
{
    struct pg_params params = {0};
    struct column_array list;

    column_array_init(&list, COLUMN_TEXT, arena);
    for (size_t i = 0; i < count; i++)
        column_add_text(&list, keys[i]);
    params_array(&params, &list);
    pg_add(pg, &rows->load, &params);
}

static void read_column(const struct column *column, const PGresult *result, int i, int at, struct arena *arena,
                        char *member)
{
    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_BYTES:
        *(struct str *)(void *)member = arena_copy(arena, result_text(result, i, at));
        break;
    case COLUMN_INT:
        *(int32_t *)(void *)member = result_int(result, i, at);
        break;
    case COLUMN_LONG:
        *(int64_t *)(void *)member = result_long(result, i, at);
        break;
    case COLUMN_BOOL:
        *(bool *)member = result_bool(result, i, at);
        break;
    }
}

void *rows_make(const struct rows *rows, struct str key, struct arena *arena)
{
    struct row *row = arena_alloc(arena, rows->table->row_size);

    row->key = arena_copy(arena, key);
    return row;
}

void *rows_read(const struct rows *rows, const PGresult *result, int i, struct arena *arena)
{
    struct row *row = rows_make(rows, result_text(result, i, 0), arena);

    row->state = result_int(result, i, 1);
    for (size_t c = 0; c < rows->table->column_count; c++)
        read_column(&rows->table->columns[c], result, i, (int)c + 2, arena,
                    (char *)row + rows->table->columns[c].offset);
    return row;
}

void rows_save(struct rows *rows, struct pg *pg, const struct row **list, size_t count, struct arena *arena)
{
    const struct table *table = rows->table;
    struct column_array keys, states, parts, other;
    struct pg_params params = {0};

    column_array_init(&keys, COLUMN_TEXT, arena);
    column_array_init(&states, COLUMN_INT, arena);
    column_array_init(&parts, COLUMN_INT, arena);
    for (size_t i = 0; i < count; i++) {
        column_add_text(&keys, list[i]->key);
        column_add_int(&states, list[i]->state);
        column_add_int(&parts, rows->partition_of(rows->kind, list[i]->key));
    }
    params_array(&params, &keys);
    params_array(&params, &states);
    params_array(&params, &parts);
    for (size_t c = 0; c < table->column_count; c++) {
        column_array_init(&other, table->columns[c].type, arena);
        for (size_t i = 0; i < count; i++)
            column_add(&other, table->columns[c].type, (const char *)list[i] + table->columns[c].offset);
        params_array(&params, &other);
    }
    pg_add(pg, &rows->save, &params);
}
