/* id_set.c - open addressing; ids are random, so any eight bytes of one are a hash. */
#include "gateway/forget/id_set.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_PLACES = 64 };

static struct id *place_of(const struct id_set *set, const struct id *id)
{
    uint64_t hash;
    size_t at;

    memcpy(&hash, id->bytes + sizeof id->bytes - sizeof hash, sizeof hash);
    at = (size_t)(hash * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (set->place_count - 1);
    while (!id_is_zero(&set->places[at]) && !id_equal(&set->places[at], id))
        at = (at + 1) & (set->place_count - 1);
    return &set->places[at];
}

static void grow(struct id_set *set)
{
    struct id_set grown = {.place_count = set->place_count ? set->place_count * 2 : FIRST_PLACES, .count = set->count};

    grown.places = calloc(grown.place_count, sizeof *grown.places);
    if (grown.places == NULL)
        abort();
    for (size_t i = 0; i < set->place_count; i++)
        if (!id_is_zero(&set->places[i]))
            *place_of(&grown, &set->places[i]) = set->places[i];
    free(set->places);
    *set = grown;
}

bool id_set_add(struct id_set *set, struct str text)
{
    struct id id, *place;

    if (!id_parse(text, &id) || id_is_zero(&id))
        return false;
    if ((set->count + 1) * 2 > set->place_count)
        grow(set);
    place = place_of(set, &id);
    if (!id_is_zero(place))
        return false;
    *place = id;
    set->count++;
    return true;
}

bool id_set_has(const struct id_set *set, struct str text)
{
    struct id id;

    return set->count && id_parse(text, &id) && !id_is_zero(place_of(set, &id));
}

void id_set_release(struct id_set *set)
{
    free(set->places);
    *set = (struct id_set){NULL, 0, 0};
}

struct str *id_set_texts(const struct id_set *set, struct arena *arena)
{
    struct str *texts = arena_array(arena, set->count, sizeof *texts);
    size_t count = 0;

    for (size_t i = 0; i < set->place_count; i++)
        if (!id_is_zero(&set->places[i]))
            texts[count++] = id_text(&set->places[i], arena);
    return texts;
}
