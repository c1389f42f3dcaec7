/* taste_test.c - lists in memory, the cookie of what was looked at, the arm of a session, and what follows from them. */
/* links: gateway/taste.c gateway/companions.c msg base */
#include "gateway/taste.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COSINE RECOMMENDATION_STRATEGY_COSINE
#define LIFT RECOMMENDATION_STRATEGY_LIFT

static struct arena arena;

static bool learn(struct companions *companions, const char *product, int64_t version, const struct recommended *items,
                  size_t count)
{
    struct recommendations_updated said = {
        .product_id = str_of(product), .version = version, .items = {(struct recommended *)(uintptr_t)items, count}};

    return companions_learn(companions, &said);
}

/* --- lists in memory -------------------------------------------------------------------------------------------------- */

static void the_greatest_version_counts(void **state)
{
    static const struct recommended old[] = {{COSINE, STR_INIT("jar"), 9}},
                                    new[] = {{COSINE, STR_INIT("salt"), 7}, {LIFT, STR_INIT("jar"), 5}};
    struct recommended items[COMPANIONS_LIST];
    struct companions *companions = companions_open();

    (void)state;
    assert_int_equal(companions_list(companions, STR("mug"), COSINE, items), 0);
    assert_true(learn(companions, "mug", 2, new, 2));
    assert_false(learn(companions, "mug", 1, old, 1));
    assert_false(learn(companions, "mug", 2, old, 1));
    assert_int_equal(companions_list(companions, STR("mug"), COSINE, items), 1);
    assert_true(str_is(items[0].product_id, "salt") && items[0].score == 7);
    assert_int_equal(companions_list(companions, STR("mug"), LIFT, items), 1);
    assert_int_equal(companions_list(companions, STR("mug"), RECOMMENDATION_STRATEGY_UNKNOWN, items), 0);
    assert_int_equal(companions_list(companions, STR("salt"), COSINE, items), 0);
    assert_true(learn(companions, "mug", 3, NULL, 0));
    assert_int_equal(companions_list(companions, STR("mug"), COSINE, items), 0);
    companions_close(companions);
}

static void thousands_of_products_are_found_again(void **state)
{
    enum { MANY = 3000 };
    struct recommended items[COMPANIONS_LIST];
    struct companions *companions = companions_open();
    char name[16], other[16];

    (void)state;
    for (int i = 0; i < MANY; i++) {
        struct recommended one[20];

        snprintf(name, sizeof name, "P%d", i);
        snprintf(other, sizeof other, "P%d", (i * 7 + 1) % MANY);
        for (int k = 0; k < 20; k++)
            one[k] = (struct recommended){COSINE, str_of(other), 100 + i};
        assert_true(learn(companions, name, 1, one, 20));
    }
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "P%d", i);
        snprintf(other, sizeof other, "P%d", (i * 7 + 1) % MANY);
        assert_int_equal(companions_list(companions, str_of(name), COSINE, items), COMPANIONS_LIST);
        assert_true(str_is(items[0].product_id, other) && items[0].score == 100 + i);
    }
    companions_close(companions);
}

/* --- the cookie ------------------------------------------------------------------------------------------------------- */

static void what_was_looked_at_comes_back_newest_first(void **state)
{
    struct seen seen = taste_seen(STR(""));
    struct str cookie = {NULL, 0};
    char name[16];

    (void)state;
    assert_int_equal(seen.count, 0);
    for (int i = 0; i < TASTE_SEEN + 3; i++) {
        snprintf(name, sizeof name, "P%d", i);
        cookie = taste_seen_next(&seen, arena_copy(&arena, str_of(name)), &arena);
        seen = taste_seen(cookie);
    }
    assert_int_equal(seen.count, TASTE_SEEN);
    assert_true(str_is(seen.ids[0], "P10") && str_is(seen.ids[TASTE_SEEN - 1], "P3"));
    seen = taste_seen(taste_seen_next(&seen, STR("P5"), &arena));
    assert_int_equal(seen.count, TASTE_SEEN);
    assert_true(str_is(seen.ids[0], "P5") && str_is(seen.ids[1], "P10"));
}

static void a_cookie_that_somebody_wrote_harms_nobody(void **state)
{
    char long_one[4000];
    struct seen seen = taste_seen(STR("a.<script>...b c.\"x\".good-1_2.\xff\xfe.."));

    (void)state;
    assert_int_equal(seen.count, 2);
    assert_true(str_is(seen.ids[0], "a") && str_is(seen.ids[1], "good-1_2"));
    memset(long_one, 'a', sizeof long_one);
    assert_int_equal(taste_seen((struct str){long_one, sizeof long_one}).count, 0);
    for (size_t i = 1; i < sizeof long_one; i += 2)
        long_one[i] = '.';
    assert_int_equal(taste_seen((struct str){long_one, sizeof long_one}).count, TASTE_SEEN);
    assert_int_equal(taste_seen_next(&seen, STR("no good; Path=/"), &arena).len, 0);
}

/* --- the experiment ----------------------------------------------------------------------------------------------------- */

static void an_arm_is_stable_and_has_half_of_all(void **state)
{
    enum { SESSIONS = 20000 };
    int lift = 0;

    (void)state;
    for (int i = 0; i < SESSIONS; i++) {
        struct str session = arena_printf(&arena, "%08x-0000-4000-8000-000000000000", i);
        enum recommendation_strategy arm = taste_strategy(session);

        assert_true(arm == COSINE || arm == LIFT);
        assert_int_equal(taste_strategy(session), arm);
        lift += arm == LIFT;
    }
    assert_in_range(lift, SESSIONS / 2 - 300, SESSIONS / 2 + 300); /* four standard deviations */
}

/* --- choosing ------------------------------------------------------------------------------------------------------------- */

static void what_more_seeds_agree_on_comes_first(void **state)
{
    static const struct recommended of_mug[] = {{COSINE, STR_INIT("jar"), 900000}, {COSINE, STR_INIT("salt"), 500000}},
                                    of_watch[] = {{COSINE, STR_INIT("glasses"), 30}, {COSINE, STR_INIT("salt"), 20}};
    const struct seed seeds[] = {{STR("mug"), 1}, {STR("watch"), 1}, {STR("nobody knows it"), 5}};
    struct str choices[TASTE_CHOICES];
    struct companions *companions = companions_open();

    (void)state;
    learn(companions, "mug", 1, of_mug, 2);
    learn(companions, "watch", 1, of_watch, 2);
    assert_int_equal(taste_choose(companions, COSINE, seeds, 3, choices), 3);
    assert_true(str_is(choices[0], "salt")); /* 0.56 + 0.67, though the scales are not the same */
    assert_true(str_is(choices[1], "jar") && str_is(choices[2], "glasses"));
    assert_int_equal(taste_choose(companions, LIFT, seeds, 3, choices), 0);
    assert_int_equal(taste_choose(companions, COSINE, seeds, 0, choices), 0);
    companions_close(companions);
}

static void what_is_merely_alike_stands_behind_what_was_learned(void **state)
{
    static const struct recommended of_mug[] = {{LIFT, STR_INIT("alike-1"), 0}, {LIFT, STR_INIT("alike-2"), 0}},
                                    of_watch[] = {{LIFT, STR_INIT("best"), 50}, {LIFT, STR_INIT("weak"), 10}};
    const struct seed seeds[] = {{STR("mug"), 4}, {STR("watch"), 1}};
    struct str choices[TASTE_CHOICES];
    struct companions *companions = companions_open();

    (void)state;
    learn(companions, "mug", 1, of_mug, 2);
    learn(companions, "watch", 1, of_watch, 2);
    assert_int_equal(taste_choose(companions, LIFT, seeds, 2, choices), 4);
    assert_true(str_is(choices[0], "best") && str_is(choices[1], "weak") && str_is(choices[2], "alike-1"));
    companions_close(companions);
}

static void there_is_an_end_to_choices(void **state)
{
    struct seed seeds[TASTE_SEEDS];
    struct str choices[TASTE_CHOICES];
    struct companions *companions = companions_open();

    (void)state;
    for (size_t i = 0; i < TASTE_SEEDS; i++) {
        struct recommended items[COMPANIONS_LIST];
        struct str name = arena_printf(&arena, "seed-%zu", i);

        for (size_t k = 0; k < COMPANIONS_LIST; k++)
            items[k] = (struct recommended){COSINE, arena_printf(&arena, "other-%zu", COMPANIONS_LIST * i + k), 5};
        learn(companions, name.ptr, 1, items, COMPANIONS_LIST);
        seeds[i] = (struct seed){name, 1};
    }
    assert_int_equal(taste_choose(companions, COSINE, seeds, TASTE_SEEDS, choices), TASTE_CHOICES);
    companions_close(companions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_greatest_version_counts),
        cmocka_unit_test(thousands_of_products_are_found_again),
        cmocka_unit_test(what_was_looked_at_comes_back_newest_first),
        cmocka_unit_test(a_cookie_that_somebody_wrote_harms_nobody),
        cmocka_unit_test(an_arm_is_stable_and_has_half_of_all),
        cmocka_unit_test(what_more_seeds_agree_on_comes_first),
        cmocka_unit_test(what_is_merely_alike_stands_behind_what_was_learned),
        cmocka_unit_test(there_is_an_end_to_choices),
    };
    int failed;

    arena_init(&arena);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
