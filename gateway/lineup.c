/* lineup.c - what is sold, and under which categories. One list of places per category, all in one piece of memory. */
#include "gateway/lineup.h"

#include <stdlib.h>

/* A product under a category. */
struct listing {
    struct str word;
    uint32_t place;
};

struct lineup {
    const struct state *state;
    uint64_t version; /* of the state's lineup that it was made from; 0: none */
    struct arena arena;
    struct places all;
    struct lineup_category *categories;
    size_t category_count;
};

struct lineup *lineup_open(const struct state *state)
{
    struct lineup *lineup = calloc(1, sizeof *lineup);

    if (lineup == NULL)
        abort();
    lineup->state = state;
    arena_init(&lineup->arena);
    return lineup;
}

void lineup_close(struct lineup *lineup)
{
    if (lineup)
        arena_release(&lineup->arena);
    free(lineup);
}

static int by_word_and_place(const void *a, const void *b)
{
    const struct listing *left = a, *right = b;
    int order = str_compare(left->word, right->word);

    return order ? order : (left->place > right->place) - (left->place < right->place);
}

static size_t listings_of(const struct product_updated *product, uint32_t place, struct listing *listings)
{
    size_t count = 0;

    for (size_t i = 0; i < product->categories.count; i++) {
        struct str word = product->categories.items[i];

        if (word.len && word.len <= LINEUP_WORD_BYTES && listings)
            listings[count] = (struct listing){word, place};
        count += word.len && word.len <= LINEUP_WORD_BYTES;
    }
    return count;
}

/* listings are sorted; the places of each category follow each other. */
static void make_categories(struct lineup *lineup, const struct listing *listings, size_t count)
{
    uint32_t *places = arena_array(&lineup->arena, count, sizeof *places);
    struct lineup_category *category = NULL;
    size_t kinds = 0;

    for (size_t i = 0; i < count; i++)
        kinds += i == 0 || !str_equal(listings[i].word, listings[i - 1].word);
    lineup->categories = arena_array(&lineup->arena, kinds, sizeof *lineup->categories);
    lineup->category_count = kinds;
    kinds = 0;
    for (size_t i = 0; i < count; i++) {
        bool next = i == 0 || !str_equal(listings[i].word, listings[i - 1].word);

        if (next) {
            category = &lineup->categories[kinds++];
            *category = (struct lineup_category){arena_copy(&lineup->arena, listings[i].word), {places, 0}};
        }
        if (next || listings[i].place != listings[i - 1].place) { /* a word that is said twice counts once */
            *places++ = listings[i].place;
            category->places.count++;
        }
    }
}

static void make(struct lineup *lineup)
{
    size_t count, sold = 0, listed = 0;
    const struct product_updated *const *products = shelf_products(lineup->state->shelf, &count);
    struct listing *listings;
    uint32_t *all;

    arena_clear(&lineup->arena);
    lineup->version = lineup->state->lineup;
    all = arena_array(&lineup->arena, count, sizeof *all);
    for (size_t i = 0; i < count; i++)
        if (!products[i]->retired) {
            all[sold++] = (uint32_t)i;
            listed += listings_of(products[i], (uint32_t)i, NULL);
        }
    listings = arena_array(&lineup->arena, listed, sizeof *listings);
    listed = 0;
    for (size_t i = 0; i < sold; i++)
        listed += listings_of(products[all[i]], all[i], listings + listed);
    qsort(listings, listed, sizeof *listings, by_word_and_place);
    lineup->all = (struct places){all, sold};
    make_categories(lineup, listings, listed);
}

static void refresh(struct lineup *lineup)
{
    if (lineup->version != lineup->state->lineup)
        make(lineup);
}

struct places lineup_all(struct lineup *lineup)
{
    refresh(lineup);
    return lineup->all;
}

static int by_word(const void *word, const void *category)
{
    return str_compare(*(const struct str *)word, ((const struct lineup_category *)category)->word);
}

struct places lineup_in(struct lineup *lineup, struct str category)
{
    const struct lineup_category *found;

    refresh(lineup);
    found = bsearch(&category, lineup->categories, lineup->category_count, sizeof *lineup->categories, by_word);
    return found ? found->places : (struct places){NULL, 0};
}

const struct lineup_category *lineup_categories(struct lineup *lineup, size_t *count)
{
    refresh(lineup);
    *count = lineup->category_count;
    return lineup->categories;
}
