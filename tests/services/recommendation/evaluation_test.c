/* evaluation_test.c - how good recommendations are where the truth is known. What it prints is what make bench shows. */
/* links: tests/services/recommendation/history.c tests/services/recommendation/judge.c services/recommendation tests/rehearsal msg base */
#include "tests/services/recommendation/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { BASKETS = 20000 };

static const struct history_plan structured = {
    .seed = 20260101, .groups = 30, .per_group = 10, .visits = 4000, .orders = 1500, .chance_percent = 20};

static const struct history_plan structureless = {
    .seed = 20260101, .groups = 30, .per_group = 10, .visits = 4000, .orders = 1500, .chance_percent = 100};

struct verdict {
    double percent[JUDGES], coverage[JUDGES];
};

static struct verdict judge(const struct history_plan *plan, const char *name)
{
    struct history *history = history_play(plan);
    struct verdict verdict;
    double *percent = verdict.percent, *coverage = verdict.coverage;

    for (int i = 0; i < JUDGES; i++)
        coverage[i] = history_coverage(history, (enum history_judge)i);
    history_hit_rates(history, BASKETS, percent);
    printf("| hit rate at 4, %-14s cosine %5.1f %%, lift %5.1f %%, popularity %5.1f %%, random %5.1f %%\n", name,
           percent[JUDGE_COSINE], percent[JUDGE_LIFT], percent[JUDGE_POPULARITY], percent[JUDGE_RANDOM]);
    printf("| products found, %-14s cosine %5.1f %%, lift %5.1f %%, popularity %5.1f %%\n", name,
           coverage[JUDGE_COSINE], coverage[JUDGE_LIFT], coverage[JUDGE_POPULARITY]);
    printf("| rules alone, %zu products: %.1f us a view, %.1f us an order, %zu bytes a product\n",
           plan->groups * plan->per_group, history_us_per_view(history), history_us_per_order(history),
           history_row_bytes(history) / (plan->groups * plan->per_group));
    history_free(history);
    return verdict;
}

static void finds_the_structure_that_is_there(void **state)
{
    struct verdict found = judge(&structured, "30 groups");

    (void)state;
    assert_true(found.percent[JUDGE_COSINE] > 2 * found.percent[JUDGE_POPULARITY]);
    assert_true(found.percent[JUDGE_LIFT] > 1.5 * found.percent[JUDGE_POPULARITY]);
    assert_true(found.percent[JUDGE_POPULARITY] > 2 * found.percent[JUDGE_RANDOM]);
    assert_true(found.coverage[JUDGE_LIFT] > found.coverage[JUDGE_COSINE]); /* that is what it is for */
}

static void finds_none_where_there_is_none(void **state)
{
    struct verdict found = judge(&structureless, "no structure");

    (void)state;
    assert_true(found.percent[JUDGE_COSINE] <= found.percent[JUDGE_POPULARITY]);
    assert_true(found.percent[JUDGE_LIFT] <= found.percent[JUDGE_POPULARITY]);
}

static void the_same_seed_gives_the_same_lists(void **state)
{
    struct history_plan plan = structured;
    struct history *once, *again;

    (void)state;
    plan.visits = plan.orders = 300;
    once = history_play(&plan);
    again = history_play(&plan);
    for (size_t i = 0; i < plan.groups * plan.per_group; i++)
        for (enum history_judge judge = JUDGE_COSINE; judge <= JUDGE_LIFT; judge++) {
            size_t a[4], b[4], count = history_list(once, judge, i, a);

            assert_int_equal(history_list(again, judge, i, b), count);
            assert_memory_equal(a, b, count * sizeof(*a));
        }
    history_free(once);
    history_free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_structure_that_is_there),
        cmocka_unit_test(finds_none_where_there_is_none),
        cmocka_unit_test(the_same_seed_gives_the_same_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
