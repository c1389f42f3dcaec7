/* currency_test.c - rates are told once, exactly, and again only when they change. */
/* links: services/currency tests/rehearsal msg base */
#include "services/currency/currency.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/rehearsal/rehearsal.h"

static const struct str base = STR_INIT(CURRENCY_BASE);
static struct rehearsal r;

static int begin(void **state)
{
    (void)state;
    rehearsal_init(&r, &currency_rules, NULL, NULL);
    rehearsal_play(&r, &(struct play){.type = MSG_RATES_DUE, .key = base});
    return 0;
}

static int end(void **state)
{
    (void)state;
    rehearsal_release(&r);
    return 0;
}

/* As they are written in the original's table. */
static const struct {
    const char *currency, *rate;
} published[] = {
    {"EUR", "1"},       {"USD", "1.1305"},  {"JPY", "126.40"},   {"BGN", "1.9558"}, {"CZK", "25.592"},
    {"DKK", "7.4609"},  {"GBP", "0.85970"}, {"HUF", "315.51"},   {"PLN", "4.2996"}, {"RON", "4.7463"},
    {"SEK", "10.5375"}, {"CHF", "1.1360"},  {"ISK", "136.80"},   {"NOK", "9.8040"}, {"HRK", "7.4210"},
    {"RUB", "74.4208"}, {"TRY", "6.1247"},  {"AUD", "1.6072"},   {"BRL", "4.2682"}, {"CAD", "1.5128"},
    {"CNY", "7.5857"},  {"HKD", "8.8743"},  {"IDR", "15999.40"}, {"ILS", "4.0875"}, {"INR", "79.4320"},
    {"KRW", "1275.05"}, {"MXN", "21.7999"}, {"MYR", "4.6289"},   {"NZD", "1.6679"}, {"PHP", "59.083"},
    {"SGD", "1.5349"},  {"THB", "36.012"},  {"ZAR", "16.0583"},
};

static void tells_all_33_rates_to_the_last_digit(void **state)
{
    const struct rates_updated *told = rehearsal_last(&r, MSG_RATES_UPDATED);

    (void)state;
    assert_non_null(told);
    assert_true(str_equal(told->base, base));
    assert_int_equal(told->version, 1);
    assert_int_equal(told->source, RATES_SOURCE_BUILT_IN);
    assert_int_equal(told->rates.count, 33);
    for (size_t i = 0; i < 33; i++) {
        const char *point = strchr(published[i].rate, '.');
        int64_t digits = 0;

        for (const char *at = published[i].rate; *at; at++)
            if (*at != '.')
                digits = digits * 10 + *at - '0';
        assert_true(str_is(told->rates.items[i].currency, published[i].currency));
        assert_int_equal(told->rates.items[i].digits, digits);
        assert_int_equal(told->rates.items[i].scale, point ? strlen(point + 1) : 0);
    }
}

static void is_silent_while_nothing_changes_but_looks_again(void **state)
{
    (void)state;
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(rehearsal_due(&r, MSG_RATES_DUE, base), REHEARSAL_START_MS + (int64_t)i * CURRENCY_REFRESH_MS);
        rehearsal_ring(&r, MSG_RATES_DUE, base);
    }
    assert_int_equal(rehearsal_said(&r, MSG_RATES_UPDATED), 1);
    assert_int_equal(rehearsal_state(&r, base), CURRENCY_TOLD);
}

static void gives_another_table_the_next_version(void **state)
{
    struct currency *row = (struct currency *)(uintptr_t)rehearsal_row(&r, base);
    const struct rates_updated *told;

    (void)state;
    row->rates.len--; /* as if an older program had told another table */
    rehearsal_ring(&r, MSG_RATES_DUE, base);
    told = rehearsal_last(&r, MSG_RATES_UPDATED);
    assert_int_equal(told->version, 2);
    rehearsal_ring(&r, MSG_RATES_DUE, base);
    assert_int_equal(rehearsal_said(&r, MSG_RATES_UPDATED), 2);
}

static void has_a_rule_for_everything_and_ran_them_all(void **state)
{
    (void)state;
    rehearsal_is_total(&currency_rules);
    rehearsal_all_rules_ran(&currency_rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_all_33_rates_to_the_last_digit, begin, end),
        cmocka_unit_test_setup_teardown(is_silent_while_nothing_changes_but_looks_again, begin, end),
        cmocka_unit_test_setup_teardown(gives_another_table_the_next_version, begin, end),
        cmocka_unit_test(has_a_rule_for_everything_and_ran_them_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
