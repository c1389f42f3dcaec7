/* intern.c - two open hashes that double when they are half full. */
#include "tests/model/intern.h"

#include <stdlib.h>

enum { FIRST = 1024 };

uint64_t hash_bytes(const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15) ^ len, word;

    for (; len > 0; at += sizeof(word)) {
        size_t part = len < sizeof(word) ? len : sizeof(word);

        word = 0;
        memcpy(&word, at, part);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
        len -= part;
    }
    hash *= UINT64_C(0xc4ceb9fe1a85ec53);
    hash ^= hash >> 29;
    return hash ? hash : 1;
}

static void *zeroes(size_t count, size_t size)
{
    void *made = calloc(count, size);

    if (!made)
        abort();
    return made;
}

void interned_init(struct interned *interned)
{
    *interned = (struct interned){.count = 1, .room = FIRST, .slot_count = 2 * FIRST};
    arena_init(&interned->arena);
    interned->list = zeroes(interned->room, sizeof(*interned->list));
    interned->slots = zeroes(interned->slot_count, sizeof(*interned->slots));
}

void interned_release(struct interned *interned)
{
    arena_release(&interned->arena);
    free(interned->list);
    free(interned->slots);
    *interned = (struct interned){0};
}

static uint32_t *slot_of(const struct interned *interned, struct str text)
{
    uint32_t at = (uint32_t)hash_bytes(text.ptr, text.len) & (interned->slot_count - 1);

    while (interned->slots[at] && !str_equal(interned->list[interned->slots[at]], text))
        at = (at + 1) & (interned->slot_count - 1);
    return &interned->slots[at];
}

static void grow(struct interned *interned)
{
    interned->room *= 2;
    interned->list = realloc(interned->list, interned->room * sizeof(*interned->list));
    if (!interned->list)
        abort();
    free(interned->slots);
    interned->slot_count *= 2;
    interned->slots = zeroes(interned->slot_count, sizeof(*interned->slots));
    for (uint32_t i = 1; i < interned->count; i++)
        *slot_of(interned, interned->list[i]) = i;
}

uint32_t intern(struct interned *interned, const void *bytes, size_t len)
{
    struct str text = {bytes, len};
    uint32_t *slot;

    if (len == 0)
        return 0;
    slot = slot_of(interned, text);
    if (*slot)
        return *slot;
    if (interned->count == interned->room) {
        grow(interned);
        slot = slot_of(interned, text);
    }
    interned->list[interned->count] = arena_copy(&interned->arena, text);
    *slot = interned->count;
    return interned->count++;
}

struct str interned_text(const struct interned *interned, uint32_t number)
{
    return interned->list[number];
}

/* --- what was visited --------------------------------------------------------------------------------------------- */

void hash_set_release(struct hash_set *set)
{
    free(set->slots);
    *set = (struct hash_set){0};
}

static uint64_t *place_of(const struct hash_set *set, uint64_t hash)
{
    size_t at = (size_t)hash & (set->size - 1);

    while (set->slots[at] && set->slots[at] != hash)
        at = (at + 1) & (set->size - 1);
    return &set->slots[at];
}

static void widen(struct hash_set *set)
{
    struct hash_set wider = {.count = set->count, .size = set->size ? 2 * set->size : FIRST};

    wider.slots = zeroes(wider.size, sizeof(*wider.slots));
    for (size_t i = 0; i < set->size; i++)
        if (set->slots[i])
            *place_of(&wider, set->slots[i]) = set->slots[i];
    free(set->slots);
    *set = wider;
}

bool hash_set_add(struct hash_set *set, uint64_t hash)
{
    uint64_t *place;

    if (2 * set->count >= set->size)
        widen(set);
    place = place_of(set, hash);
    if (*place)
        return false;
    *place = hash;
    set->count++;
    return true;
}
