/* templates_test.c - every page in every situation: well formed, small, and deaf to hostile texts; writes build/preview. */
/* links: base tests/gateway/templates_samples.c tests/gateway/templates_sample_form.c build/gen/pages/home.c build/gen/pages/product.c build/gen/pages/search.c build/gen/pages/cart.c build/gen/pages/order.c build/gen/pages/forgotten.c build/gen/pages/error.c build/gen/pages/types.c */
#include "templates_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { LARGEST_PAGE_BYTES = 60 * 1024 };

static bool contains(const struct out *out, const char *text)
{
    return memmem(out->ptr, out->len, text, strlen(text)) != NULL;
}

static size_t count(const struct out *out, char c)
{
    size_t found = 0;

    for (size_t i = 0; i < out->len; i++)
        found += out->ptr[i] == c;
    return found;
}

/* <p> and <li> included: the templates close what they open. */
static void assert_closed(const char *name, const struct out *out)
{
    static const char *const tags[] = {"html",   "head",   "body",   "main", "section", "article", "header",
                                       "footer", "nav",    "ul",     "ol",   "li",      "p",       "a",
                                       "form",   "select", "option", "div",  "dl",      "dt",      "dd",
                                       "aside",  "span",   "button", "h1",   "h2",      "label"};

    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        char open[16], closed[16];
        int opened = 0, ended = 0;
        size_t len = (size_t)snprintf(open, sizeof open, "<%s", tags[i]);

        snprintf(closed, sizeof closed, "</%s>", tags[i]);
        for (size_t at = 0; at + len < out->len; at++) {
            char next = out->ptr[at + len];

            opened += memcmp(out->ptr + at, open, len) == 0 && (next == '>' || next == ' ' || next == '\n');
            ended += at + len + 2 < out->len && memcmp(out->ptr + at, closed, len + 2) == 0;
        }
        if (opened != ended)
            fail_msg("%s: <%s> is opened %d times and closed %d times", name, tags[i], opened, ended);
    }
}

static void every_page_closes_what_it_opens_and_is_small(void **state)
{
    struct out out;

    (void)state;
    out_init(&out);
    samples_set(STR(""), STR(""));
    for (size_t i = 0; i < samples_count; i++) {
        out_clear(&out);
        samples[i].render(&out);
        assert_closed(samples[i].name, &out);
        assert_true(contains(&out, "<main id=\"main\""));
        assert_true(contains(&out, "<h1"));
        assert_true(out.len < LARGEST_PAGE_BYTES);
    }
    out_release(&out);
}

static void hostile_texts_change_no_tag_and_no_attribute(void **state)
{
    static const char hostile[] = "\"'><script>alert(1)</script><!-- &amp; javascript:x onload=\n\r\t";
    struct out fair, foul;

    (void)state;
    out_init(&fair);
    out_init(&foul);
    for (size_t i = 0; i < samples_count; i++) {
        out_clear(&fair);
        out_clear(&foul);
        samples_set(STR(""), STR(""));
        samples[i].render(&fair);
        samples_set(STR(""), (struct str){hostile, sizeof hostile - 1});
        samples[i].render(&foul);
        assert_int_equal(count(&foul, '<'), count(&fair, '<'));
        assert_int_equal(count(&foul, '>'), count(&fair, '>'));
        assert_int_equal(count(&foul, '"'), count(&fair, '"'));
        assert_false(contains(&foul, "<script>"));
        assert_false(contains(&foul, "=\"javascript:"));
    }
    out_release(&fair);
    out_release(&foul);
}

static void nothing_on_a_page_is_inline(void **state)
{
    static const char *const never[] = {" style=", "<style",   " onclick",   " onchange",
                                        " onload", "<script>", "javascript:"};
    struct out out;

    (void)state;
    out_init(&out);
    samples_set(STR(""), STR(""));
    for (size_t i = 0; i < samples_count; i++)
        samples[i].render(&out);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        assert_false(contains(&out, never[i]));
    out_release(&out);
}

/* Pages whose links lead into gateway/static by absolute paths, so that a browser shows them without a server. */
static void pages_can_be_looked_at_in_build_preview(void **state)
{
    char here[4096], path[4200];
    struct out out;

    (void)state;
    assert_non_null(getcwd(here, sizeof here - sizeof "/gateway"));
    memcpy(here + strlen(here), "/gateway", sizeof "/gateway");
    samples_set(str_of(here), STR(""));
    mkdir("build", 0777);
    mkdir("build/preview", 0777);
    out_init(&out);
    for (size_t i = 0; i < samples_count; i++) {
        FILE *file;

        out_clear(&out);
        samples[i].render(&out);
        snprintf(path, sizeof path, "build/preview/%s.html", samples[i].name);
        file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(out.ptr, 1, out.len, file), out.len);
        assert_int_equal(fclose(file), 0);
    }
    out_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_closes_what_it_opens_and_is_small),
        cmocka_unit_test(hostile_texts_change_no_tag_and_no_attribute),
        cmocka_unit_test(nothing_on_a_page_is_inline),
        cmocka_unit_test(pages_can_be_looked_at_in_build_preview),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
