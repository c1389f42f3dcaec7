/* form_test.c - forms as browsers send them, and as those send them who try what happens. */
/* links: gateway/form.c base */
#include "gateway/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define URLENCODED STR("application/x-www-form-urlencoded")
#define MULTIPART STR("multipart/form-data; boundary=x1")

static struct arena arena;
static struct form form;

static enum form_result add(struct str type, struct str body)
{
    return form_add_body(&form, type, body, &arena);
}

static void assert_value(const char *name, const char *expected)
{
    struct str value = form_value(&form, name);

    if (!str_is(value, expected))
        fail_msg("%s is '" STR_FMT "', not '%s'", name, STR_ARG(value), expected);
}

static void reads_names_and_values(void **state)
{
    (void)state;
    assert_int_equal(add(URLENCODED, STR("product_id=OLJCESPC7Z&quantity=3")), FORM_OK);
    assert_int_equal(form.count, 2);
    assert_value("product_id", "OLJCESPC7Z");
    assert_value("quantity", "3");
    assert_value("colour", "");
}

static void decodes_plus_and_percent(void **state)
{
    (void)state;
    assert_int_equal(add(URLENCODED, STR("a=1600+Main%20St%2e&%62=%E2%82%AC%c3%bc")), FORM_OK);
    assert_value("a", "1600 Main St.");
    assert_value("b", "\xE2\x82\xAC\xC3\xBC");
}

static void a_percent_without_digits_stands_for_itself(void **state)
{
    (void)state;
    assert_int_equal(add(URLENCODED, STR("a=100%&b=%zz&c=%4")), FORM_OK);
    assert_value("a", "100%");
    assert_value("b", "%zz");
    assert_value("c", "%4");
}

static void the_first_of_repeated_fields_wins(void **state)
{
    (void)state;
    assert_int_equal(add(URLENCODED, STR("quantity=2&quantity=9")), FORM_OK);
    assert_int_equal(form_add_urlencoded(&form, STR("quantity=7&more=1"), &arena), FORM_OK);
    assert_value("quantity", "2");
    assert_value("more", "1");
}

static void forgives_empty_pairs_and_missing_equals(void **state)
{
    (void)state;
    assert_int_equal(add(URLENCODED, STR("&&a&=x&b=&c==d&")), FORM_OK);
    assert_int_equal(form.count, 3);
    assert_value("a", "");
    assert_value("c", "=d");
}

static void cuts_blanks_around_a_value(void **state)
{
    (void)state;
    assert_int_equal(add(URLENCODED, STR("a=+%09b+c%0d%0a")), FORM_OK);
    assert_value("a", "b c");
}

static void takes_64_fields_and_not_one_more(void **state)
{
    char body[FORM_MAX_FIELDS * 4 + 4];
    size_t len = 0;

    (void)state;
    for (int i = 0; i < FORM_MAX_FIELDS; i++)
        len += (size_t)snprintf(body + len, sizeof body - len, "a=b&");
    assert_int_equal(add(URLENCODED, (struct str){body, len}), FORM_OK);
    assert_int_equal(form.count, FORM_MAX_FIELDS);
    form_init(&form);
    memcpy(body + len, "a=b", 3);
    assert_int_equal(add(URLENCODED, (struct str){body, len + 3}), FORM_TOO_MANY);
}

static void refuses_what_is_not_utf8(void **state)
{
    static const char *const bad[] = {"a=%00",          "a=%80", "a=%c0%af", "a=%ed%a0%80",
                                      "a=%f4%90%80%80", "%ff=a", "a=%e2%82"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        form_init(&form);
        if (add(URLENCODED, str_of(bad[i])) != FORM_MALFORMED)
            fail_msg("%s passed", bad[i]);
    }
}

static void reads_multipart(void **state)
{
    (void)state;
    assert_int_equal(
        add(MULTIPART, STR("--x1\r\nContent-Disposition: form-data; name=\"product_id\"\r\n\r\n6E92ZMYYFZ\r\n"
                           "--x1\r\nContent-Type: text/plain\r\ncontent-disposition:form-data;name=quantity\r\n"
                           "\r\n4\r\n--x1--\r\n")),
        FORM_OK);
    assert_value("product_id", "6E92ZMYYFZ");
    assert_value("quantity", "4");
}

static void reads_multipart_with_a_preamble_a_quoted_boundary_and_empty_parts(void **state)
{
    (void)state;
    assert_int_equal(add(STR("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\""),
                         STR("hello\r\n--a b  \r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n"
                             "--a b\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n--a c\r\n\r\n--a b--bye")),
                     FORM_OK);
    assert_value("a", "");
    assert_value("b", "--a c");
}

static void skips_files(void **state)
{
    (void)state;
    assert_int_equal(
        add(MULTIPART, STR("--x1\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n\r\n\x80\r\n"
                           "--x1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x1--")),
        FORM_OK);
    assert_int_equal(form.count, 1);
    assert_value("a", "1");
}

static void refuses_broken_multipart(void **state)
{
    static const char *const bad[] = {
        "",
        "--x1",
        "--x1\r\n",
        "--x2\r\n\r\n--x1",
        "--x1\r\n\r\na\r\n--x1--",
        "--x1junk\r\n\r\na\r\n--x1--",
        "--x1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1",
        "--x1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x1",
        "--x1\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x1--",
        "--x1\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--x1--",
        "--x1\r\nContent-Disposition: form-data; name=\"a\"\r\n1\r\n--x1--",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        form_init(&form);
        if (add(MULTIPART, str_of(bad[i])) != FORM_MALFORMED)
            fail_msg("case %zu passed: %s", i, bad[i]);
    }
    assert_int_equal(add(STR("multipart/form-data"), STR("--\r\n")), FORM_MALFORMED);
}

static void knows_the_types_it_reads(void **state)
{
    (void)state;
    assert_true(form_reads(STR("application/x-www-form-urlencoded; charset=UTF-8")));
    assert_true(form_reads(STR("MULTIPART/FORM-DATA; boundary=a")));
    assert_false(form_reads(STR("application/json")));
    assert_false(form_reads(STR("")));
    assert_int_equal(add(STR("text/plain"), STR("a=1")), FORM_UNSUPPORTED);
}

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    form_init(&form);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_names_and_values),
        TEST(decodes_plus_and_percent),
        TEST(a_percent_without_digits_stands_for_itself),
        TEST(the_first_of_repeated_fields_wins),
        TEST(forgives_empty_pairs_and_missing_equals),
        TEST(cuts_blanks_around_a_value),
        TEST(takes_64_fields_and_not_one_more),
        TEST(refuses_what_is_not_utf8),
        TEST(reads_multipart),
        TEST(reads_multipart_with_a_preamble_a_quoted_boundary_and_empty_parts),
        TEST(skips_files),
        TEST(refuses_broken_multipart),
        TEST(knows_the_types_it_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
