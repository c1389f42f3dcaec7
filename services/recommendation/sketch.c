/* sketch.c - the heaviest neighbours of a product, as a short sorted list. */
#include "services/recommendation/sketch.h"

#include <stdlib.h>

enum { LONGEST_NUMBER = 20 };

static bool comes_before(const struct neighbour *a, const struct neighbour *b)
{
    return a->weight != b->weight ? a->weight > b->weight : str_compare(a->id, b->id) < 0;
}

/* Moves the one at this place up to where it belongs: weights only grow. */
static void rise(struct sketch *sketch, size_t at)
{
    struct neighbour risen = sketch->list[at];

    for (; at > 0 && comes_before(&risen, &sketch->list[at - 1]); at--)
        sketch->list[at] = sketch->list[at - 1];
    sketch->list[at] = risen;
}

void sketch_add(struct sketch *sketch, struct str id, int64_t weight)
{
    size_t at = 0;

    while (at < sketch->count && !str_equal(sketch->list[at].id, id))
        at++;
    if (at < sketch->count) {
        sketch->list[at].weight += weight;
    } else if (at < RECOMMENDATION_NEIGHBOURS) {
        sketch->list[sketch->count++] = (struct neighbour){id, weight, 0};
    } else {
        at--;
        sketch->list[at] = (struct neighbour){id, sketch->list[at].weight + weight, sketch->list[at].weight};
    }
    rise(sketch, at);
}

void sketch_read(struct sketch *sketch, struct str text)
{
    const char *at = text.ptr, *end = text.ptr + text.len;

    sketch->count = 0;
    while (text.len && at < end && sketch->count < RECOMMENDATION_NEIGHBOURS) {
        struct neighbour *next = &sketch->list[sketch->count];
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        char *after;

        if (!line_end)
            return;
        next->weight = strtoll(at, &after, 10);
        next->error = strtoll(after, &after, 10);
        next->id = (struct str){after + 1, (size_t)(line_end - after) - 1};
        sketch->count++;
        at = line_end + 1;
    }
}

static char *put_number(char *to, int64_t number)
{
    char digits[LONGEST_NUMBER];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0)
        *to++ = digits[--count];
    *to++ = ' ';
    return to;
}

struct str sketch_text(const struct sketch *sketch, struct arena *arena)
{
    size_t most_bytes = 0;
    char *text, *to;

    for (size_t i = 0; i < sketch->count; i++)
        most_bytes += sketch->list[i].id.len + 2 * (LONGEST_NUMBER + 1) + 1;
    text = to = arena_alloc(arena, most_bytes + 1);
    for (size_t i = 0; i < sketch->count; i++) {
        to = put_number(to, sketch->list[i].weight);
        to = put_number(to, sketch->list[i].error);
        memcpy(to, sketch->list[i].id.ptr, sketch->list[i].id.len);
        to += sketch->list[i].id.len;
        *to++ = '\n';
    }
    return (struct str){text, (size_t)(to - text)};
}
