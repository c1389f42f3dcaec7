/* log_test.c - whatever a text holds, a line stays one line and one JSON object. */
/* links: base */
#include "base/log.h"

#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char captured[64 * 1024];
static int saved_stdout;

static void capture(void)
{
    FILE *file = tmpfile();

    assert_non_null(file);
    fflush(stdout);
    saved_stdout = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
    fclose(file);
}

/* What was written since capture(), as one JSON object; exactly one line. */
static json_t *line(void)
{
    ssize_t len;
    json_t *object;

    lseek(STDOUT_FILENO, 0, SEEK_SET);
    len = read(STDOUT_FILENO, captured, sizeof(captured) - 1);
    dup2(saved_stdout, STDOUT_FILENO);
    close(saved_stdout);
    assert_true(len > 1);
    captured[len] = '\0';
    assert_ptr_equal(strchr(captured, '\n'), captured + len - 1);
    object = json_loads(captured, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(object);
    return object;
}

static const char *member(json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void says_when_who_what_and_where(void **state)
{
    struct log_context where = {.trace_id = STR("0af7651916cd43dd8448eb211c80319c"),
                                .topic = STR("order.events"),
                                .key = STR("order-1"),
                                .message_id = STR("m-1"),
                                .partition = 3,
                                .offset = 42};
    json_t *object;

    (void)state;
    log_init("payment", "info");
    capture();
    log_at(LOG_WARNING, &where, "charged %d cents", 899);
    object = line();
    assert_string_equal(member(object, "severity"), "warning");
    assert_string_equal(member(object, "service"), "payment");
    assert_string_equal(member(object, "message"), "charged 899 cents");
    assert_string_equal(member(object, "topic"), "order.events");
    assert_int_equal(json_integer_value(json_object_get(object, "partition")), 3);
    assert_int_equal(json_integer_value(json_object_get(object, "offset")), 42);
    assert_string_equal(member(object, "key"), "order-1");
    assert_string_equal(member(object, "trace_id"), "0af7651916cd43dd8448eb211c80319c");
    assert_string_equal(member(object, "message_id"), "m-1");
    assert_int_equal(strlen(member(object, "time")), strlen("2026-01-31T12:00:00.000Z"));
    json_decref(object);
}

static void leaves_out_coordinates_that_are_not_there(void **state)
{
    struct log_context where = LOG_NOWHERE;
    json_t *object;

    (void)state;
    capture();
    log_at(LOG_INFO, &where, "started");
    object = line();
    assert_int_equal(json_object_size(object), 4);
    json_decref(object);
}

static void escapes_hostile_text(void **state)
{
    struct log_context where = LOG_NOWHERE;
    json_t *object;

    (void)state;
    where.key = (struct str){"a\0b\"},{\"severity\":\"error", 24};
    capture();
    log_at(LOG_INFO, &where, "%s", "quote \" backslash \\ newline \n return \r tab \t escape \x1b[31m bell \a");
    object = line();
    assert_non_null(strstr(captured, "a\\ufffdb\\\"},{\\\"severity"));
    assert_null(strchr(captured, '\x1b'));
    assert_null(strchr(captured, '\r'));
    assert_string_equal(member(object, "severity"), "info");
    assert_string_equal(member(object, "message"),
                        "quote \" backslash \\ newline \n return \r tab \t escape \x1b[31m bell \a");
    json_decref(object);
}

/* Cut short, overlong, surrogates, beyond the last plane, lone continuation: none of it reaches the line. */
static void replaces_bytes_that_are_no_utf8(void **state)
{
    static const struct {
        const char *bytes, *text;
    } cases[] = {
        {"café €5 🙂", "café €5 🙂"},
        {"\xff", "\xef\xbf\xbd"},
        {"\xc3(", "\xef\xbf\xbd("},
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\x80", "\xef\xbf\xbd"},
        {"end \xe2\x82", "end \xef\xbf\xbd\xef\xbf\xbd"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *object;

        capture();
        log_info("%s", cases[i].bytes);
        object = line();
        assert_string_equal(member(object, "message"), cases[i].text);
        json_decref(object);
    }
}

static void keeps_the_c1_controls_from_the_terminal(void **state)
{
    json_t *object;

    (void)state;
    capture();
    log_info("%s", "before \xc2\x9b"
                   "31m after \x7f");
    object = line();
    assert_non_null(strstr(captured, "\\u009b"));
    assert_non_null(strstr(captured, "\\u007f"));
    json_decref(object);
}

static void stays_one_object_when_everything_is_too_long(void **state)
{
    static char huge[20000], quotes[6000];
    struct log_context where = {.topic = STR("t"), .partition = 1, .offset = 2};
    json_t *object;

    (void)state;
    memset(huge, '\x01', sizeof(huge) - 1);
    memset(quotes, '"', sizeof(quotes) - 1);
    where.key = str_of(huge);
    where.message_id = str_of(huge);
    where.trace_id = str_of(huge);
    for (size_t cut = 0; cut < 64; cut++) { /* every way for the end of the buffer to fall */
        where.topic = (struct str){quotes, 4000 + cut};
        where.key = (struct str){huge, cut};
        capture();
        log_at(LOG_ERROR, &where, "%s", quotes);
        object = line();
        assert_string_equal(member(object, "severity"), "error");
        json_decref(object);
        where.key = str_of(huge);
        capture();
        log_at(LOG_ERROR, &where, "%s", quotes);
        object = line();
        json_decref(object);
    }
}

static void says_nothing_below_its_level(void **state)
{
    json_t *object;

    (void)state;
    log_init("payment", "warning");
    assert_int_equal(log_threshold(), LOG_WARNING);
    capture();
    log_info("not this");
    log_debug("nor this");
    log_error("this");
    object = line();
    assert_string_equal(member(object, "message"), "this");
    json_decref(object);
    log_init("payment", "no such level");
    assert_int_equal(log_threshold(), LOG_INFO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_when_who_what_and_where),
        cmocka_unit_test(leaves_out_coordinates_that_are_not_there),
        cmocka_unit_test(escapes_hostile_text),
        cmocka_unit_test(replaces_bytes_that_are_no_utf8),
        cmocka_unit_test(keeps_the_c1_controls_from_the_terminal),
        cmocka_unit_test(stays_one_object_when_everything_is_too_long),
        cmocka_unit_test(says_nothing_below_its_level),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
