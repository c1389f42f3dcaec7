/* assortment.c - products in memory, found by id and by category and price. */
#include "services/recommendation/assortment.h"

#include <ctype.h>
#include <stdlib.h>

enum {
    WORDS_MOST = 8,
    CATEGORIES_MOST = 4,
    LOOKED_AT = 128, /* of each category, cheaper and dearer ones alike */
    MILLION = 1000000,
};

struct ware {
    struct str id;
    int64_t version;       /* of ProductUpdated; 0: only its lists were heard of */
    int64_t lists_version; /* of RecommendationsUpdated */
    int64_t seen;
    int64_t price_minor;
    uint32_t words[WORDS_MOST];
    uint32_t categories[CATEGORIES_MOST]; /* index into the assortment's */
    uint8_t word_count, category_count;
    char currency[3];
    bool retired;
};

/* The wares on sale of a category, by price, then id. */
struct category {
    struct str word;
    const struct ware **wares;
    size_t count, size;
};

struct assortment {
    struct arena arena; /* ids, wares, words of categories */
    struct ware **slots;
    size_t slot_count, count;
    struct category *categories;
    size_t category_count;
};

static void *grown(void *array, size_t count, size_t size_bytes)
{
    void *more = reallocarray(array, count, size_bytes);

    if (!more)
        abort();
    return more;
}

struct assortment *assortment_open(void)
{
    struct assortment *assortment = calloc(1, sizeof(*assortment));

    if (!assortment)
        abort();
    arena_init(&assortment->arena);
    assortment->slot_count = 256;
    assortment->slots = calloc(assortment->slot_count, sizeof(struct ware *));
    if (!assortment->slots)
        abort();
    return assortment;
}

void assortment_close(struct assortment *assortment)
{
    if (!assortment)
        return;
    for (size_t i = 0; i < assortment->category_count; i++)
        free(assortment->categories[i].wares);
    free(assortment->categories);
    free(assortment->slots);
    arena_release(&assortment->arena);
    free(assortment);
}

/* --- by id -------------------------------------------------------------------------------------------------------------- */

static uint32_t hash_of(struct str text)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (uint8_t)text.ptr[i]) * 16777619U;
    return hash ^ hash >> 15;
}

static struct ware **slot_of(const struct assortment *assortment, struct str id)
{
    size_t at = hash_of(id) & (assortment->slot_count - 1);

    while (assortment->slots[at] && !str_equal(assortment->slots[at]->id, id))
        at = (at + 1) & (assortment->slot_count - 1);
    return &assortment->slots[at];
}

static void make_room(struct assortment *assortment)
{
    struct ware **old = assortment->slots;
    size_t old_count = assortment->slot_count;

    if (2 * assortment->count < old_count)
        return;
    assortment->slot_count *= 2;
    assortment->slots = calloc(assortment->slot_count, sizeof(struct ware *));
    if (!assortment->slots)
        abort();
    for (size_t i = 0; i < old_count; i++)
        if (old[i])
            *slot_of(assortment, old[i]->id) = old[i];
    free(old);
}

static struct ware *ware_of(struct assortment *assortment, struct str id)
{
    struct ware **slot;

    make_room(assortment);
    slot = slot_of(assortment, id);
    if (!*slot) {
        *slot = arena_new(&assortment->arena, struct ware);
        (*slot)->id = arena_copy(&assortment->arena, id);
        assortment->count++;
    }
    return *slot;
}

bool assortment_sells(const struct assortment *assortment, struct str product_id)
{
    const struct ware *ware = *slot_of(assortment, product_id);

    return ware && ware->version && !ware->retired;
}

int64_t assortment_seen(const struct assortment *assortment, struct str product_id)
{
    const struct ware *ware = *slot_of(assortment, product_id);

    return ware ? ware->seen : 0;
}

int64_t assortment_version(const struct assortment *assortment, struct str product_id)
{
    const struct ware *ware = *slot_of(assortment, product_id);

    return ware ? ware->lists_version : 0;
}

/* --- by category ---------------------------------------------------------------------------------------------------------- */

static int compare_prices(const struct ware *a, const struct ware *b)
{
    if (a->price_minor != b->price_minor)
        return a->price_minor < b->price_minor ? -1 : 1;
    return str_compare(a->id, b->id);
}

/* Where it stands, or belongs. */
static size_t place_of(const struct category *category, const struct ware *ware)
{
    size_t low = 0, high = category->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_prices(category->wares[middle], ware) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void take_out(struct assortment *assortment, const struct ware *ware)
{
    for (size_t i = 0; i < ware->category_count; i++) {
        struct category *category = &assortment->categories[ware->categories[i]];
        size_t at = place_of(category, ware);

        if (at < category->count && category->wares[at] == ware)
            memmove(&category->wares[at], &category->wares[at + 1],
                    (--category->count - at) * sizeof(*category->wares));
    }
}

static void put_in(struct assortment *assortment, const struct ware *ware)
{
    for (size_t i = 0; i < ware->category_count; i++) {
        struct category *category = &assortment->categories[ware->categories[i]];
        size_t at = place_of(category, ware);

        if (category->count == category->size) {
            category->size = category->size ? 2 * category->size : 16;
            category->wares = grown(category->wares, category->size, sizeof(*category->wares));
        }
        memmove(&category->wares[at + 1], &category->wares[at], (category->count++ - at) * sizeof(*category->wares));
        category->wares[at] = ware;
    }
}

static uint32_t category_of(struct assortment *assortment, struct str word)
{
    size_t at = 0;

    while (at < assortment->category_count && !str_equal(assortment->categories[at].word, word))
        at++;
    if (at == assortment->category_count) {
        assortment->categories = grown(assortment->categories, at + 1, sizeof(*assortment->categories));
        assortment->categories[at] = (struct category){.word = arena_copy(&assortment->arena, word)};
        assortment->category_count++;
    }
    return (uint32_t)at;
}

/* --- learning ------------------------------------------------------------------------------------------------------------- */

static bool has(const uint32_t *list, size_t count, uint32_t wanted)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == wanted)
            return true;
    return false;
}

/* Words are compared by their hashes, without case. */
static void read_words(struct ware *ware, struct str name)
{
    char word[64];
    size_t len = 0;

    ware->word_count = 0;
    for (size_t i = 0; i <= name.len && ware->word_count < WORDS_MOST; i++) {
        unsigned char c = i < name.len ? (unsigned char)name.ptr[i] : ' ';

        if (isalnum(c) || c >= 0x80) {
            if (len < sizeof(word))
                word[len++] = (char)tolower(c);
        } else if (len > 0) {
            uint32_t hash = hash_of((struct str){word, len});

            if (len > 1 && !has(ware->words, ware->word_count, hash))
                ware->words[ware->word_count++] = hash;
            len = 0;
        }
    }
}

static void learn_product(struct assortment *assortment, const struct product_updated *heard)
{
    struct ware *ware = ware_of(assortment, heard->product_id);

    if (heard->version <= ware->version)
        return;
    take_out(assortment, ware);
    ware->version = heard->version;
    ware->price_minor = heard->price_minor;
    ware->retired = heard->retired;
    memset(ware->currency, 0, sizeof(ware->currency));
    memcpy(ware->currency, heard->currency.len ? heard->currency.ptr : "",
           heard->currency.len < sizeof(ware->currency) ? heard->currency.len : sizeof(ware->currency));
    read_words(ware, heard->name);
    ware->category_count = 0;
    for (size_t i = 0; i < heard->categories.count && ware->category_count < CATEGORIES_MOST; i++) {
        uint32_t category = category_of(assortment, heard->categories.items[i]);

        if (!has(ware->categories, ware->category_count, category))
            ware->categories[ware->category_count++] = category;
    }
    if (!ware->retired)
        put_in(assortment, ware);
}

void assortment_learn(void *context, const struct msg *heard)
{
    struct assortment *assortment = context;

    if (heard->type == MSG_PRODUCT_UPDATED) {
        learn_product(assortment, heard->body);
    } else if (heard->type == MSG_RECOMMENDATIONS_UPDATED) {
        const struct recommendations_updated *said = heard->body;
        struct ware *ware = ware_of(assortment, said->product_id);

        if (said->version > ware->lists_version) {
            ware->lists_version = said->version;
            ware->seen = said->seen;
        }
    }
}

/* --- likeness ------------------------------------------------------------------------------------------------------------- */

static int64_t share(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count)
{
    size_t both = 0, longer = a_count > b_count ? a_count : b_count;

    for (size_t i = 0; i < a_count; i++)
        both += has(b, b_count, a[i]);
    return longer ? (int64_t)(both * MILLION / longer) : 0;
}

static int64_t nearness(const struct ware *a, const struct ware *b)
{
    int64_t low = a->price_minor < b->price_minor ? a->price_minor : b->price_minor;
    int64_t high = a->price_minor < b->price_minor ? b->price_minor : a->price_minor;

    if (memcmp(a->currency, b->currency, sizeof(a->currency)) != 0 || high <= 0)
        return 0;
    return (int64_t)((double)low / (double)high * MILLION);
}

/* A word in common says more than a category, a price less. */
static int64_t likeness(const struct ware *a, const struct ware *b)
{
    return 2 * share(a->categories, a->category_count, b->categories, b->category_count) +
           3 * share(a->words, a->word_count, b->words, b->word_count) + nearness(a, b);
}

static size_t take(struct alike *best, size_t count, size_t most, struct alike candidate)
{
    size_t at = count;

    for (size_t i = 0; i < count; i++)
        if (str_equal(best[i].id, candidate.id))
            return count;
    while (at > 0 && (candidate.likeness > best[at - 1].likeness ||
                      (candidate.likeness == best[at - 1].likeness && str_compare(candidate.id, best[at - 1].id) < 0)))
        at--;
    if (at == most)
        return count;
    if (count < most)
        count++;
    memmove(&best[at + 1], &best[at], (count - 1 - at) * sizeof(*best));
    best[at] = candidate;
    return count;
}

size_t assortment_alike(const struct assortment *assortment, struct str product_id, struct alike *best, size_t most)
{
    const struct ware *ware = *slot_of(assortment, product_id);
    size_t count = 0;

    for (size_t i = 0; ware && i < ware->category_count; i++) {
        const struct category *category = &assortment->categories[ware->categories[i]];
        size_t here = place_of(category, ware);
        size_t from = here > LOOKED_AT ? here - LOOKED_AT : 0;

        for (size_t k = from; k < category->count && k <= here + LOOKED_AT; k++)
            if (category->wares[k] != ware)
                count = take(best, count, most,
                             (struct alike){category->wares[k]->id, likeness(ware, category->wares[k])});
    }
    return count;
}
