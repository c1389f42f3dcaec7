/* rates_note_test.c - a page says of which day its exchange rates are, and when that was long ago. */
/* links: gateway/rates_note.c msg base */
#include "gateway/rates_note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define NOW_MS (INT64_C(1795392000) * 1000) /* 2026-11-23, midnight */

static struct arena arena;

static void expect(struct str currency, const char *usd_day, const char *day, const char *sentence)
{
    const struct rate items[] = {{.currency = STR("USD"), .digits = 11, .scale = 1, .as_of = str_of(usd_day)},
                                 {.currency = STR("EUR"), .digits = 1},
                                 {.currency = STR("RUB"), .digits = 70, .as_of = str_of(day)}};
    const struct rates_updated rates = {.base = STR("EUR"), .version = 1, .rates = {items, 3}};
    struct str note = rates_note(&rates, currency, NOW_MS, &arena);

    if (!str_is(note, sentence))
        fail_msg(STR_FMT " instead of %s", STR_ARG(note), sentence);
    arena_clear(&arena);
}

static void names_the_older_day_of_the_two_rates(void **state)
{
    (void)state;
    expect(STR("RUB"), "2026-11-20", "2026-11-20", "Exchange rates of 20 November 2026.");
    expect(STR("EUR"), "2026-11-20", "", "Exchange rates of 20 November 2026.");
    expect(STR("RUB"), "2026-11-20", "2026-11-19", "Exchange rates of 19 November 2026.");
    expect(STR("RUB"), "2026-11-19", "2026-11-20", "Exchange rates of 19 November 2026.");
}

static void says_when_that_day_is_long_ago_and_when_there_is_none(void **state)
{
    (void)state;
    expect(STR("RUB"), "2026-11-20", "2026-11-17", "Exchange rates of 17 November 2026.");
    expect(STR("RUB"), "2026-11-20", "2026-11-16", "Exchange rates are old: of 16 November 2026.");
    expect(STR("RUB"), "2026-11-20", "2022-03-01", "Exchange rates are old: of 1 March 2022.");
    expect(STR("RUB"), "2026-11-20", "", "Prices in RUB are converted at built-in rates, of no particular day.");
    expect(STR("EUR"), "", "", "Prices in EUR are converted at built-in rates, of no particular day.");
    expect(STR("RUB"), "soon", "soon", "Prices in RUB are converted at built-in rates, of no particular day.");
}

static void says_nothing_where_nothing_is_converted(void **state)
{
    (void)state;
    expect(STR("USD"), "2022-03-01", "", "");
    assert_int_equal(rates_note(NULL, STR("EUR"), NOW_MS, &arena).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_older_day_of_the_two_rates),
        cmocka_unit_test(says_when_that_day_is_long_ago_and_when_there_is_none),
        cmocka_unit_test(says_nothing_where_nothing_is_converted),
    };
    int failed;

    arena_init(&arena);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
