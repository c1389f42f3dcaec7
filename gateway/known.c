/* known.c - what was last read. A table with one place per hash: a newcomer takes the place of whoever has it, so that
 * nothing needs to be searched or counted, and the bytes are bounded by a second hand that goes round and frees. */
#include "gateway/known.h"

#include <stdint.h>
#include <stdlib.h>

enum { PLACES = 8192, MAX_VALUE_BYTES = 32 * 1024, MAX_BYTES = 8 * 1024 * 1024 };

struct place {
    char *bytes; /* key, then value */
    size_t key_len, value_len;
};

struct known {
    struct place places[PLACES];
    size_t bytes, hand;
};

struct known *known_open(void)
{
    struct known *known = calloc(1, sizeof *known);

    if (known == NULL)
        abort();
    return known;
}

static void place_clear(struct known *known, struct place *place)
{
    known->bytes -= place->key_len + place->value_len;
    free(place->bytes);
    *place = (struct place){0};
}

void known_close(struct known *known)
{
    if (known == NULL)
        return;
    for (size_t i = 0; i < PLACES; i++)
        place_clear(known, &known->places[i]);
    free(known);
}

/* FNV-1a. */
static size_t place_of(struct str key)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ (uint8_t)key.ptr[i]) * 0x100000001b3;
    return (hash ^ hash >> 32) % PLACES;
}

void known_put(struct known *known, struct str key, struct str value)
{
    struct place *place = &known->places[place_of(key)];

    if (place->key_len == key.len && place->value_len == value.len && memcmp(place->bytes, key.ptr, key.len) == 0) {
        memcpy(place->bytes + key.len, value.ptr, value.len);
        return;
    }
    place_clear(known, place);
    if (value.len == 0 || value.len > MAX_VALUE_BYTES)
        return;
    place->bytes = malloc(key.len + value.len);
    if (place->bytes == NULL)
        abort();
    memcpy(place->bytes, key.ptr, key.len);
    memcpy(place->bytes + key.len, value.ptr, value.len);
    place->key_len = key.len;
    place->value_len = value.len;
    known->bytes += key.len + value.len;
    for (; known->bytes > MAX_BYTES; known->hand = (known->hand + 1) % PLACES)
        if (&known->places[known->hand] != place)
            place_clear(known, &known->places[known->hand]);
}

struct str known_get(const struct known *known, struct str key)
{
    const struct place *place = &known->places[place_of(key)];

    if (place->key_len != key.len || key.len == 0 || memcmp(place->bytes, key.ptr, key.len) != 0)
        return (struct str){NULL, 0};
    return (struct str){place->bytes + key.len, place->value_len};
}
