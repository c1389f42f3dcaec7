/* rows.c - a row as its table keeps it: what is not among the columns is lost, as in Postgres. */
#include <stdlib.h>

#include "tests/saga/world.h"

static size_t size_of(const struct column *column, const char *at)
{
    switch (column->type) {
    case COLUMN_INT:
        return sizeof(int32_t);
    case COLUMN_LONG:
        return sizeof(int64_t);
    case COLUMN_BOOL:
        return sizeof(bool);
    default:
        return sizeof(size_t) + ((const struct str *)(const void *)at)->len;
    }
}

static bool is_text(const struct column *column)
{
    return column->type == COLUMN_TEXT || column->type == COLUMN_BYTES;
}

struct str row_pack(const struct table *table, const struct row *row, struct arena *arena)
{
    const char *base = (const char *)row;
    size_t size = sizeof(row->state);
    char *bytes, *to;

    for (size_t i = 0; i < table->column_count; i++)
        size += size_of(&table->columns[i], base + table->columns[i].offset);
    bytes = to = arena_alloc(arena, size);
    memcpy(to, &row->state, sizeof(row->state));
    to += sizeof(row->state);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        const char *from = base + column->offset;
        size_t len = size_of(column, from);

        if (is_text(column)) {
            const struct str *text = (const struct str *)(const void *)from;

            memcpy(to, &text->len, sizeof(text->len));
            if (text->len > 0)
                memcpy(to + sizeof(text->len), text->ptr, text->len);
        } else {
            memcpy(to, from, len);
        }
        to += len;
    }
    return (struct str){bytes, size};
}

void *row_unpack(const struct table *table, struct str key, struct str packed, struct arena *arena)
{
    struct row *row = arena_alloc(arena, table->row_size);
    const char *from = packed.ptr;

    row->key = key;
    if (packed.len == 0)
        return row;
    memcpy(&row->state, from, sizeof(row->state));
    from += sizeof(row->state);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        char *to = (char *)row + column->offset;

        if (is_text(column)) {
            struct str *text = (struct str *)(void *)to;

            memcpy(&text->len, from, sizeof(text->len));
            *text = arena_copy(arena, (struct str){from + sizeof(text->len), text->len});
        } else {
            memcpy(to, from, size_of(column, to));
        }
        from += size_of(column, to);
    }
    return row;
}

const char *row_difference(const struct table *table, struct str a, struct str b, struct arena *arena)
{
    const char *left = row_unpack(table, (struct str){0}, a, arena),
               *right = row_unpack(table, (struct str){0}, b, arena);
    struct str names = {0};

    if (((const struct row *)(const void *)left)->state != ((const struct row *)(const void *)right)->state)
        names = arena_printf(arena, "state %d, not %d", ((const struct row *)(const void *)right)->state,
                             ((const struct row *)(const void *)left)->state);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        const char *one = left + column->offset, *other = right + column->offset;
        bool same = is_text(column)
                        ? str_equal(*(const struct str *)(const void *)one, *(const struct str *)(const void *)other)
                        : memcmp(one, other, size_of(column, one)) == 0;

        if (!same)
            names = arena_printf(arena, STR_FMT " %s", STR_ARG(names), column->name);
    }
    return names.ptr;
}
