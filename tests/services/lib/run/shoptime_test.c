/* shoptime_test.c - what time it is in the shop: as late as the later of two clocks that are behind, and never by a guess. */
/* links: services/lib/run/shoptime.c base */
/* needs: none */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "run/shoptime.h"

enum { HOUR_MS = 3600 * 1000, SLACK_MS = 60 * 1000 };

static const int64_t then_ms = INT64_C(1700000000000);

static void assert_about(const struct shoptime *time, int64_t wanted_ms)
{
    assert_in_range(shoptime_ms(time) - wanted_ms + SLACK_MS, 0, 2 * SLACK_MS);
}

static void before_the_database_was_asked_it_is_our_own(void **state)
{
    struct shoptime time = {0};

    (void)state;
    shoptime_drained(&time);
    shoptime_taken(&time, then_ms, true);
    assert_about(&time, clock_wall_ms());
}

static void without_a_new_record_it_is_the_databases(void **state)
{
    struct shoptime time = {0};

    (void)state;
    shoptime_asked(&time, then_ms);
    assert_about(&time, then_ms);
}

static void a_database_that_is_ahead_makes_nothing_ring_early(void **state)
{
    struct shoptime time = {0};

    (void)state;
    shoptime_drained(&time);
    shoptime_taken(&time, then_ms, true);
    shoptime_asked(&time, then_ms + HOUR_MS);
    assert_about(&time, then_ms);
}

static void nor_does_a_broker_that_is_ahead(void **state)
{
    struct shoptime time = {0};

    (void)state;
    shoptime_drained(&time);
    shoptime_taken(&time, then_ms + HOUR_MS, true);
    shoptime_asked(&time, then_ms);
    assert_about(&time, then_ms);
}

static void a_clock_that_is_put_right_is_believed_again(void **state)
{
    struct shoptime time = {0};

    (void)state;
    shoptime_asked(&time, then_ms);
    shoptime_drained(&time);
    shoptime_taken(&time, then_ms - HOUR_MS, true);
    assert_about(&time, then_ms - HOUR_MS);
    shoptime_taken(&time, then_ms, true);
    assert_about(&time, then_ms);
    shoptime_asked(&time, then_ms - HOUR_MS);
    assert_about(&time, then_ms - HOUR_MS);
}

static void an_old_record_says_nothing(void **state)
{
    struct shoptime time = {0};

    (void)state;
    shoptime_asked(&time, then_ms);
    shoptime_drained(&time);
    shoptime_taken(&time, then_ms - HOUR_MS, false); /* of a backlog */
    assert_about(&time, then_ms);
    time.drained_us -= 60 * INT64_C(1000000); /* the process stood still, and the record waited */
    shoptime_taken(&time, then_ms - HOUR_MS, true);
    assert_about(&time, then_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(before_the_database_was_asked_it_is_our_own),
                                       cmocka_unit_test(without_a_new_record_it_is_the_databases),
                                       cmocka_unit_test(a_database_that_is_ahead_makes_nothing_ring_early),
                                       cmocka_unit_test(nor_does_a_broker_that_is_ahead),
                                       cmocka_unit_test(a_clock_that_is_put_right_is_believed_again),
                                       cmocka_unit_test(an_old_record_says_nothing)};

    return cmocka_run_group_tests_name("shoptime", tests, NULL, NULL);
}
