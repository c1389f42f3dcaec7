/* reading.c - words, numbers, variables and texts with gaps. Pure. */
#include "services/loadgenerator/reading.h"

#include <stdio.h>
#include <stdlib.h>

void *reading_grow(struct arena *arena, void *list, size_t count, size_t size_bytes)
{
    void *bigger;

    if (count & (count - 1)) /* no power of two: there is room */
        return list;
    bigger = arena_array(arena, count ? 2 * count : 1, size_bytes);
    if (count)
        memcpy(bigger, list, count * size_bytes);
    return bigger;
}

bool reading_number(struct str word, int64_t least, int64_t most, int64_t *number)
{
    char copy[24], *end;

    snprintf(copy, sizeof(copy), STR_FMT, STR_ARG(word));
    *number = strtoll(copy, &end, 10);
    return word.len > 0 && word.len < sizeof(copy) && *end == '\0' && *number >= least && *number <= most;
}

int reading_find(const struct journeys *all, struct str name)
{
    for (size_t i = 0; i < all->variable_count; i++)
        if (str_equal(all->variables[i].name, name))
            return (int)i;
    return -1;
}

int reading_add(struct journeys *all, struct str name, enum variable_kind kind)
{
    if (all->variable_count == JOURNEYS_VARIABLES || reading_find(all, name) >= 0)
        return -1;
    all->variables[all->variable_count] = (struct variable){.name = name, .kind = kind};
    return (int)all->variable_count++;
}

static void add_piece(struct reading *reading, struct pattern *pattern, struct piece piece)
{
    if (piece.variable < 0 && piece.literal.len == 0)
        return;
    GROW(reading, pattern->pieces, pattern->count);
    pattern->pieces[pattern->count++] = piece;
}

const char *reading_pattern(struct reading *reading, struct str text, struct pattern *pattern)
{
    *pattern = (struct pattern){.source = text};
    while (text.len) {
        const char *gap = memmem(text.ptr, text.len, "${", 2);
        const char *end = gap ? memchr(gap, '}', text.len - (size_t)(gap - text.ptr)) : NULL;
        struct piece piece = {{text.ptr, gap ? (size_t)(gap - text.ptr) : text.len}, -1};

        add_piece(reading, pattern, piece);
        if (!gap)
            break;
        if (!end)
            return "a ${ has no }";
        piece = (struct piece){{gap + 2, (size_t)(end - gap - 2)}, -1};
        piece.variable = reading_find(reading->all, piece.literal);
        if (piece.variable < 0)
            return "it names a variable that no line above it makes";
        if (reading->journey)
            reading->journey->uses |= 1ull << piece.variable;
        add_piece(reading, pattern, piece);
        text = (struct str){end + 1, text.len - (size_t)(end + 1 - text.ptr)};
    }
    return NULL;
}
