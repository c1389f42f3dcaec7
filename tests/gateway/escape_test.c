/* escape_test.c - text put into a page stays text, whatever it is made of. */
/* links: base */
#include "base/out.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

typedef void (*put_fn)(struct out *, struct str);

struct escape_case {
    const char *in;
    const char *out;
};

static void assert_puts(put_fn put, struct str in, const char *expected)
{
    struct out out;

    out_init(&out);
    put(&out, in);
    assert_int_equal(out.len, strlen(expected));
    assert_memory_equal(out.ptr ? out.ptr : "", expected, out.len);
    out_release(&out);
}

static void assert_all(put_fn put, const struct escape_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_puts(put, str_of(cases[i].in), cases[i].out);
}

#define ASSERT_ALL(put, cases) assert_all(put, cases, sizeof(cases) / sizeof *(cases))

static void html_has_no_markup_left(void **state)
{
    static const struct escape_case cases[] = {
        {"", ""},
        {"Mug", "Mug"},
        {"Salt & Pepper", "Salt &amp; Pepper"},
        {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
        {"\" onload=\"x", "&quot; onload=&quot;x"},
        {"' onload='x", "&#39; onload=&#39;x"},
        {"&lt;", "&amp;lt;"},
        {"a\tb\r\nc", "a\tb\r\nc"},
        {"caf\xC3\xA9 \xE2\x82\xAC", "caf\xC3\xA9 \xE2\x82\xAC"},
        {"\x01\x1f\x7f", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"<<>>", "&lt;&lt;&gt;&gt;"},
    };

    (void)state;
    ASSERT_ALL(out_put_html, cases);
    assert_puts(out_put_html, (struct str){"a\0b", 3},
                "a\xEF\xBF\xBD"
                "b");
    assert_puts(out_put_html, (struct str){NULL, 0}, "");
}

static void html_of_every_byte_closes_nothing(void **state)
{
    char all[256];
    struct out out;

    (void)state;
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (char)i;
    out_init(&out);
    out_put_html(&out, (struct str){all, sizeof all});
    for (size_t i = 0; i < out.len; i++)
        assert_null(memchr("<>\"'", out.ptr[i], 4));
    out_release(&out);
}

static void url_parts_cannot_leave_their_part(void **state)
{
    static const struct escape_case cases[] = {
        {"", ""},
        {"6E92ZMYYFZ", "6E92ZMYYFZ"},
        {"a-b_c.d~e", "a-b_c.d~e"},
        {"../admin", "..%2Fadmin"},
        {"x?y=1&z#f", "x%3Fy%3D1%26z%23f"},
        {"javascript:alert(1)", "javascript%3Aalert%281%29"},
        {"\"><b>", "%22%3E%3Cb%3E"},
        {"a b\n%", "a%20b%0A%25"},
        {"\xC3\xA9", "%C3%A9"},
    };

    (void)state;
    ASSERT_ALL(out_put_url, cases);
    assert_puts(out_put_url, (struct str){"\0", 1}, "%00");
}

static void paths_lead_into_this_site_or_nowhere(void **state)
{
    static const struct escape_case cases[] = {
        {"", ""},
        {"/", "/"},
        {"/product/1?a=1&b=2", "/product/1?a=1&amp;b=2"},
        {"//evil.example/", "#"},
        {"/\\evil.example/", "#"},
        {"/\t/evil.example/", "#"},
        {"/a\n", "#"},
        {"https://evil.example/", "#"},
        {"javascript:alert(1)", "#"},
        {" /a", "#"},
        {"product/1", "#"},
        {"/\"onload=\"x", "/&quot;onload=&quot;x"},
    };

    (void)state;
    ASSERT_ALL(out_put_path, cases);
}

static void links_are_http_or_nothing(void **state)
{
    static const struct escape_case cases[] = {
        {"https://shop.example/order/1", "https://shop.example/order/1"},
        {"http://127.0.0.1:8080/", "http://127.0.0.1:8080/"},
        {"https://a/?x=\"&y=1", "https://a/?x=&quot;&amp;y=1"},
        {"javascript:alert(1)//https://", "#"},
        {" https://a", "#"},
        {"http:/", "#"},
        {"", "#"},
    };

    (void)state;
    ASSERT_ALL(out_put_link, cases);
}

static void a_line_cannot_begin_another_header(void **state)
{
    static const struct escape_case cases[] = {
        {"", ""},
        {"Salt & Pepper <3", "Salt & Pepper <3"},
        {"Hello\r\nBcc: everybody@example.com", "Hello  Bcc: everybody@example.com"},
        {"a\tb\x0b\x7f", "a b  "},
        {"\xE2\x82\xAC", "\xE2\x82\xAC"},
    };

    (void)state;
    ASSERT_ALL(out_put_line, cases);
    assert_puts(out_put_line, (struct str){"a\0b", 3}, "a b");
}

static void numbers_are_written_as_they_are(void **state)
{
    static const long numbers[] = {0, 7, -7, 10, 1234567890, LONG_MAX, LONG_MIN};
    char expected[32];
    struct out out;

    (void)state;
    out_init(&out);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int len = snprintf(expected, sizeof expected, "%ld", numbers[i]);

        out_clear(&out);
        out_put_int(&out, numbers[i]);
        assert_int_equal(out.len, len);
        assert_memory_equal(out.ptr, expected, out.len);
    }
    out_release(&out);
}

static void growing_loses_nothing(void **state)
{
    struct out out;

    (void)state;
    out_init(&out);
    out_put(&out, NULL, 0);
    assert_null(out.ptr);
    for (size_t i = 0; i < 100000; i++)
        out_put(&out, i % 2 ? "b" : "a", 1);
    assert_int_equal(out.len, 100000);
    for (size_t i = 0; i < out.len; i++)
        assert_int_equal(out.ptr[i], i % 2 ? 'b' : 'a');
    assert_true(out.size_bytes >= out.len);
    out_clear(&out);
    assert_int_equal(out_str(&out).len, 0);
    out_release(&out);
    out_release(&out);
    out_release(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_has_no_markup_left),           cmocka_unit_test(html_of_every_byte_closes_nothing),
        cmocka_unit_test(url_parts_cannot_leave_their_part), cmocka_unit_test(paths_lead_into_this_site_or_nowhere),
        cmocka_unit_test(links_are_http_or_nothing),         cmocka_unit_test(a_line_cannot_begin_another_header),
        cmocka_unit_test(numbers_are_written_as_they_are),   cmocka_unit_test(growing_loses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
