/* ads.c - choosing an ad: dates, share, cap and stock first, then what fits the page, then chance by weight. Where nobody's
 * share is drawn, one of them stands there unpaid: the place is never empty. */
#include "gateway/ads.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

enum { DAY_MS = 24 * 60 * 60 * 1000, ALWAYS_PPM = 1000000, AD_ID_BYTES = 40 };

/* --- what a visitor has seen: "<day>" and ".<ad id>*<times>" for each, the last shown at the end -------------------- */

/* Takes the next ".ad*times" off *rest. */
static bool next_count(struct str *rest, struct str *ad_id, long *times)
{
    const char *star, *end;

    if (rest->len == 0 || rest->ptr[0] != '.')
        return false;
    end = memchr(rest->ptr + 1, '.', rest->len - 1);
    end = end ? end : rest->ptr + rest->len;
    star = memchr(rest->ptr, '*', (size_t)(end - rest->ptr));
    if (!star || end - star > 5 || end - star < 2)
        return false;
    *ad_id = (struct str){rest->ptr + 1, (size_t)(star - rest->ptr) - 1};
    *times = 0;
    for (const char *p = star + 1; p < end; p++) {
        if (*p < '0' || *p > '9')
            return false;
        *times = *times * 10 + *p - '0';
    }
    *rest = (struct str){end, rest->len - (size_t)(end - rest->ptr)};
    return true;
}

/* What the cookie counts of today; empty when it is of another day, or nothing of ours. */
static struct str counts_of(struct str seen, int64_t now_ms)
{
    char today[24];
    int len = snprintf(today, sizeof(today), "%lld", (long long)(now_ms / DAY_MS));

    if (seen.len <= (size_t)len || memcmp(seen.ptr, today, (size_t)len) != 0 || seen.ptr[len] != '.')
        return (struct str){NULL, 0};
    return (struct str){seen.ptr + len, seen.len - (size_t)len};
}

static long times_of(struct str counts, struct str wanted)
{
    struct str ad_id;
    long times;

    while (next_count(&counts, &ad_id, &times))
        if (str_equal(ad_id, wanted))
            return times;
    return 0;
}

struct str ads_count(struct str seen, struct str wanted, int64_t now_ms, struct arena *arena)
{
    struct str counts = counts_of(seen, now_ms), ad_id, text;
    long times, total = 1, kept = 0, count = 0;

    for (struct str rest = counts; next_count(&rest, &ad_id, &times);)
        count++;
    text = arena_printf(arena, "%lld", (long long)(now_ms / DAY_MS));
    for (; next_count(&counts, &ad_id, &times); kept++)
        if (str_equal(ad_id, wanted))
            total = times + 1;
        else if (kept >= count - (ADS_COUNTED - 1))
            text = arena_printf(arena, STR_FMT "." STR_FMT "*%ld", STR_ARG(text), STR_ARG(ad_id), times);
    return arena_printf(arena, STR_FMT "." STR_FMT "*%ld", STR_ARG(text), STR_ARG(wanted), total < 999 ? total : 999);
}

/* --- what fits ------------------------------------------------------------------------------------------------------ */

static bool is_sold(const struct shelf *shelf, struct str product_id)
{
    const struct product_updated *product = shelf_product(shelf, product_id);

    return product && !product->retired && product->stock != STOCK_BAND_NONE;
}

static bool may_be_shown(const struct ad_updated *ad, const struct ads_place *place, struct str counts)
{
    return !ad->stopped && place->now_ms >= ad->from_ms && place->now_ms < ad->until_ms &&
           !str_equal(ad->product_id, place->product_id) && is_sold(place->shelf, ad->product_id) &&
           (ad->session_cap == 0 || times_of(counts, ad->ad_id) < ad->session_cap);
}

/* Whether one of the words begins with it: "tea" fits "Teapots". */
static bool has_word(struct str words, struct str keyword)
{
    for (size_t at = 0; keyword.len && at + keyword.len <= words.len; at++)
        if ((at == 0 || !isalnum((unsigned char)words.ptr[at - 1])) &&
            strncasecmp(words.ptr + at, keyword.ptr, keyword.len) == 0)
            return true;
    return false;
}

/* 0: nothing of it is found here. */
static int64_t fit(const struct ad_updated *ad, const struct ads_place *place)
{
    int64_t found = 0;

    for (size_t i = 0; i < ad->keywords.count; i++)
        found += has_word(place->words, ad->keywords.items[i]) ? 2 : 0;
    for (size_t i = 0; i < ad->categories.count; i++)
        for (size_t k = 0; k < place->categories.count; k++)
            found += str_equal(ad->categories.items[i], place->categories.items[k]) ? 1 : 0;
    return found;
}

/* A step of splitmix64: the next of a row of random numbers. */
static uint64_t draw(uint64_t *lot)
{
    uint64_t z = *lot += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* One that fits; any. Each replaces those before it by its part of all the weight. */
struct choice {
    const struct ad_updated *chosen[2];
    uint64_t weights[2];
};

static void consider(struct choice *choice, const struct ad_updated *ad, int64_t found, uint64_t *lot)
{
    for (int any = found ? 0 : 1; any < 2; any++) {
        uint64_t weight = (uint64_t)ad->weight * (uint64_t)(any ? 1 : found);

        choice->weights[any] += weight;
        if (draw(lot) % choice->weights[any] < weight)
            choice->chosen[any] = ad;
    }
}

static const struct ad_updated *choice_of(const struct choice *choice)
{
    return choice->chosen[0] ? choice->chosen[0] : choice->chosen[1];
}

const struct ad_updated *ads_choose(const struct ads_place *place, bool *paid)
{
    struct choice of_drawn = {{NULL, NULL}, {0, 0}}, of_all = of_drawn;
    uint64_t lot = place->lot;
    struct str counts = counts_of(place->seen, place->now_ms);
    size_t count;
    const struct ad_updated *const *all = shelf_ads(place->shelf, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t found;

        if (!may_be_shown(all[i], place, counts))
            continue;
        found = fit(all[i], place);
        consider(&of_all, all[i], found, &lot);
        if (draw(&lot) % ALWAYS_PPM < (uint64_t)all[i]->share_ppm)
            consider(&of_drawn, all[i], found, &lot);
    }
    *paid = choice_of(&of_drawn) != NULL;
    return *paid ? choice_of(&of_drawn) : choice_of(&of_all);
}

bool ads_parse_link(struct str value, struct str *impression_id, struct str *ad_id)
{
    struct id id;

    if (value.len <= ID_TEXT_LEN + 1 || value.len > ID_TEXT_LEN + 1 + AD_ID_BYTES || value.ptr[ID_TEXT_LEN] != '.')
        return false;
    *impression_id = (struct str){value.ptr, ID_TEXT_LEN};
    *ad_id = (struct str){value.ptr + ID_TEXT_LEN + 1, value.len - ID_TEXT_LEN - 1};
    return id_parse(*impression_id, &id);
}
