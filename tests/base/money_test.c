/* money_test.c - conversions agree with the original shop to the displayed digit, and with arithmetic beyond it. */
/* links: base */
#include "base/money.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct named_rate {
    const char *code;
    struct money_rate rate;
};

/* Units for one euro, as the original's table has them; the first six are those that its shoppers can choose. */
static const struct named_rate rates[] = {
    {"USD", {11305, 4}}, {"EUR", {1, 0}},     {"CAD", {15128, 4}},  {"JPY", {12640, 2}},
    {"GBP", {85970, 5}}, {"TRY", {61247, 4}}, {"KRW", {127505, 2}}, {"IDR", {1599940, 2}},
    {"HUF", {31551, 2}}, {"ISK", {13680, 2}}, {"CHF", {11360, 4}},
};
enum { RATES = sizeof(rates) / sizeof(rates[0]), SHOWN = 6 };

static int64_t convert(int64_t amount, const struct named_rate *from, const struct named_rate *to)
{
    int64_t result = INT64_MIN;
    struct err err = {""};

    if (money_convert(amount, str_of(from->code), from->rate, str_of(to->code), to->rate, &result, &err) != ST_OK)
        fail_msg("%s", err.text);
    return result;
}

/* A repeatable walk over numbers of all sizes. */
static int64_t next_amount(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)(*seed >> 20) >> (*seed % 40);
}

/* The prices in dollars and what the original's own code made of them: units, nanos. */
static const struct {
    const char *products;
    int64_t cents;
    struct {
        int64_t units, nanos;
    } shown[SHOWN];
} golden[] = {
    {"OLJCESPC7Z",
     1999,
     {{19, 990000000}, {17, 682441398}, {26, 749997346}, {2235, 60592707}, {15, 201594869}, {108, 299648830}}},
    {"66VCHSJNUP 0PUK6V6EV0",
     1899,
     {{18, 990000000}, {16, 797877046}, {25, 411828395}, {2123, 251658614}, {14, 441134896}, {102, 881957543}}},
    {"1YMWWN1N4O",
     10999,
     {{109, 990000000}, {97, 293233083}, {147, 185203007}, {12297, 864661691}, {83, 642992481}, {595, 891864663}}},
    {"L9ECAV7KIM",
     8999,
     {{89, 990000000}, {79, 601946042}, {120, 421823972}, {10061, 685979708}, {68, 433793012}, {487, 538038923}}},
    {"2ZYFJ3GM2N",
     2499,
     {{24, 990000000}, {22, 105263158}, {33, 440842105}, {2794, 105263171}, {19, 3894736}, {135, 388105263}}},
    {"LS4PSXUNUM",
     1849,
     {{18, 490000000}, {16, 355594870}, {24, 742743919}, {2067, 347191568}, {14, 60904909}, {100, 173111900}}},
    {"9SIQT8TOJO",
     549,
     {{5, 490000000}, {4, 856258293}, {7, 346547545}, {613, 831048235}, {4, 174925254}, {29, 743125167}}},
    {"6E92ZMYYFZ, shipping",
     899,
     {{8, 990000000}, {7, 952233525}, {12, 30138876}, {1005, 162317560}, {6, 836535161}, {48, 705044670}}},
};

static void shows_the_digits_of_the_original_for_every_product_and_currency(void **state)
{
    (void)state;
    for (size_t row = 0; row < sizeof(golden) / sizeof(golden[0]); row++)
        for (size_t to = 0; to < SHOWN; to++) {
            bool decimals = money_exponent(str_of(rates[to].code)) == 2;
            int64_t want = decimals ? golden[row].shown[to].units * 100 + golden[row].shown[to].nanos / 10000000
                                    : golden[row].shown[to].units;

            if (convert(golden[row].cents, &rates[0], &rates[to]) != want)
                fail_msg("%s in %s", golden[row].products, rates[to].code);
        }
}

static void leaves_an_amount_alone_in_its_own_currency(void **state)
{
    int64_t result = 0;
    struct money_rate none = {0, 0};

    (void)state;
    assert_int_equal(money_convert(INT64_MAX, STR("USD"), none, STR("USD"), none, &result, NULL), ST_OK);
    assert_int_equal(result, INT64_MAX);
}

static void refuses_a_currency_without_a_rate_even_for_nothing(void **state)
{
    static const struct money_rate bad[] = {{0, 0}, {-1, 2}, {1, -1}, {1, 10}};
    int64_t result = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(money_convert(0, STR("USD"), rates[0].rate, STR("KWD"), bad[i], &result, NULL), ST_REJECT);
        assert_int_equal(money_convert(899, STR("KWD"), bad[i], STR("USD"), rates[0].rate, &result, NULL), ST_REJECT);
    }
    assert_int_equal(result, 7);
}

static void mirrors_the_sign_and_keeps_the_order(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        const struct named_rate *from = &rates[seed % RATES], *to = &rates[(seed >> 8) % RATES];
        int64_t amount = next_amount(&seed) >> 12;

        assert_true(convert(-amount, from, to) == -convert(amount, from, to));
        assert_true(convert(amount, from, to) <= convert(amount + 1, from, to));
    }
}

/* There and back never gains, and loses less than one unit of the way plus one of its own. */
static void comes_back_from_a_round_trip_within_one_unit(void **state)
{
    uint64_t seed = 2;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        const struct named_rate *from = &rates[seed % RATES], *to = &rates[(seed >> 8) % RATES];
        int64_t amount = (int64_t)((uint64_t)next_amount(&seed) >> 24);
        int64_t back = convert(convert(amount, from, to), to, from);

        assert_true(back <= amount);
        assert_true(amount - back <= convert(1, to, from) + 2);
    }
}

static void refuses_what_does_not_fit_and_reaches_up_to_it(void **state)
{
    int64_t result = 7;

    (void)state;
    assert_int_equal(money_convert(INT64_MAX, STR("USD"), rates[0].rate, STR("TRY"), rates[5].rate, &result, NULL),
                     ST_REJECT);
    assert_int_equal(money_convert(INT64_MIN, STR("USD"), rates[0].rate, STR("TRY"), rates[5].rate, &result, NULL),
                     ST_REJECT);
    assert_int_equal(result, 7);
    /* The greatest that fits, exactly: two of A for one of B. */
    assert_int_equal(money_convert(INT64_MAX, STR("AAA"), (struct money_rate){2, 0}, STR("BBB"),
                                   (struct money_rate){1, 0}, &result, NULL),
                     ST_OK);
    assert_true(result == INT64_MAX / 2);
    assert_int_equal(money_convert(INT64_MAX / 2, STR("BBB"), (struct money_rate){1, 0}, STR("AAA"),
                                   (struct money_rate){2, 0}, &result, NULL),
                     ST_OK);
    assert_true(result == INT64_MAX - 1);
    /* The widest fraction: nothing on the way wraps. */
    (void)!money_convert(INT64_MAX, STR("BHD"), (struct money_rate){INT64_MAX - 24, 9}, STR("JPY"),
                         (struct money_rate){INT64_MAX - 1, 0}, &result, NULL);
    assert_int_equal(money_convert(INT64_MAX, STR("AAA"), (struct money_rate){1, 0}, STR("BBB"),
                                   (struct money_rate){INT64_MAX, 0}, &result, NULL),
                     ST_REJECT);
}

static void adds_and_multiplies_or_says_that_it_cannot(void **state)
{
    int64_t result = 7;

    (void)state;
    assert_true(money_add(2, 3, &result) && result == 5);
    assert_true(money_multiply(-4, 5, &result) && result == -20);
    assert_false(money_add(INT64_MAX, 1, &result));
    assert_false(money_add(INT64_MIN, -1, &result));
    assert_false(money_multiply(INT64_MAX, 2, &result));
    assert_false(money_multiply(INT64_MIN, -1, &result));
    assert_int_equal(result, -20);
}

static void writes_money_as_people_read_it(void **state)
{
    static const struct {
        int64_t amount;
        const char *currency, *text;
    } cases[] = {
        {123450, "USD", "$1,234.50"},
        {2235, "JPY", "¥2,235"},
        {-5, "EUR", "-€0.05"},
        {0, "GBP", "£0.00"},
        {999, "TRY", "₺9.99"},
        {100000, "CAD", "CA$1,000.00"},
        {123450, "AUD", "A$1,234.50"},
        {123450, "BGN", "1\u00a0234,50\u00a0лв."},
        {123450, "BRL", "R$\u00a01.234,50"},
        {123456789, "CHF", "CHF\u00a01’234’567.89"},
        {123450, "CNY", "CN¥1,234.50"},
        {123450, "CZK", "1\u00a0234,50\u00a0Kč"},
        {-123450, "DKK", "-1.234,50\u00a0kr."},
        {123450, "HKD", "HK$1,234.50"},
        {123450, "HRK", "1.234,50\u00a0kn"},
        {12345678, "HUF", "123\u00a0456,78\u00a0Ft"},
        {12345678, "IDR", "Rp123.456,78"},
        {123450, "ILS", "₪1,234.50"},
        {1234567890, "INR", "₹1,23,45,678.90"},
        {123450, "INR", "₹1,234.50"},
        {99, "INR", "₹0.99"},
        {1234, "ISK", "1.234\u00a0kr."},
        {1000000, "KRW", "₩1,000,000"},
        {999, "KRW", "₩999"},
        {123450, "MXN", "MX$1,234.50"},
        {123450, "MYR", "RM1,234.50"},
        {123450, "NOK", "1\u00a0234,50\u00a0kr"},
        {123450, "NZD", "NZ$1,234.50"},
        {123450, "PHP", "₱1,234.50"},
        {123450, "PLN", "1\u00a0234,50\u00a0zł"},
        {123450, "RON", "1.234,50\u00a0lei"},
        {123450, "RUB", "1\u00a0234,50\u00a0₽"},
        {123450, "SEK", "1\u00a0234,50\u00a0kr"},
        {123450, "SGD", "S$1,234.50"},
        {123450, "THB", "฿1,234.50"},
        {12345678, "ZAR", "R123\u00a0456,78"},
        {1234, "KWD", "KWD\u00a01.234"},
        {5, "CLF", "CLF\u00a00.0005"},
        {1, "NOSUCHCODE", "NOSUCHCO\u00a00.01"},
        {INT64_MIN, "USD", "-$92,233,720,368,547,758.08"},
        {INT64_MAX, "INR", "₹92,23,37,20,36,85,47,758.07"},
        {INT64_MIN, "RUB", "-92\u00a0233\u00a0720\u00a0368\u00a0547\u00a0758,08\u00a0₽"},
    };
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(money_text(cases[i].amount, str_of(cases[i].currency), &arena).ptr, cases[i].text);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_the_digits_of_the_original_for_every_product_and_currency),
        cmocka_unit_test(leaves_an_amount_alone_in_its_own_currency),
        cmocka_unit_test(refuses_a_currency_without_a_rate_even_for_nothing),
        cmocka_unit_test(mirrors_the_sign_and_keeps_the_order),
        cmocka_unit_test(comes_back_from_a_round_trip_within_one_unit),
        cmocka_unit_test(refuses_what_does_not_fit_and_reaches_up_to_it),
        cmocka_unit_test(adds_and_multiplies_or_says_that_it_cannot),
        cmocka_unit_test(writes_money_as_people_read_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
