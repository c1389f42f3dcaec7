/* model_test.c - every way that one order can go, up to a stated number of faults: at each end all books are right. */
/* links: tests/model tests/saga/world.c tests/saga/step.c tests/saga/rows.c tests/saga/lanes.c tests/saga/outside.c */
/* links: tests/saga/hearsay.c tests/saga/books.c tests/saga/stock.c tests/saga/mails.c tests/saga/carts.c */
/* links: tests/saga/sabotage.c services/cart/cart.c services/cart/basket.c services/cart/store.c */
/* links: services/checkout/checkout.c services/checkout/terms.c services/checkout/store.c services/catalog/catalog.c */
/* links: services/catalog/reservation.c services/catalog/store.c services/payment/payment.c services/payment/ask.c */
/* links: services/payment/adopt.c services/shipping/adopt.c services/cart/adopt.c services/checkout/adopt.c */
/* links: services/payment/held.c services/payment/store.c services/shipping/shipping.c services/shipping/tracking.c */
/* links: services/shipping/tariff.c services/shipping/carriers.c services/shipping/store.c services/email/email.c */
/* links: services/email/store.c msg base */
/* MODEL=deep explores further (minutes), SCENE=n one scene only. README.md says more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/model/model.h"

static const struct scene scenes[] = {
    {"p", "p", "good", 5, "good", "good"},    {"pc", "p", "good", 5, "good", "good"},
    {"cp", "p", "good", 5, "good", "good"},   {"pq", "pq", "good", 5, "good", "good"},
    {"qp", "pq", "good", 5, "good", "good"},  {"pqc", "qp", "good", 5, "good", "good"},
    {"psc", "p", "good", 5, "good", "good"},  {"p", "p", "poor", 5, "good", "good"},
    {"pc", "p", "poor", 5, "good", "good"},   {"p", "p", "garbled", 5, "good", "good"},
    {"p", "p", "good", 0, "good", "good"},    {"pc", "p", "good", 0, "good", "good"},
    {"p", "p", "good", 5, "nowhere", "good"}, {"pc", "p", "good", 5, "nowhere", "good"},
    {"p", "p", "poor", 0, "nowhere", "good"}, {"p", "p", "good", 5, "good", "full"},
    {"pc", "p", "good", 5, "good", "full"},   {"p", "", "good", 5, "good", "good"},
    {"p", "q", "good", 5, "good", "good"},    {"", "p", "good", 5, "good", "good"},
};

enum { SCENES = sizeof(scenes) / sizeof(scenes[0]) };

static const struct bound shallow = {.again = 1, .crash = 1, .lost = 1, .early = 1, .park = 1, .total = 1};
static const struct bound deep[] = {
    {.again = 1, .crash = 1, .lost = 1, .early = 1, .park = 1, .total = 1, .pages = true},
    {.again = 2, .crash = 2, .lost = 2, .early = 2, .park = 2, .total = 2},
};

static struct model model;

struct sums {
    uint64_t states, transitions, ends;
    size_t deepest;
};

/* NULL when all is well, or what is wrong; lives until the next call. */
static const char *explore(const struct scene *scene, const struct bound *bound, const struct sabotage *sabotage,
                           struct sums *sums)
{
    static char wrong[256];
    struct state first;
    bool well;

    model_open(&model, scene, bound, sabotage, &first);
    well = model_search(&model, &first, sabotage != NULL);
    sums->states += model.states;
    sums->transitions += model.transitions;
    sums->ends += model.ended;
    if (sums->deepest < model.deepest)
        sums->deepest = model.deepest;
    snprintf(wrong, sizeof(wrong), STR_FMT, STR_ARG(model.wrong));
    model_close(&model);
    return well ? NULL : wrong;
}

static void print_bound(const struct bound *bound)
{
    printf(
        "bound: %d scenes; per order %u heard again, %u crashes, %u lost asks or answers, %u early deadlines, %u parked; "
        "%u in all; pages are told of stock %s\n",
        SCENES, bound->again, bound->crash, bound->lost, bound->early, bound->park, bound->total,
        bound->pages ? "at any time" : "in the end");
}

static const char *explore_all(const struct bound *bound, bool each)
{
    const char *only = getenv("SCENE");
    clock_t began = clock();
    struct sums sums = {0};
    const char *wrong = NULL;

    print_bound(bound);
    for (size_t i = 0; i < SCENES && !wrong; i++) {
        struct sums before = sums;

        if (only && (size_t)atoi(only) != i)
            continue;

        wrong = explore(&scenes[i], bound, NULL, &sums);
        if (each)
            printf("  %-4s cards %-3s %-8s stock %d, %-8s %-5s %10llu states\n", scenes[i].commands, scenes[i].cards,
                   scenes[i].card, (int)scenes[i].stock, scenes[i].address, scenes[i].mailbox,
                   (unsigned long long)(sums.states - before.states));
        fflush(stdout);
    }
    printf("%llu states, %llu transitions, %llu different ends, at most %zu moves deep, %.1f s of one core\n",
           (unsigned long long)sums.states, (unsigned long long)sums.transitions, (unsigned long long)sums.ends,
           sums.deepest, (double)(clock() - began) / CLOCKS_PER_SEC);
    return wrong;
}

static void every_way_of_an_order_ends_with_all_books_right(void **state)
{
    const char *wrong = explore_all(&shallow, true);

    (void)state;
    if (wrong)
        fail_msg("%s", wrong);
}

/* --- does it bite? ------------------------------------------------------------------------------------------------- */

static bool finds(const struct sabotage *sabotage)
{
    struct sums sums = {0};

    for (size_t i = 0; i < SCENES; i++) {
        const char *wrong = explore(&scenes[i], &shallow, sabotage, &sums);

        if (wrong) {
            printf("%-38s %8llu states: %s\n", sabotage->name, (unsigned long long)sums.states, wrong);
            return true;
        }
    }
    printf("%-38s not found in %llu states\n", sabotage->name, (unsigned long long)sums.states);
    return false;
}

/* What lies outside the model: the inbox of the catalogue's commands, and the outboxes. */
static bool is_outside(const struct sabotage *sabotage)
{
    return !sabotage->rules && (strstr(sabotage->name, "inbox") || strstr(sabotage->name, "outboxes"));
}

static void the_model_finds_planted_mistakes(void **state)
{
    size_t found = 0, tried = 0;

    (void)state;
    for (size_t i = 0; i < sabotage_count; i++) {
        if (is_outside(&sabotages[i])) {
            printf("%-38s lies outside the model\n", sabotages[i].name);
            continue;
        }
        tried++;
        found += finds(&sabotages[i]);
    }
    printf("%zu of %zu mistakes are found\n", found, tried);
    assert_int_equal(found, tried);
}

static int explore_deeply(void)
{
    for (size_t i = 0; i < sizeof(deep) / sizeof(deep[0]); i++) {
        const char *wrong = explore_all(&deep[i], true);

        if (wrong) {
            printf("%s\n", wrong);
            return 1;
        }
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_way_of_an_order_ends_with_all_books_right),
                                       cmocka_unit_test(the_model_finds_planted_mistakes)};
    const char *depth = getenv("MODEL");

    if (depth && strcmp(depth, "deep") == 0)
        return explore_deeply();
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
