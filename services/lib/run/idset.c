/* idset.c - ids are hashes already: their first bytes are the slot. */
#include "run/idset.h"

static struct id *slot_of(const struct id_set *set, const struct id *id)
{
    size_t at;

    memcpy(&at, id->bytes, sizeof(at));
    for (at &= set->size - 1; !id_is_zero(&set->slots[at]) && !id_equal(&set->slots[at], id);)
        at = (at + 1) & (set->size - 1);
    return &set->slots[at];
}

void id_set_init(struct id_set *set, const PGresult *ids, size_t count, struct arena *arena)
{
    size_t rows = ids ? (size_t)PQntuples(ids) : 0;

    set->size = 64;
    while (set->size < 2 * (rows + count))
        set->size *= 2;
    set->slots = arena_array(arena, set->size, sizeof(struct id));
    for (size_t row = 0; row < rows; row++) {
        struct id id = result_id(ids, (int)row, 0);

        id_set_add(set, &id);
    }
}

void id_set_add(struct id_set *set, const struct id *id)
{
    *slot_of(set, id) = *id;
}

bool id_set_has(const struct id_set *set, const struct id *id)
{
    return !id_is_zero(slot_of(set, id));
}
