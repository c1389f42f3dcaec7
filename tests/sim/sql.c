/* sql.c - parameters, results and writes as the statements need them. */
#include "tests/sim/sql.h"

#include <endian.h>
#include <stdlib.h>

uint32_t sql_read_u32(const char *at)
{
    uint32_t big;

    memcpy(&big, at, sizeof(big));
    return be32toh(big);
}

int64_t sql_as_long(struct str value)
{
    uint64_t big;

    if (value.len != sizeof(big))
        abort();
    memcpy(&big, value.ptr, sizeof(big));
    return (int64_t)be64toh(big);
}

struct str sql_of_long(int64_t value)
{
    uint64_t big = htobe64((uint64_t)value);

    return arena_copy(&sim.world.step_arenas[1], (struct str){(const char *)&big, sizeof(big)});
}

struct str sql_of_int(int32_t value)
{
    uint32_t big = htobe32((uint32_t)value);

    return arena_copy(&sim.world.step_arenas[1], (struct str){(const char *)&big, sizeof(big)});
}

/* The elements of an array parameter (array_recv's format: dimensions, flags, type, count, lower bound, elements). */
size_t sql_view(const struct pg_params *params, int index, struct str **items)
{
    const char *at = params->values[index];
    size_t count = sql_read_u32(at) ? sql_read_u32(at + 12) : 0;

    *items = arena_array(&sim.world.step_arenas[1], count + 1, sizeof(**items));
    at += 20;
    for (size_t i = 0; i < count; i++) {
        size_t len = sql_read_u32(at);

        (*items)[i] = (struct str){at + 4, len};
        at += 4 + len;
    }
    return count;
}

struct str sql_joined(struct str a, struct str b)
{
    return arena_printf(&sim.world.step_arenas[1], STR_FMT "|" STR_FMT, STR_ARG(a), STR_ARG(b));
}

/* kind and part, or topic and part */
struct str sql_place(struct str name, struct str part)
{
    return arena_printf(&sim.world.step_arenas[1], STR_FMT "/%u", STR_ARG(name), sql_read_u32(part.ptr));
}

void sql_add_row(PGresult *result, const struct str *values, int count)
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

struct paper_table *sql_table_of(struct pg *pg, const char *name)
{
    return database_table(pg->database, name);
}

bool sql_wrote(const struct pg *pg, const struct paper_table *table, struct str key)
{
    for (const struct write *write = pg->writes; write; write = write->next)
        if (write->table == table && str_equal(write->key, key))
            return true;
    return false;
}

void sql_write_table(struct pg *pg, const struct pg_params *params, const char *name, int columns, int key, int key_too,
                     bool overwrite)
{
    struct paper_table *table = sql_table_of(pg, name);
    struct str *items[SQL_VALUES];
    size_t count = 0;

    for (int c = 0; c < columns; c++)
        count = sql_view(params, c, &items[c]);
    for (size_t i = 0; i < count; i++) {
        struct str row[SQL_VALUES] = {{0}}, name_of_row = items[key][i];

        for (int c = 0; c < columns; c++)
            row[c] = items[c][i];
        if (key_too >= 0)
            name_of_row = sql_joined(items[key][i], items[key_too][i]);
        if (overwrite || !(table_find(table, name_of_row) || sql_wrote(pg, table, name_of_row)))
            pg_write(pg, name, name_of_row, row, columns + 1);
    }
}

void sql_delete_ids(struct pg *pg, const struct pg_params *params, const char *table)
{
    struct str *ids;
    size_t count = sql_view(params, 0, &ids);

    for (size_t i = 0; i < count; i++)
        pg_write(pg, table, ids[i], NULL, -1);
}

bool sql_among(const struct pg_params *params, struct str kind, struct str part)
{
    struct str *kinds, *parts;
    size_t count = sql_view(params, 0, &kinds);

    sql_view(params, 1, &parts);
    for (size_t i = 0; i < count; i++)
        if (str_equal(kinds[i], kind) && str_equal(parts[i], part))
            return true;
    return false;
}
