/* rowset.c - a hash of keys, grown by doubling. */
#include "run/rowset.h"

enum { FIRST = 64 };

static uint32_t hash_of(struct str key)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ (uint8_t)key.ptr[i]) * 16777619u;
    return hash ^ hash >> 15;
}

/* The slot that holds key, or the empty one where it belongs. */
static uint32_t *slot_of(const struct rowset *set, struct str key)
{
    size_t at = hash_of(key) & (set->slot_count - 1);

    while (set->slots[at] && !str_equal(set->entries[set->slots[at] - 1].key, key))
        at = (at + 1) & (set->slot_count - 1);
    return &set->slots[at];
}

static void grow(struct rowset *set)
{
    struct rowset_entry *entries = arena_array(set->arena, set->size * 2, sizeof(*entries));

    memcpy(entries, set->entries, set->count * sizeof(*entries));
    set->entries = entries;
    set->size *= 2;
    set->slot_count *= 2;
    set->slots = arena_array(set->arena, set->slot_count, sizeof(*set->slots));
    for (size_t i = 0; i < set->count; i++)
        *slot_of(set, entries[i].key) = (uint32_t)i + 1;
}

void rowset_init(struct rowset *set, struct rows *rows, struct arena *arena)
{
    *set = (struct rowset){.rows = rows, .arena = arena, .size = FIRST, .slot_count = 2 * FIRST};
    set->entries = arena_array(arena, set->size, sizeof(*set->entries));
    set->slots = arena_array(arena, set->slot_count, sizeof(*set->slots));
}

void rowset_want(struct rowset *set, struct str key)
{
    uint32_t *slot = slot_of(set, key);

    if (*slot)
        return;
    if (set->count == set->size) {
        grow(set);
        slot = slot_of(set, key);
    }
    set->entries[set->count++].key = key;
    *slot = (uint32_t)set->count;
}

void rowset_load(struct rowset *set, struct pg *pg)
{
    struct str *keys = arena_array(set->arena, set->count, sizeof(*keys));

    for (size_t i = 0; i < set->count; i++)
        keys[i] = set->entries[i].key;
    rows_load(set->rows, pg, keys, set->count, set->arena);
}

void rowset_loaded(struct rowset *set, const PGresult *result)
{
    for (int i = 0; i < PQntuples(result); i++) {
        struct row *row = rows_read(set->rows, result, i, set->arena);
        uint32_t slot = *slot_of(set, row->key);

        if (slot)
            set->entries[slot - 1].row = row;
    }
    for (size_t i = 0; i < set->count; i++)
        if (!set->entries[i].row)
            set->entries[i].row = rows_make(set->rows, set->entries[i].key, set->arena);
}

struct row *rowset_row(const struct rowset *set, struct str key)
{
    uint32_t slot = *slot_of(set, key);

    return slot ? set->entries[slot - 1].row : NULL;
}

void rowset_save(struct rowset *set, struct pg *pg)
{
    const struct row **changed = arena_array(set->arena, set->count + 1, sizeof(*changed));
    size_t count = 0;

    for (size_t i = 0; i < set->count; i++)
        if (set->entries[i].row && set->entries[i].row->changed)
            changed[count++] = set->entries[i].row;
    if (count)
        rows_save(set->rows, pg, changed, count, set->arena);
}
