/* payment_card_test.c - which cards may be charged: the original shop's vectors, and a card's last month. */
/* links: services/payment/card.c msg base */
#include "base/card.h"
#include "services/payment/payment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* 2026-07-31 23:59:59.999 UTC, and one millisecond later. */
static const int64_t end_of_july_ms = INT64_C(1785542399999), august_ms = INT64_C(1785542400000);

static struct card_check check(const char *number, int32_t year, int32_t month, int64_t at_ms)
{
    struct card card = {.number = str_of(number), .expires_year = year, .expires_month = month, .cvv = STR("672")};
    struct card_check result;

    card_check(&card, at_ms, &result);
    return result;
}

static void tells_brands_apart_as_the_original_does(void **state)
{
    static const struct {
        const char *number, *brand;
        enum decline_reason reason;
    } cases[] = {
        {"4432801561520454", "visa", DECLINE_REASON_UNKNOWN},
        {"4432-8015-6152-0454", "visa", DECLINE_REASON_UNKNOWN},
        {"4432 8015 6152 0454", "visa", DECLINE_REASON_UNKNOWN},
        {"4111111111111111", "visa", DECLINE_REASON_UNKNOWN},
        {"5272940000751666", "mastercard", DECLINE_REASON_UNKNOWN},
        {"4222222222222", "visa", DECLINE_REASON_CARD_INVALID},
        {"4508750015741019", "visa_electron", DECLINE_REASON_CARD_NOT_ACCEPTED},
        {"4917300800000000", "visa_electron", DECLINE_REASON_CARD_NOT_ACCEPTED},
        {"378282246310005", "amex", DECLINE_REASON_CARD_NOT_ACCEPTED},
        {"6011111111111117", "discover", DECLINE_REASON_CARD_NOT_ACCEPTED},
        {"3530111333300000", "jcb", DECLINE_REASON_CARD_NOT_ACCEPTED},
        {"30569309025904", "diners", DECLINE_REASON_CARD_NOT_ACCEPTED},
        {"2223003122003222", "", DECLINE_REASON_CARD_INVALID},
        {"4432801561520455", "visa", DECLINE_REASON_CARD_INVALID},
        {"", "", DECLINE_REASON_CARD_INVALID},
        {"0000000000000000", "", DECLINE_REASON_CARD_INVALID},
        {"44328015615204540000", "", DECLINE_REASON_CARD_INVALID},
        {"4432801561520454x", "", DECLINE_REASON_CARD_INVALID},
        {"443280156152045\xd9\xa4", "", DECLINE_REASON_CARD_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct card_check result = check(cases[i].number, 2030, 1, august_ms);

        if (result.reason != cases[i].reason)
            print_error("%s\n", cases[i].number);
        assert_int_equal(result.reason, cases[i].reason);
        assert_string_equal(result.brand, cases[i].brand);
        assert_int_equal(result.detail[0] == '\0', result.reason == DECLINE_REASON_UNKNOWN);
    }
}

static void is_good_through_its_month(void **state)
{
    struct card_check late;

    (void)state;
    assert_int_equal(check("4111111111111111", 2026, 7, end_of_july_ms).reason, DECLINE_REASON_UNKNOWN);
    assert_int_equal(check("4111111111111111", 2027, 1, end_of_july_ms).reason, DECLINE_REASON_UNKNOWN);
    assert_int_equal(check("4111111111111111", 2025, 12, end_of_july_ms).reason, DECLINE_REASON_CARD_EXPIRED);
    late = check("4111111111111111", 2026, 7, august_ms);
    assert_int_equal(late.reason, DECLINE_REASON_CARD_EXPIRED);
    assert_string_equal(late.detail, "Your card (ending 1111) expired in 7/2026.");
}

static void refuses_months_that_no_calendar_has(void **state)
{
    (void)state;
    assert_int_equal(check("4111111111111111", 2030, 0, august_ms).reason, DECLINE_REASON_CARD_INVALID);
    assert_int_equal(check("4111111111111111", 2030, 13, august_ms).reason, DECLINE_REASON_CARD_INVALID);
    assert_int_equal(check("4111111111111111", INT32_MAX, 1, august_ms).reason, DECLINE_REASON_UNKNOWN);
}

static void wants_the_code_that_the_brand_has(void **state)
{
    static const struct {
        const char *number, *code;
        enum decline_reason reason;
    } cases[] = {
        {"4432801561520454", "672", DECLINE_REASON_UNKNOWN},
        {"5272940000751666", "000", DECLINE_REASON_UNKNOWN},
        {"4432801561520454", "6720", DECLINE_REASON_SECURITY_CODE_WRONG},
        {"4432801561520454", "67", DECLINE_REASON_SECURITY_CODE_WRONG},
        {"4432801561520454", "", DECLINE_REASON_SECURITY_CODE_WRONG},
        {"4432801561520454", "67x", DECLINE_REASON_SECURITY_CODE_WRONG},
        {"4432801561520454", "6 2", DECLINE_REASON_SECURITY_CODE_WRONG},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct card card = {
            .number = str_of(cases[i].number), .expires_year = 2030, .expires_month = 1, .cvv = str_of(cases[i].code)};
        struct card_check result;

        card_check(&card, august_ms, &result);
        assert_int_equal(result.reason, cases[i].reason);
    }
    assert_true(card_code_holds(card_brand_of("378282246310005", 15), STR("1234")));
    assert_false(card_code_holds(card_brand_of("378282246310005", 15), STR("123")));
    assert_true(card_code_holds(NULL, STR("123")) && card_code_holds(NULL, STR("1234")));
    assert_false(card_code_holds(NULL, STR("12345")));
}

static void shows_no_more_than_four_digits(void **state)
{
    (void)state;
    assert_string_equal(check("4432801561520454", 2030, 1, august_ms).last4, "0454");
    assert_string_equal(check("123", 2030, 1, august_ms).last4, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_brands_apart_as_the_original_does), cmocka_unit_test(is_good_through_its_month),
        cmocka_unit_test(refuses_months_that_no_calendar_has),     cmocka_unit_test(wants_the_code_that_the_brand_has),
        cmocka_unit_test(shows_no_more_than_four_digits),
    };

    return cmocka_run_group_tests_name("cards", tests, NULL, NULL);
}
