/* companions.c - lists of products, by number. */
#include "gateway/companions.h"

#include <stdlib.h>

enum { STRATEGIES = 2 };

struct entry {
    struct str id;
    int64_t version; /* 0: others name it, nothing was said of it */
    uint8_t counts[STRATEGIES];
    struct {
        uint32_t number, score;
    } lists[STRATEGIES][COMPANIONS_LIST];
};

struct companions {
    struct arena ids;
    struct entry *entries;
    uint32_t count, size;
    uint32_t *slots; /* number + 1; a power of two, at least twice the entries */
    size_t slot_count;
};

struct companions *companions_open(void)
{
    struct companions *companions = calloc(1, sizeof *companions);

    if (companions == NULL)
        abort();
    arena_init(&companions->ids);
    return companions;
}

void companions_close(struct companions *companions)
{
    if (companions == NULL)
        return;
    arena_release(&companions->ids);
    free(companions->entries);
    free(companions->slots);
    free(companions);
}

static uint32_t *slot_of(const struct companions *companions, struct str id)
{
    uint32_t hash = 2166136261U;
    size_t at;

    for (size_t i = 0; i < id.len; i++)
        hash = (hash ^ (uint8_t)id.ptr[i]) * 16777619U;
    for (at = (hash ^ hash >> 15) & (companions->slot_count - 1);
         companions->slots[at] && !str_equal(companions->entries[companions->slots[at] - 1].id, id);)
        at = (at + 1) & (companions->slot_count - 1);
    return &companions->slots[at];
}

static void grow(struct companions *companions)
{
    companions->size = companions->size ? 2 * companions->size : 64;
    companions->slot_count = (size_t)companions->size * 2;
    companions->entries = reallocarray(companions->entries, companions->size, sizeof *companions->entries);
    free(companions->slots);
    companions->slots = calloc(companions->slot_count, sizeof *companions->slots);
    if (companions->entries == NULL || companions->slots == NULL)
        abort();
    for (uint32_t i = 0; i < companions->count; i++)
        *slot_of(companions, companions->entries[i].id) = i + 1;
}

static uint32_t number_of(struct companions *companions, struct str id)
{
    uint32_t *slot;

    if (companions->count == companions->size)
        grow(companions);
    slot = slot_of(companions, id);
    if (*slot == 0) {
        companions->entries[companions->count++] = (struct entry){.id = arena_copy(&companions->ids, id)};
        *slot = companions->count;
    }
    return *slot - 1;
}

static int index_of(enum recommendation_strategy strategy)
{
    switch (strategy) {
    case RECOMMENDATION_STRATEGY_COSINE:
        return 0;
    case RECOMMENDATION_STRATEGY_LIFT:
        return 1;
    case RECOMMENDATION_STRATEGY_UNKNOWN:
        break;
    }
    return -1;
}

bool companions_learn(struct companions *companions, const struct recommendations_updated *said)
{
    uint32_t number = number_of(companions, said->product_id);

    if (said->version <= companions->entries[number].version)
        return false;
    companions->entries[number].version = said->version;
    memset(companions->entries[number].counts, 0, sizeof companions->entries[number].counts);
    for (size_t i = 0; i < said->items.count; i++) {
        const struct recommended *one = &said->items.items[i];
        uint32_t other = number_of(companions, one->product_id); /* may move the entries */
        struct entry *entry = &companions->entries[number];
        int list = index_of(one->strategy);
        uint32_t score = one->score < 0 ? 0 : one->score > UINT32_MAX ? UINT32_MAX : (uint32_t)one->score;

        if (list < 0 || entry->counts[list] == COMPANIONS_LIST)
            continue;
        entry->lists[list][entry->counts[list]].number = other;
        entry->lists[list][entry->counts[list]++].score = score;
    }
    return true;
}

size_t companions_list(const struct companions *companions, struct str product_id,
                       enum recommendation_strategy strategy, struct recommended items[COMPANIONS_LIST])
{
    int list = index_of(strategy);
    uint32_t number = companions->count && list >= 0 ? *slot_of(companions, product_id) : 0;
    const struct entry *entry = &companions->entries[number ? number - 1 : 0];

    if (number == 0)
        return 0;
    for (size_t i = 0; i < entry->counts[list]; i++)
        items[i] = (struct recommended){strategy, companions->entries[entry->lists[list][i].number].id,
                                        entry->lists[list][i].score};
    return entry->counts[list];
}
