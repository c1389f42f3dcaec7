/* budget_test.c - a budget of retries lets a share of first asks be repeated and a few a second beside, and keeps to it. */
/* links: base */
#include "base/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct budget_limits limits = {.percent = 20, .floor_second = 2, .most = 10};

static struct budget budget;

static int begin(void **state)
{
    (void)state;
    budget_init(&budget, &limits);
    return 0;
}

static int spend(int64_t now_ms, int tries)
{
    int spent = 0;

    for (int i = 0; i < tries; i++)
        spent += budget_spend(&budget, now_ms);
    return spent;
}

static void begins_with_all_that_may_be_saved(void **state)
{
    (void)state;
    assert_int_equal(spend(0, 100), 10);
    assert_int_equal(spend(0, 100), 0);
}

static void earns_a_share_of_first_asks(void **state)
{
    (void)state;
    spend(0, 100);
    for (int i = 0; i < 4; i++)
        budget_earn(&budget);
    assert_int_equal(spend(0, 100), 0);
    budget_earn(&budget);
    assert_int_equal(spend(0, 100), 1);
    for (int i = 0; i < 20; i++)
        budget_earn(&budget);
    assert_int_equal(spend(0, 100), 4);
}

static void earns_the_floor_with_time(void **state)
{
    (void)state;
    spend(1000, 100);
    assert_int_equal(spend(1499, 100), 0);
    assert_int_equal(spend(1500, 100), 1);
    assert_int_equal(spend(4500, 100), 6);
}

static void pays_the_floor_however_often_it_is_asked(void **state)
{
    int spent = 0;

    (void)state;
    spend(0, 100);
    for (int64_t now_ms = 0; now_ms <= 10 * 1000; now_ms += 7)
        spent += budget_spend(&budget, now_ms);
    assert_in_range(spent, 19, 20);
}

static void saves_no_more_than_the_most(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        budget_earn(&budget);
    assert_int_equal(spend(0, 100), 10);
    assert_int_equal(spend(INT64_C(1) << 50, 100), 10);
}

/* Ten thousand orders wait for a destination that comes back, and a hundred a second are asked for the first time. */
static void holds_a_storm_of_retries_to_its_share(void **state)
{
    int first = 0, again = 0;

    (void)state;
    for (int64_t second = 0; second < 60; second++) {
        for (int i = 0; i < 100; i++, first++)
            budget_earn(&budget);
        again += spend(second * 1000, 10000);
    }
    assert_int_equal(first, 6000);
    assert_true(again <= 10 + first / 5 + 60 * 2);
    assert_true(again >= 60 * 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(begins_with_all_that_may_be_saved, begin),
        cmocka_unit_test_setup(earns_a_share_of_first_asks, begin),
        cmocka_unit_test_setup(earns_the_floor_with_time, begin),
        cmocka_unit_test_setup(pays_the_floor_however_often_it_is_asked, begin),
        cmocka_unit_test_setup(saves_no_more_than_the_most, begin),
        cmocka_unit_test_setup(holds_a_storm_of_retries_to_its_share, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
