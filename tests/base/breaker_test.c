/* breaker_test.c - a circuit breaker opens after failures in a row, tries one ask after its pause, and hears no stale news. */
/* links: base */
#include "base/breaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct breaker_limits limits = {.failures = 3, .pause_ms = 1000, .pause_longest_ms = 5000};

static struct breaker breaker;

static int begin(void **state)
{
    (void)state;
    breaker_init(&breaker, &limits);
    return 0;
}

static void fail_at(int64_t now_ms, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        breaker_report(&breaker, breaker_permit(&breaker, now_ms), false, now_ms);
}

static void lets_everybody_ask_while_closed(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        assert_true(breaker_permit(&breaker, 0) > 0);
    assert_int_equal(breaker_wait_ms(&breaker, 0), 0);
}

static void opens_after_so_many_failures_in_a_row_and_no_fewer(void **state)
{
    (void)state;
    fail_at(0, 2);
    assert_false(breaker_report(&breaker, breaker_permit(&breaker, 0), true, 0));
    fail_at(0, 2);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    assert_true(breaker_report(&breaker, breaker_permit(&breaker, 0), false, 0));
    assert_int_equal(breaker.state, BREAKER_OPEN);
    assert_int_equal(breaker_permit(&breaker, 999), 0);
    assert_int_equal(breaker_wait_ms(&breaker, 400), 600);
}

static void tries_one_ask_after_its_pause(void **state)
{
    uint64_t permit;

    (void)state;
    fail_at(0, 3);
    permit = breaker_permit(&breaker, 1000);
    assert_true(permit > 0);
    assert_int_equal(breaker.state, BREAKER_HALF_OPEN);
    assert_int_equal(breaker_permit(&breaker, 1000000), 0);
    assert_int_equal(breaker_wait_ms(&breaker, 1000000), -1);
    assert_true(breaker_report(&breaker, permit, true, 1100));
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    assert_true(breaker_permit(&breaker, 1100) > 0);
}

static void waits_twice_as_long_after_each_vain_try_up_to_the_longest(void **state)
{
    static const int64_t pauses_ms[] = {1000, 2000, 4000, 5000, 5000};
    int64_t now_ms = 0;

    (void)state;
    fail_at(now_ms, 3);
    for (size_t i = 0; i < sizeof(pauses_ms) / sizeof(pauses_ms[0]); i++) {
        assert_int_equal(breaker_wait_ms(&breaker, now_ms), pauses_ms[i]);
        now_ms += pauses_ms[i];
        fail_at(now_ms, 1);
    }
    now_ms += 5000;
    assert_true(breaker_report(&breaker, breaker_permit(&breaker, now_ms), true, now_ms));
    fail_at(now_ms, 3);
    assert_int_equal(breaker_wait_ms(&breaker, now_ms), 1000); /* as if nothing had been */
}

static void passes_over_reports_of_another_era(void **state)
{
    uint64_t early = breaker_permit(&breaker, 0), probe;

    (void)state;
    fail_at(0, 3);
    assert_false(breaker_report(&breaker, early, true, 10)); /* it was asked before the trouble began */
    assert_int_equal(breaker.state, BREAKER_OPEN);
    probe = breaker_permit(&breaker, 1000);
    assert_false(breaker_report(&breaker, early, false, 1001));
    assert_int_equal(breaker.state, BREAKER_HALF_OPEN);
    assert_true(breaker_report(&breaker, probe, true, 1002));
    for (int i = 0; i < 10; i++)
        assert_false(breaker_report(&breaker, early, false, 1003));
    assert_int_equal(breaker.state, BREAKER_CLOSED);
}

static void a_permit_that_was_not_used_is_another_s(void **state)
{
    uint64_t permit;

    (void)state;
    fail_at(0, 3);
    permit = breaker_permit(&breaker, 1000);
    breaker_give_back(&breaker, permit);
    assert_int_equal(breaker_permit(&breaker, 1000), permit);
}

/* A destination that is up and down as it likes, asks that are answered in any order: against a model that knows only the
 * promises. */
static void keeps_its_promises_whatever_comes_in_which_order(void **state)
{
    enum { OUT_MAX = 16 };
    unsigned seed = 7;
    int64_t now_ms = 0, opened_ms = -1;
    uint64_t out[OUT_MAX];
    size_t count = 0, opened = 0, closed = 0;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        enum breaker_state before = breaker.state;
        bool up = i / 500 % 2 == 0;

        now_ms += rand_r(&seed) % 50;
        if (rand_r(&seed) % 2 && count < OUT_MAX) {
            uint64_t permit = breaker_permit(&breaker, now_ms);

            if (permit)
                out[count++] = permit;
            assert_true(permit == 0 || before != BREAKER_OPEN || now_ms >= opened_ms + limits.pause_ms);
            assert_true(permit == 0 || before != BREAKER_HALF_OPEN);
        } else if (count > 0) {
            size_t which = (size_t)rand_r(&seed) % count;
            bool stale = out[which] != breaker.era, changed;

            changed = breaker_report(&breaker, out[which], up, now_ms);
            out[which] = out[--count];
            assert_false(stale && changed);
            opened += changed && breaker.state == BREAKER_OPEN;
            closed += changed && breaker.state == BREAKER_CLOSED;
            if (changed && breaker.state == BREAKER_OPEN)
                opened_ms = now_ms;
        }
    }
    assert_true(opened > 100 && closed > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(lets_everybody_ask_while_closed, begin),
        cmocka_unit_test_setup(opens_after_so_many_failures_in_a_row_and_no_fewer, begin),
        cmocka_unit_test_setup(tries_one_ask_after_its_pause, begin),
        cmocka_unit_test_setup(waits_twice_as_long_after_each_vain_try_up_to_the_longest, begin),
        cmocka_unit_test_setup(passes_over_reports_of_another_era, begin),
        cmocka_unit_test_setup(a_permit_that_was_not_used_is_another_s, begin),
        cmocka_unit_test_setup(keeps_its_promises_whatever_comes_in_which_order, begin),
    };

    return cmocka_run_group_tests_name("circuit breaker", tests, NULL, NULL);
}
