/* judge.c - how often the second product of a basket is shown with the first. */
#include <stdlib.h>
#include <string.h>

#include "tests/services/recommendation/made.h"

size_t history_list(struct history *history, enum history_judge judge, size_t product, size_t list[4])
{
    size_t count = 0;

    if (judge == JUDGE_COSINE || judge == JUDGE_LIFT) {
        const struct product *shown = &history->products[product];

        memcpy(list, shown->list[judge], shown->list_count[judge] * sizeof(*list));
        return shown->list_count[judge];
    }
    for (size_t i = 0; count < SHOWN; i++) {
        size_t next = judge == JUDGE_POPULARITY ? history->by_popularity[i] : history_below(history, history->count);

        if (next != product)
            list[count++] = next;
    }
    return count;
}

double history_coverage(struct history *history, enum history_judge judge)
{
    bool *found = calloc(history->count, sizeof(*found));
    size_t covered = 0, list[SHOWN];

    if (!found)
        abort();
    for (size_t i = 0; i < history->count; i++)
        for (size_t k = history_list(history, judge, i, list); k-- > 0;)
            found[list[k]] = true;
    for (size_t i = 0; i < history->count; i++)
        covered += found[i];
    free(found);
    return 100.0 * (double)covered / (double)history->count;
}

void history_hit_rates(struct history *history, size_t baskets, double percent[JUDGES])
{
    size_t hits[JUDGES] = {0}, asked = 0;

    while (asked < baskets) {
        size_t pair[2], list[SHOWN];

        if (history_fill(history, pair, 2) < 2)
            continue;
        asked++;
        for (int judge = 0; judge < JUDGES; judge++) {
            size_t count = history_list(history, (enum history_judge)judge, pair[0], list);

            for (size_t i = 0; i < count; i++)
                hits[judge] += list[i] == pair[1];
        }
    }
    for (int judge = 0; judge < JUDGES; judge++)
        percent[judge] = 100.0 * (double)hits[judge] / (double)asked;
}
