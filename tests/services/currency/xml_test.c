/* xml_test.c - the bank's file as it should be, and in every way in which it should not. */
/* links: services/currency/xml.c services/currency/offer.c msg base */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "services/currency/currency.h"

#define HEAD                                                                                                    \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<g:Envelope xmlns:g=\"http://www.gesmes.org/xml/2002-08-01\" " \
    "xmlns=\"http://www.ecb.int/vocabulary/2002-08-01/eurofxref\"><g:subject>Rates</g:subject>"
#define DAY "<Cube><Cube time='2026-11-20'>"
#define TAIL "</Cube></Cube></g:Envelope>"
#define USD "<Cube currency='USD' rate='1.0850'/>"

static struct arena arena;
static struct rates_fetched answer;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void reads_a_day_of_rates_exactly(void **state)
{
    (void)state;
    currency_read(
        STR(HEAD DAY USD "<Cube currency='JPY' rate='176'/><Cube currency='IDR' rate='19012.345678901'/>" TAIL), &arena,
        &answer);
    assert_int_equal(answer.outcome, FETCH_OUTCOME_FETCHED);
    assert_true(str_is(answer.as_of, "2026-11-20") && str_is(answer.base, "EUR"));
    assert_int_equal(answer.rates.count, 3);
    assert_int_equal(answer.rates.items[0].digits, 10850);
    assert_int_equal(answer.rates.items[0].scale, 4);
    assert_int_equal(answer.rates.items[1].digits, 176);
    assert_int_equal(answer.rates.items[1].scale, 0);
    assert_true(answer.rates.items[2].digits == INT64_C(19012345678901));
    assert_int_equal(answer.rates.items[2].scale, 9);
    assert_int_equal(answer.detail.len, 0);
}

static void expect_refused(struct str xml, const char *sentence)
{
    currency_read(xml, &arena, &answer);
    if (answer.outcome != FETCH_OUTCOME_REFUSED || !answer.detail.len ||
        !memmem(answer.detail.ptr, answer.detail.len, sentence, strlen(sentence)))
        fail_msg("%.*s\nis not refused by \"%s\", but: " STR_FMT, (int)(xml.len < 400 ? xml.len : 400), xml.ptr,
                 sentence, STR_ARG(answer.detail));
    assert_int_equal(answer.rates.count, 0);
    assert_int_equal(answer.as_of.len, 0);
}

static void refuses_what_is_no_such_file(void **state)
{
    static const struct {
        const char *xml, *sentence;
    } cases[] = {
        {"", "no XML"},
        {"<html><body>Sorry</body></html>", "no rates"},
        {"<html><body>Sorry<br></body></html>", "no XML"},
        {HEAD DAY USD "</Cube></Cube>", "no XML"},
        {HEAD DAY USD TAIL "<more/>", "no XML"},
        {HEAD "</g:Envelope>", "no rates"},
        {HEAD DAY TAIL, "USD is missing"},
        {HEAD DAY "<Cube currency='GBP' rate='0.87'/>" TAIL, "USD is missing"},
        {HEAD "<Cube>" USD "</Cube></g:Envelope>", "before its day"},
        {HEAD DAY USD "</Cube><Cube time='2026-11-19'>" USD TAIL, "more than one day"},
        {HEAD DAY USD USD TAIL, "twice"},
        {HEAD DAY USD "<Cube currency='EUR' rate='2'/>" TAIL, "currency is none"},
        {HEAD DAY USD "<Cube currency='gbp' rate='2'/>" TAIL, "currency is none"},
        {HEAD DAY USD "<Cube currency='GBPX' rate='2'/>" TAIL, "currency is none"},
        {HEAD DAY USD "<Cube currency='' rate='2'/>" TAIL, "currency is none"},
        {HEAD DAY USD "<Cube currency='GBP'/>" TAIL, "rate of GBP"},
        {"\xff\xfe<\0a\0", "no XML"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_refused(str_of(cases[i].xml), cases[i].sentence);
}

static void refuses_every_rate_that_is_no_plain_positive_decimal(void **state)
{
    static const char *const rates[] = {"0",
                                        "0.000",
                                        "-1.08",
                                        "+1.08",
                                        "1e3",
                                        "1.0E1",
                                        "NaN",
                                        "inf",
                                        "1,08",
                                        " 1.08",
                                        "1.08 ",
                                        "1.",
                                        ".5",
                                        "1.2.3",
                                        "",
                                        "0x1",
                                        "１",
                                        "1 000",
                                        "1.0000000001",
                                        "1234567890123456",
                                        "9999999999999999999999999999999999999999"};

    (void)state;
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
        expect_refused(arena_printf(&arena, HEAD DAY USD "<Cube currency='GBP' rate='%s'/>" TAIL, rates[i]),
                       "rate of GBP");
}

static void refuses_days_that_are_none(void **state)
{
    static const char *const days[] = {"",          "today",       "2026-02-30", "2026-13-01",
                                       "26-11-20",  "2026-11-20T", "2026/11/20", "0000-00-00",
                                       "2026-11-2", "-026-11-20",  "2026-+1- 2", "2026--1-20"};

    (void)state;
    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
        expect_refused(arena_printf(&arena, HEAD "<Cube><Cube time='%s'>" USD TAIL, days[i]), "no date");
}

static void refuses_hostile_documents_before_they_can_grow(void **state)
{
    struct str deep = STR(HEAD), wide = STR(HEAD DAY);

    (void)state;
    expect_refused(STR("<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]><a>&c;</a>"),
                   "document type");
    expect_refused(STR("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"), "document type");
    expect_refused(STR("<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/a.dtd'><a/>"), "document type");
    expect_refused(STR("<a>&undefined;</a>"), "no XML");
    for (int i = 0; i < 20; i++)
        deep = arena_printf(&arena, STR_FMT "<a>", STR_ARG(deep));
    expect_refused(deep, "deeper");
    for (int i = 0; i < CURRENCY_XML_ELEMENTS; i++)
        wide = arena_printf(&arena, STR_FMT "<a/>", STR_ARG(wide));
    expect_refused(wide, "more elements");
    expect_refused((struct str){arena_alloc(&arena, CURRENCY_XML_BYTES + 1), CURRENCY_XML_BYTES + 1}, "longer");
}

static void refuses_every_encoding_but_one(void **state)
{
    static const char utf16[] = "\xff\xfe<\0a\0/\0>\0";

    (void)state;
    expect_refused(STR("<?xml version='1.0' encoding='ISO-8859-1'?><a/>"), "not in UTF-8");
    expect_refused(STR("<?xml version='1.0' encoding='UTF-7'?><a/>"), "UTF-8");
    expect_refused((struct str){utf16, sizeof(utf16) - 1}, "not in UTF-8");
    expect_refused(STR("<a b='\xc3'/>"), "no XML");
    currency_read(STR("<?xml version='1.0' encoding='utf-8'?><g:Envelope xmlns:g='g' "
                      "xmlns='http://www.ecb.int/vocabulary/2002-08-01/eurofxref'>" DAY USD TAIL),
                  &arena, &answer);
    assert_int_equal(answer.outcome, FETCH_OUTCOME_FETCHED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_a_day_of_rates_exactly, begin, end),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_such_file, begin, end),
        cmocka_unit_test_setup_teardown(refuses_every_rate_that_is_no_plain_positive_decimal, begin, end),
        cmocka_unit_test_setup_teardown(refuses_days_that_are_none, begin, end),
        cmocka_unit_test_setup_teardown(refuses_hostile_documents_before_they_can_grow, begin, end),
        cmocka_unit_test_setup_teardown(refuses_every_encoding_but_one, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
