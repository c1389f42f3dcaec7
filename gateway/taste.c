/* taste.c - a visitor's taste, as far as this browser knows it. */
#include "gateway/taste.h"

#include <ctype.h>

/* Another experiment gets another space, so that nobody keeps the arm of the last one. */
static const struct id experiment_space = {
    {0x5d, 0x0e, 0x83, 0x1c, 0x7a, 0x44, 0x4b, 0x9e, 0x90, 0x2b, 0xc6, 0x31, 0xee, 0x08, 0x57, 0xa4}};

static bool is_id(struct str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!isalnum((unsigned char)id.ptr[i]) && id.ptr[i] != '-' && id.ptr[i] != '_')
            return false;
    return id.len > 0 && id.len <= TASTE_ID_BYTES;
}

struct seen taste_seen(struct str cookie)
{
    struct seen seen = {.count = 0};

    while (cookie.len && seen.count < TASTE_SEEN) {
        const char *dot = memchr(cookie.ptr, '.', cookie.len);
        struct str id = {cookie.ptr, dot ? (size_t)(dot - cookie.ptr) : cookie.len};

        if (is_id(id))
            seen.ids[seen.count++] = id;
        cookie = dot ? (struct str){dot + 1, cookie.len - id.len - 1} : (struct str){NULL, 0};
    }
    return seen;
}

struct str taste_seen_next(const struct seen *seen, struct str product_id, struct arena *arena)
{
    struct str text = product_id;

    if (!is_id(product_id))
        return (struct str){NULL, 0};
    for (size_t i = 0, count = 1; i < seen->count && count < TASTE_SEEN; i++)
        if (!str_equal(seen->ids[i], product_id)) {
            text = arena_printf(arena, STR_FMT "." STR_FMT, STR_ARG(text), STR_ARG(seen->ids[i]));
            count++;
        }
    return text;
}

enum recommendation_strategy taste_strategy(struct str session_id)
{
    struct id id = id_named(&experiment_space, session_id);

    return id.bytes[15] & 1 ? RECOMMENDATION_STRATEGY_LIFT : RECOMMENDATION_STRATEGY_COSINE;
}

struct choice {
    struct str id;
    double score;
};

static void add(struct choice *choices, size_t *count, struct str id, double score)
{
    size_t at = 0;

    while (at < *count && !str_equal(choices[at].id, id))
        at++;
    if (at == TASTE_CHOICES)
        return;
    if (at == *count)
        choices[(*count)++] = (struct choice){id, 0};
    choices[at].score += score;
}

/* Scores compare within one list only: each list's best counts as 1. What is merely alike stands behind all that was learned. */
static void add_list(const struct companions *companions, enum recommendation_strategy strategy,
                     const struct seed *seed, struct choice *choices, size_t *count)
{
    struct recommended items[COMPANIONS_LIST];
    size_t item_count = companions_list(companions, seed->product_id, strategy, items);

    for (size_t i = 0; i < item_count; i++) {
        double learned = items[0].score > 0 ? (double)items[i].score / (double)items[0].score : 0;
        double alike = 0.001 * (double)(COMPANIONS_LIST - i);

        add(choices, count, items[i].product_id, seed->weight * (learned + alike));
    }
}

size_t taste_choose(const struct companions *companions, enum recommendation_strategy strategy,
                    const struct seed *seeds, size_t seed_count, struct str choices[TASTE_CHOICES])
{
    struct choice found[TASTE_CHOICES];
    size_t count = 0;

    for (size_t i = 0; i < seed_count; i++)
        add_list(companions, strategy, &seeds[i], found, &count);
    for (size_t i = 1; i < count; i++) { /* insertion: few, and ties keep their order */
        struct choice moved = found[i];
        size_t at = i;

        for (; at > 0 && moved.score > found[at - 1].score; at--)
            found[at] = found[at - 1];
        found[at] = moved;
    }
    for (size_t i = 0; i < count; i++)
        choices[i] = found[i].id;
    return count;
}
