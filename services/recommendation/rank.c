/* rank.c - scores, and a product's lists. */
#include "services/recommendation/rank.h"

#include <math.h>

static const double million = 1e6;

int64_t rank_score(enum recommendation_strategy strategy, int64_t seen, const struct neighbour *other,
                   int64_t other_seen, int64_t view_weight)
{
    double together = (double)(other->weight - other->error);
    double all = (double)(other_seen > other->weight ? other_seen : other->weight), unit = (double)view_weight;

    if (together <= 0)
        return 0;
    if (strategy == RECOMMENDATION_STRATEGY_LIFT)
        return (int64_t)(million * together / (all + RANK_LIFT_PRIOR * unit));
    return (int64_t)(million * together /
                     sqrt(((double)seen + RANK_COSINE_PRIOR * unit) * (all + RANK_COSINE_PRIOR * unit)));
}

static size_t insert(struct recommended *list, size_t count, struct recommended next)
{
    size_t at = count;

    while (at > 0 && (next.score > list[at - 1].score ||
                      (next.score == list[at - 1].score && str_compare(next.product_id, list[at - 1].product_id) < 0)))
        at--;
    if (at == RECOMMENDATION_LIST)
        return count;
    if (count < RECOMMENDATION_LIST)
        count++;
    memmove(&list[at + 1], &list[at], (count - 1 - at) * sizeof(*list));
    list[at] = next;
    return count;
}

static bool is_among(const struct recommended *list, size_t count, struct str id)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i].product_id, id))
            return true;
    return false;
}

size_t rank_list(enum recommendation_strategy strategy, const struct item *item, const struct sketch *sketch,
                 const struct assortment *assortment, int64_t view_weight, struct recommended list[RECOMMENDATION_LIST])
{
    struct alike alike[2 * RECOMMENDATION_LIST];
    size_t count = 0, alike_count;

    for (size_t i = 0; i < sketch->count; i++) {
        const struct neighbour *other = &sketch->list[i];
        int64_t score = rank_score(strategy, item->seen, other, assortment_seen(assortment, other->id), view_weight);

        if (score > 0 && assortment_sells(assortment, other->id))
            count = insert(list, count, (struct recommended){strategy, other->id, score});
    }
    if (count == RECOMMENDATION_LIST)
        return count;
    alike_count = assortment_alike(assortment, item->row.key, alike, 2 * RECOMMENDATION_LIST);
    for (size_t i = 0; i < alike_count && count < RECOMMENDATION_LIST; i++)
        if (!is_among(list, count, alike[i].id))
            list[count++] = (struct recommended){strategy, alike[i].id, 0};
    return count;
}
