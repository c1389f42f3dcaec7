/* currency_test.c - rates are told once, exactly, and again only when they change; the bank is believed as far as it goes. */
/* links: services/currency/currency.c services/currency/offer.c services/currency/rates.c tests/rehearsal msg base */
#include "services/currency/currency.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/rehearsal/rehearsal.h"

static const struct str base = STR_INIT(CURRENCY_BASE);
static struct rehearsal r;
static struct currency_settings settings;

enum { HOUR_MS = 3600 * 1000, MINUTE_MS = 60 * 1000 };

static int begin_without_bank(void **state)
{
    (void)state;
    settings = (struct currency_settings){.url = "",
                                          .ca = "",
                                          .period_ms = 6 * HOUR_MS,
                                          .retry_ms = 5 * MINUTE_MS,
                                          .timeout_ms = 10000,
                                          .jump_percent = 20};
    rehearsal_init(&r, &currency_rules, NULL, &settings);
    rehearsal_play(&r, &(struct play){.type = MSG_RATES_DUE, .key = base});
    return 0;
}

static int begin(void **state)
{
    begin_without_bank(state);
    settings.url = "https://bank.example/rates.xml";
    rehearsal_ring(&r, MSG_RATES_DUE, base);
    return 0;
}

/* Whatever became of it in a test, a fold comes to the same. */
static int end(void **state)
{
    const struct currency *was = rehearsal_row(&r, base), *is;

    (void)state;
    rehearsal_fold(&r);
    is = rehearsal_row(&r, base);
    assert_int_equal(is->row.state, CURRENCY_TOLD);
    assert_int_equal(is->version, was->version);
    assert_true(str_equal(is->rates, was->rates));
    assert_true(str_equal(is->held, was->held));
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

static void is_silent_without_a_bank_but_looks_again(void **state)
{
    (void)state;
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(rehearsal_due(&r, MSG_RATES_DUE, base), REHEARSAL_START_MS + (int64_t)i * 5 * MINUTE_MS);
        rehearsal_ring(&r, MSG_RATES_DUE, base);
    }
    assert_int_equal(rehearsal_said(&r, MSG_RATES_UPDATED), 1);
    assert_int_equal(rehearsal_asked(&r, MSG_FETCH_RATES), 0);
    assert_int_equal(rehearsal_state(&r, base), CURRENCY_TOLD);
}

static void gives_another_table_the_next_version(void **state)
{
    struct currency *row = (struct currency *)(uintptr_t)rehearsal_row(&r, base);
    struct rates_updated other = {.base = base, .rates = {currency_built_in().items, 5}};
    const struct rates_updated *told;

    (void)state;
    row->rates = record_encode(RECORD_RATES_UPDATED, &other, &r.arena); /* as if an older program had told it */
    rehearsal_ring(&r, MSG_RATES_DUE, base);
    told = rehearsal_last(&r, MSG_RATES_UPDATED);
    assert_int_equal(told->version, 2);
    assert_int_equal(told->rates.count, 33);
    rehearsal_ring(&r, MSG_RATES_DUE, base);
    assert_int_equal(rehearsal_said(&r, MSG_RATES_UPDATED), 2);
}

/* --- the bank ----------------------------------------------------------------------------------------------------- */

/* What the bank says of some currencies, from the start of the rehearsal's calendar on. */
static void bank_says(int day, const struct rate *rates, size_t count)
{
    struct str as_of = currency_day(REHEARSAL_START_MS + (int64_t)day * 24 * HOUR_MS, &r.arena);

    rehearsal_hear(&r, MSG_RATES_FETCHED,
                   &(struct rates_fetched){
                       .base = base, .outcome = FETCH_OUTCOME_FETCHED, .as_of = as_of, .rates = {rates, count}},
                   NULL);
}

static void bank_says_usd(int day, int64_t digits)
{
    struct rate rate = {.currency = STR("USD"), .digits = digits, .scale = 4};

    bank_says(day, &rate, 1);
}

static void bank_fails(enum fetch_outcome outcome)
{
    struct rates_fetched body = {.base = base, .outcome = outcome, .detail = STR("It is away.")};

    rehearsal_hear(&r, MSG_RATES_FETCHED, &body, NULL);
}

static const struct rate *told_rate(const char *currency)
{
    const struct rates_updated *told = rehearsal_last(&r, MSG_RATES_UPDATED);

    return currency_find(told->rates, str_of(currency));
}

static void expect_usd(int64_t version, int64_t digits)
{
    assert_int_equal(((const struct rates_updated *)rehearsal_last(&r, MSG_RATES_UPDATED))->version, version);
    assert_int_equal(told_rate("USD")->digits, digits);
}

static void asks_the_bank_and_takes_over_what_it_lists(void **state)
{
    static const struct rate rates[] = {{.currency = STR_INIT("USD"), .digits = 11600, .scale = 4},
                                        {.currency = STR_INIT("JPY"), .digits = 180, .scale = 0},
                                        {.currency = STR_INIT("XYZ"), .digits = 5, .scale = 0}};
    const struct fetch_rates *asked = rehearsal_last_asked(&r, MSG_FETCH_RATES);
    const struct rates_updated *told;

    (void)state;
    assert_int_equal(rehearsal_state(&r, base), CURRENCY_ASKING);
    assert_int_equal(asked->known.count, 33);
    assert_int_equal(asked->known_as_of.len, 0);
    bank_says(0, rates, 3);
    told = rehearsal_last(&r, MSG_RATES_UPDATED);
    assert_int_equal(told->version, 2);
    assert_int_equal(told->source, RATES_SOURCE_REFERENCE_BANK);
    assert_int_equal(told->rates.count, 33);
    assert_int_equal(told_rate("JPY")->digits, 180);
    assert_true(str_equal(told_rate("JPY")->as_of, told->as_of) && told->as_of.len == 10);
    assert_int_equal(told_rate("RUB")->as_of.len, 0); /* not listed: built in, and it shows */
    assert_int_equal(told_rate("RUB")->digits, 744208);
    assert_null(told_rate("XYZ"));
    assert_int_equal(rehearsal_due(&r, MSG_FETCH_OVERDUE, base), INT64_MIN);
    assert_int_equal(rehearsal_due(&r, MSG_RATES_DUE, base), r.now_ms + 6 * HOUR_MS);
}

static void the_same_rates_again_are_no_news_and_those_of_a_day_that_a_later_one_lacks_stay(void **state)
{
    static const struct rate both[] = {{.currency = STR_INIT("USD"), .digits = 11600, .scale = 4},
                                       {.currency = STR_INIT("GBP"), .digits = 870, .scale = 3}};

    (void)state;
    bank_says(-1, both, 2);
    rehearsal_ring(&r, MSG_RATES_DUE, base);
    bank_says(-1, both, 2);
    assert_int_equal(rehearsal_said(&r, MSG_RATES_UPDATED), 2);
    rehearsal_ring(&r, MSG_RATES_DUE, base);
    bank_says(0, both, 1);
    assert_int_equal(rehearsal_said(&r, MSG_RATES_UPDATED), 3);
    assert_int_equal(told_rate("GBP")->digits, 870);
    assert_int_equal(str_compare(told_rate("GBP")->as_of, told_rate("USD")->as_of) < 0, 1);
}

static void a_jump_is_held_back_and_said_once_while_the_others_come_into_force(void **state)
{
    static const struct rate good[] = {{.currency = STR_INIT("USD"), .digits = 11600, .scale = 4},
                                       {.currency = STR_INIT("GBP"), .digits = 870, .scale = 3}};
    static const struct rate absurd[] = {{.currency = STR_INIT("USD"), .digits = 116000, .scale = 4},
                                         {.currency = STR_INIT("GBP"), .digits = 880, .scale = 3}};
    const struct rates_held *held;

    (void)state;
    bank_says(-1, good, 2);
    for (int i = 0; i < 3; i++) {
        rehearsal_ring(&r, MSG_RATES_DUE, base);
        bank_says(0, absurd, 2);
    }
    expect_usd(3, 11600);
    assert_int_equal(told_rate("GBP")->digits, 880);
    assert_int_equal(rehearsal_said(&r, MSG_RATES_HELD), 1);
    held = rehearsal_last(&r, MSG_RATES_HELD);
    assert_true(str_is(held->offered.currency, "USD"));
    assert_int_equal(held->offered.digits, 116000);
    assert_int_equal(held->known.digits, 11600);
    assert_non_null(memmem(held->reason.ptr, held->reason.len, "11.6000", 7));
    rehearsal_ring(&r, MSG_RATES_DUE, base);
    bank_says(1, absurd, 2); /* of another day: news for the keeper */
    assert_int_equal(rehearsal_said(&r, MSG_RATES_HELD), 2);
    expect_usd(4, 11600);
}

static void the_limit_is_where_it_is_said_to_be(void **state)
{
    (void)state;
    bank_says_usd(-3, 10000);
    bank_says_usd(-2, 12000); /* 20 % */
    expect_usd(3, 12000);
    bank_says_usd(-1, 10000); /* and back: the same factor */
    expect_usd(4, 10000);
    bank_says_usd(0, 12001);
    assert_int_equal(rehearsal_said(&r, MSG_RATES_HELD), 1);
    bank_says_usd(0, 8333);
    assert_int_equal(rehearsal_said(&r, MSG_RATES_HELD), 2);
    assert_int_equal(told_rate("USD")->digits, 10000);
}

static void built_in_rates_are_left_in_one_step_but_not_for_anything(void **state)
{
    (void)state;
    bank_says_usd(-1, 11305 * 20 + 1);
    assert_int_equal(rehearsal_said(&r, MSG_RATES_HELD), 1);
    assert_int_equal(told_rate("USD")->digits, 11305);
    bank_says_usd(0, 11305 * 8);
    assert_int_equal(told_rate("USD")->digits, 11305 * 8);
}

/* --- the keeper's word ---------------------------------------------------------------------------------------------- */

static void keeper_accepts(const char *currency, int64_t digits, struct str as_of)
{
    struct rate offered = {.currency = str_of(currency), .digits = digits, .scale = 4, .as_of = as_of};

    rehearsal_hear(&r, MSG_ACCEPT_RATE, &(struct accept_rate){.base = base, .offered = offered}, NULL);
}

static void a_keeper_lets_a_jump_through_and_it_stays(void **state)
{
    struct str today = currency_day(REHEARSAL_START_MS, &r.arena);

    (void)state;
    bank_says_usd(-1, 11600);
    bank_says_usd(0, 116000);
    expect_usd(3, 11600); /* another day, the same rate */
    keeper_accepts("USD", 116000, today);
    expect_usd(4, 116000);
    assert_true(str_equal(told_rate("USD")->as_of, today));
    assert_int_equal(((const struct rate_accepted *)rehearsal_last(&r, MSG_RATE_ACCEPTED))->known.digits, 11600);
    keeper_accepts("USD", 116000, today); /* nothing is held back any more */
    assert_int_equal(rehearsal_said(&r, MSG_RATES_COMMAND_REFUSED), 1);
    rehearsal_ring(&r, MSG_RATES_DUE, base);
    bank_says_usd(0, 116000);
    assert_int_equal(rehearsal_said(&r, MSG_RATES_HELD), 1);
    expect_usd(4, 116000);
}

static void a_keeper_lets_nothing_through_that_was_not_looked_at(void **state)
{
    static const struct rate both[] = {{.currency = STR_INIT("USD"), .digits = 116000, .scale = 4},
                                       {.currency = STR_INIT("GBP"), .digits = 880000, .scale = 4}};
    struct str today;

    (void)state;
    rehearsal_clear(&r);
    today = currency_day(REHEARSAL_START_MS, &r.arena);
    keeper_accepts("USD", 11600, today); /* before any rate was told */
    assert_int_equal(rehearsal_state(&r, base), CURRENCY_SILENT);
    rehearsal_play(&r, &(struct play){.type = MSG_RATES_DUE, .key = base});
    bank_says_usd(-2, 11600);
    bank_says(0, both, 2);
    keeper_accepts("USD", 116001, today);
    keeper_accepts("USD", 116000, STR("2020-01-01"));
    keeper_accepts("JPY", 116000, today);
    assert_int_equal(rehearsal_said(&r, MSG_RATES_COMMAND_REFUSED), 4);
    expect_usd(3, 11600);
    rehearsal_ring(&r, MSG_RATES_DUE, base);
    keeper_accepts("GBP", 880000, today); /* the other one is held back still, and can follow */
    keeper_accepts("USD", 116000, today);
    assert_int_equal(told_rate("GBP")->digits, 880000);
    expect_usd(5, 116000);
    assert_int_equal(((const struct currency *)rehearsal_row(&r, base))->held.len, 0);
}

static void days_that_are_over_and_days_to_come_change_nothing(void **state)
{
    (void)state;
    bank_says_usd(0, 11600);
    expect_usd(2, 11600);
    bank_says_usd(-1, 11700);
    bank_says_usd(2, 11700);
    expect_usd(2, 11600);
    bank_says_usd(1, 11700); /* where the day has begun already */
    expect_usd(3, 11700);
}

static void a_bank_that_is_away_is_asked_again_less_and_less_often(void **state)
{
    static const int minutes[] = {5, 10, 20, 40, 80, 160, 320, 360, 360};

    (void)state;
    for (size_t i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++) {
        bank_fails(i % 2 ? FETCH_OUTCOME_REFUSED : FETCH_OUTCOME_UNREACHABLE);
        assert_int_equal(rehearsal_state(&r, base), CURRENCY_TOLD);
        assert_int_equal(rehearsal_due(&r, MSG_RATES_DUE, base) - r.now_ms, (int64_t)minutes[i] * MINUTE_MS);
        rehearsal_ring(&r, MSG_RATES_DUE, base);
        assert_int_equal(rehearsal_state(&r, base), CURRENCY_ASKING);
    }
    assert_int_equal(rehearsal_said(&r, MSG_RATES_UPDATED), 1);
    bank_says_usd(0, 11600);
    rehearsal_ring(&r, MSG_RATES_DUE, base);
    bank_fails(FETCH_OUTCOME_UNREACHABLE);
    assert_int_equal(rehearsal_due(&r, MSG_RATES_DUE, base) - r.now_ms, 5 * MINUTE_MS);
    expect_usd(2, 11600);
}

static void a_question_that_was_lost_is_asked_again_and_two_answers_are_one(void **state)
{
    (void)state;
    rehearsal_ring(&r, MSG_FETCH_OVERDUE, base);
    assert_int_equal(rehearsal_asked(&r, MSG_FETCH_RATES), 2);
    rehearsal_play(&r, &(struct play){.type = MSG_RATES_DUE, .key = base}); /* of an earlier life: it is being asked */
    assert_int_equal(rehearsal_asked(&r, MSG_FETCH_RATES), 2);
    bank_says_usd(0, 11600);
    bank_says_usd(0, 11600);
    expect_usd(2, 11600);
    assert_int_equal(rehearsal_said(&r, MSG_RATES_UPDATED), 2);
}

static void a_bank_that_is_taken_away_leaves_the_rates_that_it_gave(void **state)
{
    (void)state;
    bank_says_usd(0, 11600);
    settings.url = "";
    rehearsal_ring(&r, MSG_RATES_DUE, base);
    assert_int_equal(rehearsal_state(&r, base), CURRENCY_TOLD);
    expect_usd(2, 11600);
    assert_true(rehearsal_due(&r, MSG_RATES_DUE, base) > r.now_ms);
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
        cmocka_unit_test_setup_teardown(tells_all_33_rates_to_the_last_digit, begin_without_bank, end),
        cmocka_unit_test_setup_teardown(is_silent_without_a_bank_but_looks_again, begin_without_bank, end),
        cmocka_unit_test_setup_teardown(gives_another_table_the_next_version, begin_without_bank, end),
        cmocka_unit_test_setup_teardown(asks_the_bank_and_takes_over_what_it_lists, begin, end),
        cmocka_unit_test_setup_teardown(the_same_rates_again_are_no_news_and_those_of_a_day_that_a_later_one_lacks_stay,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_jump_is_held_back_and_said_once_while_the_others_come_into_force, begin, end),
        cmocka_unit_test_setup_teardown(the_limit_is_where_it_is_said_to_be, begin, end),
        cmocka_unit_test_setup_teardown(built_in_rates_are_left_in_one_step_but_not_for_anything, begin, end),
        cmocka_unit_test_setup_teardown(a_keeper_lets_a_jump_through_and_it_stays, begin, end),
        cmocka_unit_test_setup_teardown(a_keeper_lets_nothing_through_that_was_not_looked_at, begin, end),
        cmocka_unit_test_setup_teardown(days_that_are_over_and_days_to_come_change_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_bank_that_is_away_is_asked_again_less_and_less_often, begin, end),
        cmocka_unit_test_setup_teardown(a_question_that_was_lost_is_asked_again_and_two_answers_are_one, begin, end),
        cmocka_unit_test_setup_teardown(a_bank_that_is_taken_away_leaves_the_rates_that_it_gave, begin, end),
        cmocka_unit_test(has_a_rule_for_everything_and_ran_them_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
