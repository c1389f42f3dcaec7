/* journeys_test.c - journey files, what they are filled with, cookies, and the look at an answer. */
/* links: services/loadgenerator/journeys.c services/loadgenerator/reading.c services/loadgenerator/variables.c base */
/* links: services/loadgenerator/line.c services/loadgenerator/ramp.c services/loadgenerator/values.c */
/* links: services/loadgenerator/cookies.c services/loadgenerator/check.c services/loadgenerator/words.c */
/* links: services/loadgenerator/web_rules.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/card.h"
#include "services/loadgenerator/check.h"
#include "services/loadgenerator/cookies.h"
#include "services/loadgenerator/web.h"

static struct arena arena;
static struct journeys journeys;

static void read_text(const char *text)
{
    struct err err;

    arena_clear(&arena);
    if (journeys_parse(str_of(text), &arena, &journeys, &err) != ST_OK)
        fail_msg("%s", err.text);
}

static void assert_text(const struct out *out, const char *wanted)
{
    char got[512];

    snprintf(got, sizeof(got), STR_FMT, STR_ARG(out_str(out)));
    assert_string_equal(got, wanted);
}

/* --- the file ------------------------------------------------------------------------------------------------------------------ */

static void a_file_becomes_journeys(void **state)
{
    (void)state;
    read_text("think 1s 10s # people\n"
              "choice product A B\n\n"
              "start\n"
              "  get /\n"
              "journey look 3\n"
              "  get /product/${product}\n"
              "    as 'GET /product'\n"
              "    sees \"SKU #${product}\"\n"
              "journey buy 1\n"
              "  think 5s\n"
              "  post /cart\n"
              "    field product_id ${product}\n"
              "    lands /cart\n"
              "    again 3\n"
              "    take form 'value=\"' '\"'\n"
              "  post /order/${form}\n"
              "    order\n"
              "    status 422\n"
              "    pause 250ms\n");
    assert_int_equal(journeys.count, 2);
    assert_int_equal(journeys.weight, 4);
    assert_int_equal(journeys.start.step_count, 1);
    assert_string_equal(journeys_at(&journeys, 2)->name.ptr, journeys.journeys[0].name.ptr);
    assert_ptr_equal(journeys_at(&journeys, 3), &journeys.journeys[1]);
    assert_true(str_is(journeys.journeys[0].steps[0].label, "GET /product"));
    assert_true(str_is(journeys.journeys[1].steps[0].label, "POST /cart"));
    assert_int_equal(journeys.journeys[0].think.high_ms, 10000);
    assert_int_equal(journeys.journeys[1].think.low_ms, 5000);
    assert_int_equal(journeys.journeys[1].steps[0].again, 3);
    assert_int_equal(journeys.journeys[1].steps[1].status, 422);
    assert_int_equal(journeys.journeys[1].steps[1].pause.low_ms, 250);
    assert_true(journeys.journeys[1].steps[1].is_order);
}

static void a_mistake_names_its_line(void **state)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"journey a 1\n  get /\n  fetch /\n", "line 3, \"fetch\""},
        {"get /\n", "line 1, \"get\""},
        {"journey a 1\n  sees x\n", "line 2, \"sees\""},
        {"journey a 1\n\n\n  get product\n", "line 4, \"get\""},
        {"journey a 1\n get /${nobody}\n", "line 2, \"get\": it names a variable"},
        {"journey a 1\n get /${nobody\n", "line 2"},
        {"journey a many\n", "line 1"},
        {"journey a -1\n", "line 1"},
        {"choice x 'a\n", "line 1"},
        {"choice x\n", "line 1"},
        {"choice x a\nrange x 1 2\n", "line 2"},
        {"range x 3 2\n", "line 1"},
        {"digits x 99\n", "line 1"},
        {"card x 44a\n", "line 1"},
        {"think 5s 1s\n", "line 1"},
        {"outcome lost x\n", "line 1"},
        {"reload\n", "line 1"},
        {"outcome unknown x\n", "line 1"},
        {"journey a 1\n get /\n  field a b\n", "line 3"},
        {"journey a 1\n get /\n  status ok\n", "line 3"},
        {"journey a 1\n get /\n  take user 'a' 'b'\n", "line 3"},
        {"journey a 1\n", "a has no steps"},
        {"journey a 1\n get /\n once\n", "none but once"},
        {"journey a 0\n get /\n", "no journey with a weight"},
        {"", "no journey with a weight"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct err err = {{0}};

        arena_clear(&arena);
        if (journeys_parse(str_of(wrong[i].text), &arena, &journeys, &err) == ST_OK)
            fail_msg("taken: %s", wrong[i].text);
        if (!strstr(err.text, wrong[i].says))
            fail_msg("%s: %s", wrong[i].text, err.text);
    }
}

static void the_files_that_come_with_it_can_be_read(void **state)
{
    static const char *const files[] = {"original", "shop", "accounts"};

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[128], text[16384];
        FILE *file;

        snprintf(path, sizeof(path), "services/loadgenerator/journeys/%s.journeys", files[i]);
        file = fopen(path, "re");
        assert_non_null(file);
        text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
        fclose(file);
        read_text(text);
        assert_true(journeys.count >= 3);
        for (int mark = 0; mark < OUTCOME_UNKNOWN; mark++)
            assert_true(i == 2 || journeys.marks[mark].len > 0); /* accounts orders nothing */
    }
}

/* --- texts -------------------------------------------------------------------------------------------------------------------- */

static void texts_are_filled_and_encoded_where_they_go(void **state)
{
    static struct values values;
    struct out out;

    (void)state;
    read_text("choice word \"a&b c\"\njourney a 1\n post /search?q=${word}&n=1\n  field 'x y' \"<${word}>\"\n");
    values_init(&values, &journeys, STR("me"), 1);
    values_draw(&values, &journeys, &journeys.journeys[0]);
    out_init(&out);
    values_put(&values, &journeys.journeys[0].steps[0].path, VALUES_PATH, &out);
    assert_text(&out, "/search?q=a%26b%20c&n=1");
    out_clear(&out);
    values_put(&values, &journeys.journeys[0].steps[0].fields[0].value, VALUES_FORM, &out);
    assert_text(&out, "%3Ca%26b%20c%3E");
    out_clear(&out);
    values_put(&values, &journeys.journeys[0].steps[0].fields[0].value, VALUES_PLAIN, &out);
    assert_text(&out, "<a&b c>");
    out_release(&out);
}

static void variables_are_what_they_are_said_to_be(void **state)
{
    static struct values values;
    struct out out;
    char last[64] = "";
    bool low = false, high = false;

    (void)state;
    read_text("range n 3 5\ndigits d 7\ncard c 4432\njourney a 1\n"
              " get /\n  sees ${n}\n  sees ${d}\n  sees ${c}\n  sees ${unique}\n  sees ${user}\n");
    values_init(&values, &journeys, STR("me-1"), 5);
    out_init(&out);
    for (int i = 0; i < 300; i++) {
        const struct pattern *texts = journeys.journeys[0].steps[0].sees;

        values_draw(&values, &journeys, &journeys.journeys[0]);
        out_clear(&out);
        values_put(&values, &texts[0], VALUES_PLAIN, &out);
        assert_in_range(out.ptr[0], '3', '5');
        low = low || out.ptr[0] == '3';
        high = high || out.ptr[0] == '5';
        out_clear(&out);
        values_put(&values, &texts[1], VALUES_PLAIN, &out);
        assert_int_equal(out.len, 7);
        out_clear(&out);
        values_put(&values, &texts[2], VALUES_PLAIN, &out);
        assert_int_equal(out.len, 16);
        assert_true(card_sum_is_right(out.ptr, out.len));
        assert_memory_equal(out.ptr, "4432", 4);
        out_clear(&out);
        values_put(&values, &texts[3], VALUES_PLAIN, &out);
        out_put(&out, "", 1);
        assert_string_not_equal(out.ptr, last);
        snprintf(last, sizeof(last), "%s", out.ptr);
    }
    assert_true(low && high);
    out_clear(&out);
    values_put(&values, &journeys.journeys[0].steps[0].sees[4], VALUES_PLAIN, &out);
    assert_text(&out, "me-1");
    out_release(&out);
}

/* --- the look at an answer --------------------------------------------------------------------------------------------------- */

static const char *why_not(unsigned status, const char *path, const char *body)
{
    static struct values values;
    static struct err err;
    struct arrival arrival = {status, str_of(path), str_of(body)};
    struct out scratch;
    bool good;

    out_init(&scratch);
    values_init(&values, &journeys, STR("me"), 1);
    values_draw(&values, &journeys, &journeys.journeys[0]);
    good = check_step(&journeys.journeys[0].steps[0], &arrival, &values, &scratch, &err);
    out_release(&scratch);
    return good ? "" : err.text;
}

static void a_wrong_page_is_a_failure_and_says_what_was_missing(void **state)
{
    (void)state;
    read_text("choice p A\njourney a 1\n get /x\n  sees \"SKU #${p}\"\n  never Sorry\n  lands /product/${p}\n"
              "  take id 'id=\"' '\"'\n");
    assert_string_equal(why_not(200, "/product/A?x=1", "<p>SKU #A</p> id=\"7\""), "");
    assert_string_equal(why_not(503, "/product/A", "<h1>Not now</h1>"), "status 503 instead of 200: Not now");
    assert_string_equal(why_not(429, "/product/A", "<h1>Sign in</h1>"),
                        "the shop's limit is reached (status 429): Sign in");
    assert_string_equal(why_not(200, "/", "<h1 class=x>Home</h1>"), "it does not lead to /product/${p}, but to: Home");
    assert_string_equal(why_not(200, "/product/A", "id=\"7\""), "the page does not say \"SKU #${p}\"");
    assert_string_equal(why_not(200, "/product/A", "SKU #A Sorry id=\"7\""), "the page says \"Sorry\"");
    assert_string_equal(why_not(200, "/product/A", "SKU #A id=\"7"), "nothing to take behind \"id=\"\"");
    assert_string_equal(why_not(200, "/product/A", ""), "the page does not say \"SKU #${p}\"");
}

static void an_order_is_known_by_its_page(void **state)
{
    (void)state;
    read_text("outcome open 'on it'\noutcome confirmed complete\noutcome cancelled cancelled\n"
              "journey a 1\n post /cart/checkout\n  order\n");
    assert_string_equal(why_not(200, "/order/0a1b2c3d-1", "complete"), "");
    assert_string_equal(why_not(200, "/cart", "<h1>Your cart</h1>"), "it does not lead to an order, but to: Your cart");
    assert_true(str_is(check_order_path(STR("/order/0a1b2c3d?x=1")), "/order/0a1b2c3d"));
    assert_int_equal(check_order_path(STR("/order/")).len, 0);
    assert_int_equal(check_order_path(STR("/orders/0a1b2c3d")).len, 0);
    assert_int_equal(check_outcome(&journeys, STR("We are on it")), OUTCOME_OPEN);
    assert_int_equal(check_outcome(&journeys, STR("It is complete")), OUTCOME_CONFIRMED);
    assert_int_equal(check_outcome(&journeys, STR("It was cancelled")), OUTCOME_CANCELLED);
    assert_int_equal(check_outcome(&journeys, STR("Welcome")), OUTCOME_UNKNOWN);
    assert_int_equal(check_outcome(&journeys, (struct str){NULL, 0}), OUTCOME_UNKNOWN);
}

/* --- cookies -------------------------------------------------------------------------------------------------------------------- */

static void cookies_are_kept_changed_and_forgotten(void **state)
{
    static struct cookies cookies;
    struct out out;

    (void)state;
    out_init(&out);
    cookies_hear(&cookies, STR("id=1; Path=/; HttpOnly; Max-Age=100"), STR("/product/x"), 1000);
    cookies_hear(&cookies, STR("money=EUR; Path=/"), STR("/"), 1000);
    cookies_hear(&cookies, STR("narrow=1"), STR("/product/x"), 1000);
    cookies_hear(&cookies, STR("=nothing"), STR("/"), 1000);
    cookies_put(&cookies, STR("/cart"), &out);
    assert_text(&out, "id=1; money=EUR");
    out_clear(&out);
    cookies_put(&cookies, STR("/product?q"), &out);
    assert_text(&out, "id=1; money=EUR; narrow=1");
    cookies_hear(&cookies, STR("id=2; Path=/"), STR("/"), 1000);
    cookies_hear(&cookies, STR("money=; Path=/; Max-Age=0"), STR("/"), 1000);
    out_clear(&out);
    cookies_put(&cookies, STR("/"), &out);
    assert_text(&out, "id=2");
    cookies_hear(&cookies, STR("id=3; Path=/; Expires=Thu, 01 Jan 1970 00:00:10 GMT"), STR("/"), 9);
    out_clear(&out);
    cookies_put(&cookies, STR("/"), &out);
    assert_text(&out, "id=3");
    cookies_hear(&cookies, STR("id=3; Path=/; Expires=Thu, 01 Jan 1970 00:00:10 GMT"), STR("/"), 10);
    out_clear(&out);
    cookies_put(&cookies, STR("/productivity"), &out);
    assert_text(&out, "");
    out_release(&out);
}

static void more_cookies_than_there_is_room_for_are_let_go(void **state)
{
    static struct cookies cookies;
    char text[COOKIE_MAX_BYTES + 10];

    (void)state;
    for (int i = 0; i < COOKIES_MAX + 5; i++) {
        snprintf(text, sizeof(text), "c%d=1; Path=/", i);
        cookies_hear(&cookies, str_of(text), STR("/"), 0);
    }
    assert_int_equal(cookies.count, COOKIES_MAX);
    memset(text, 'x', sizeof(text));
    memcpy(text, "c0=", 3);
    cookies_hear(&cookies, (struct str){text, sizeof(text)}, STR("/"), 0);
    assert_int_equal(cookies.of[0].len, 4);
}

/* --- the live page --------------------------------------------------------------------------------------------------------------- */

static void only_the_own_page_and_programs_change_a_run(void **state)
{
    (void)state;
    assert_true(web_may_change("127.0.0.1:8089", NULL, NULL));
    assert_true(web_may_change("127.0.0.1:8089", "http://127.0.0.1:8089", "same-origin"));
    assert_true(web_may_change("localhost:8089", "http://localhost:8089", NULL));
    assert_true(web_may_change("[::1]:8089", "http://[::1]:8089", NULL));
    assert_false(web_may_change("127.0.0.1:8089", "http://evil.example", "cross-site"));
    assert_false(web_may_change("127.0.0.1:8089", "http://127.0.0.1:9999", NULL));
    assert_false(web_may_change("127.0.0.1:8089", "null", NULL));
    assert_false(web_may_change("127.0.0.1:8089", NULL, "cross-site"));
    assert_false(web_may_change("rebound.example:8089", "http://rebound.example:8089", "same-origin"));
    assert_false(web_may_change("127.0.0.1.evil.example", NULL, NULL));
    assert_false(web_may_change("localhost.evil.example", NULL, NULL));
    assert_false(web_may_change(NULL, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_becomes_journeys),
        cmocka_unit_test(a_mistake_names_its_line),
        cmocka_unit_test(the_files_that_come_with_it_can_be_read),
        cmocka_unit_test(texts_are_filled_and_encoded_where_they_go),
        cmocka_unit_test(variables_are_what_they_are_said_to_be),
        cmocka_unit_test(a_wrong_page_is_a_failure_and_says_what_was_missing),
        cmocka_unit_test(an_order_is_known_by_its_page),
        cmocka_unit_test(cookies_are_kept_changed_and_forgotten),
        cmocka_unit_test(more_cookies_than_there_is_room_for_are_let_go),
        cmocka_unit_test(only_the_own_page_and_programs_change_a_run),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    arena_release(&arena);
    return failed;
}
