/* catalog_chaos_test.c - the catalogue's slow-down waits before each step, and is refused when it would end the process. */
/* links: services/catalog/chaos.c services/lib/run/metrics.c base */
#include "services/catalog/chaos.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <event2/event.h>

#include "base/clock.h"
#include "run/run.h"

static struct event_base *loop;

struct event_base *run_base(struct run *run)
{
    (void)run;
    return loop;
}

static int end(void **state)
{
    (void)state;
    chaos_close(NULL);
    event_base_free(loop);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    chaos_settings = (struct chaos_settings){.file = "services/catalog/catalog.json"};
    loop = event_base_new();
    return loop ? 0 : -1;
}

static void waits_before_each_step(void **state)
{
    int64_t began_us;

    (void)state;
    chaos_settings.latency_ms = 30;
    assert_int_equal(chaos_open(NULL, NULL), ST_OK);
    began_us = clock_steady_us();
    chaos_before_step(1);
    chaos_before_step(500);
    assert_true(clock_steady_us() - began_us >= 60 * 1000);
}

static void refuses_to_stand_still_for_too_long(void **state)
{
    struct err err;

    (void)state;
    chaos_settings.latency_ms = CHAOS_LATENCY_MOST_MS + 1;
    assert_int_equal(chaos_open(NULL, &err), ST_FATAL);
    assert_string_equal(err.text, "APP_EXTRA_LATENCY must be at most 20s");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(waits_before_each_step),
        TEST(refuses_to_stand_still_for_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
