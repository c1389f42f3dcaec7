/* config_test.c - a mistake in a setting is one sentence, and all of them are told at once. */
/* links: base */
#include "base/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *kafka, *password;
static int64_t ordinal, deadline_ms;
static bool fast;

static const struct setting settings[] = {
    {"APP_TEST_KAFKA", SETTING_TEXT, NULL, &kafka, "Brokers as host:port.", false},
    {"APP_TEST_ORDINAL", SETTING_COUNT, "0", &ordinal, "Which replica this is.", false},
    {"APP_TEST_DEADLINE", SETTING_DURATION, "15m", &deadline_ms, "How long an order may take.", false},
    {"APP_TEST_FAST", SETTING_SWITCH, "off", &fast, "Whether to hurry.", false},
    {"APP_TEST_PASSWORD", SETTING_TEXT, "hunter2", &password, "The password.", true},
};
enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

static const char file_name[] = "/tmp/config_test.secret";

static int forget_all(void **state)
{
    (void)state;
    unsetenv("APP_TEST_PASSWORD_FILE");
    unsetenv("APP_TEST_ORDINAL_FILE");
    unlink(file_name);
    for (size_t i = 0; i < SETTINGS; i++)
        unsetenv(settings[i].name);
    return 0;
}

static void takes_what_is_set_and_the_standard_otherwise(void **state)
{
    (void)state;
    setenv("APP_TEST_KAFKA", "127.0.0.1:9092", 1);
    setenv("APP_TEST_ORDINAL", "3", 1);
    setenv("APP_TEST_FAST", "true", 1);
    assert_int_equal(config_load(settings, SETTINGS, NULL), ST_OK);
    assert_string_equal(kafka, "127.0.0.1:9092");
    assert_int_equal(ordinal, 3);
    assert_int_equal(deadline_ms, 15 * 60 * 1000);
    assert_true(fast);
    assert_string_equal(password, "hunter2");
}

static void reads_every_way_of_writing_a_time_or_a_switch(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } times[] = {{"250ms", 250}, {"15s", 15000}, {"15m", 900000}, {"2h", 7200000}, {"0s", 0}};
    static const char *const ons[] = {"on", "true", "1"}, *const offs[] = {"off", "false", "0"};

    (void)state;
    setenv("APP_TEST_KAFKA", "x", 1);
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        setenv("APP_TEST_DEADLINE", times[i].text, 1);
        assert_int_equal(config_load(settings, SETTINGS, NULL), ST_OK);
        assert_int_equal(deadline_ms, times[i].ms);
    }
    for (size_t i = 0; i < 3; i++) {
        setenv("APP_TEST_FAST", ons[i], 1);
        assert_int_equal(config_load(settings, SETTINGS, NULL), ST_OK);
        assert_true(fast);
        setenv("APP_TEST_FAST", offs[i], 1);
        assert_int_equal(config_load(settings, SETTINGS, NULL), ST_OK);
        assert_false(fast);
    }
}

static void tells_every_mistake_in_a_sentence(void **state)
{
    struct err err = {""};

    (void)state;
    setenv("APP_TEST_ORDINAL", "minus one", 1);
    setenv("APP_TEST_DEADLINE", "15 minutes", 1);
    setenv("APP_TEST_FAST", "maybe", 1);
    assert_int_equal(config_load(settings, SETTINGS, &err), ST_FATAL);
    assert_string_equal(err.text, "APP_TEST_KAFKA must be set: Brokers as host:port. "
                                  "APP_TEST_ORDINAL is \"minus one\", not a whole number, not negative. "
                                  "APP_TEST_DEADLINE is \"15 minutes\", not a time such as 250ms, 15s, 15m or 2h. "
                                  "APP_TEST_FAST is \"maybe\", not on or off.");
}

static void ends_a_sentence_whose_help_has_no_full_stop(void **state)
{
    static const char *text;
    const struct setting two[] = {{"APP_TEST_URL", SETTING_TEXT, NULL, &text, "URL of the bank, without a path", false},
                                  {"APP_TEST_KEYS", SETTING_TEXT, NULL, &text, "folder of the keys", false}};
    struct err err = {""};

    (void)state;
    assert_int_equal(config_load(two, 2, &err), ST_FATAL);
    assert_string_equal(err.text, "APP_TEST_URL must be set: URL of the bank, without a path. "
                                  "APP_TEST_KEYS must be set: folder of the keys.");
}

static void refuses_what_only_looks_like_a_number_or_a_time(void **state)
{
    static const char *const counts[] = {"", "-1", "+1", " 1", "1 ", "1.5", "0x10", "9223372036854775808"};
    static const char *const times[] = {"", "15", "s", "-5s", "1d", "15sm", "9223372036854775807h", "1 s"};

    (void)state;
    setenv("APP_TEST_KAFKA", "x", 1);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        setenv("APP_TEST_ORDINAL", counts[i], 1);
        assert_int_equal(config_load(settings, SETTINGS, NULL), ST_FATAL);
    }
    unsetenv("APP_TEST_ORDINAL");
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        setenv("APP_TEST_DEADLINE", times[i], 1);
        assert_int_equal(config_load(settings, SETTINGS, NULL), ST_FATAL);
    }
}

static void takes_an_empty_text_for_a_missing_one_where_it_must_be_set(void **state)
{
    (void)state;
    setenv("APP_TEST_KAFKA", "", 1);
    assert_int_equal(config_load(settings, SETTINGS, NULL), ST_FATAL);
    setenv("APP_TEST_KAFKA", "x", 1);
    setenv("APP_TEST_PASSWORD", "", 1);
    assert_int_equal(config_load(settings, SETTINGS, NULL), ST_OK);
    assert_string_equal(password, "");
}

static void write_file(const char *text)
{
    FILE *file = fopen(file_name, "we");

    assert_non_null(file);
    assert_int_equal(fputs(text, file) < 0, 0);
    assert_int_equal(fclose(file), 0);
}

static void reads_a_setting_from_the_file_that_its_variable_names(void **state)
{
    (void)state;
    setenv("APP_TEST_KAFKA", "x", 1);
    setenv("APP_TEST_PASSWORD_FILE", file_name, 1);
    write_file("correct horse\n");
    assert_int_equal(config_load(settings, SETTINGS, NULL), ST_OK);
    assert_string_equal(password, "correct horse");
    write_file("");
    assert_int_equal(config_load(settings, SETTINGS, NULL), ST_OK);
    assert_string_equal(password, "");
    write_file("7");
    setenv("APP_TEST_ORDINAL_FILE", file_name, 1);
    assert_int_equal(config_load(settings, SETTINGS, NULL), ST_OK);
    assert_int_equal(ordinal, 7);
}

static void refuses_a_file_that_is_not_there_and_a_setting_said_twice(void **state)
{
    struct err err = {""};

    (void)state;
    setenv("APP_TEST_KAFKA", "x", 1);
    setenv("APP_TEST_PASSWORD_FILE", file_name, 1);
    assert_int_equal(config_load(settings, SETTINGS, &err), ST_FATAL);
    assert_string_equal(err.text, "APP_TEST_PASSWORD_FILE: /tmp/config_test.secret: No such file or directory.");
    write_file("correct horse");
    setenv("APP_TEST_PASSWORD", "battery", 1);
    assert_int_equal(config_load(settings, SETTINGS, &err), ST_FATAL);
    assert_string_equal(err.text, "APP_TEST_PASSWORD and APP_TEST_PASSWORD_FILE are both set.");
}

static void never_shows_a_secret(void **state)
{
    static int64_t pin;
    const struct setting secret = {"APP_TEST_PIN", SETTING_COUNT, NULL, &pin, "The code.", true};
    struct err err = {""};

    (void)state;
    setenv("APP_TEST_PIN", "4711x", 1);
    assert_int_equal(config_load(&secret, 1, &err), ST_FATAL);
    assert_null(strstr(err.text, "4711"));
    assert_non_null(strstr(err.text, "APP_TEST_PIN"));
    unsetenv("APP_TEST_PIN");
}

static void keeps_a_long_list_of_mistakes_within_its_sentence(void **state)
{
    struct setting many[40];
    static int64_t target;
    struct err err;

    (void)state;
    for (size_t i = 0; i < 40; i++)
        many[i] = (struct setting){"APP_TEST_NOT_SET", SETTING_COUNT, NULL, &target, "A number.", false};
    memset(&err, 'x', sizeof(err));
    assert_int_equal(config_load(many, 40, &err), ST_FATAL);
    assert_true(strnlen(err.text, sizeof(err.text)) < sizeof(err.text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(takes_what_is_set_and_the_standard_otherwise, forget_all),
        cmocka_unit_test_setup(reads_every_way_of_writing_a_time_or_a_switch, forget_all),
        cmocka_unit_test_setup(tells_every_mistake_in_a_sentence, forget_all),
        cmocka_unit_test_setup(ends_a_sentence_whose_help_has_no_full_stop, forget_all),
        cmocka_unit_test_setup(refuses_what_only_looks_like_a_number_or_a_time, forget_all),
        cmocka_unit_test_setup(takes_an_empty_text_for_a_missing_one_where_it_must_be_set, forget_all),
        cmocka_unit_test_setup(reads_a_setting_from_the_file_that_its_variable_names, forget_all),
        cmocka_unit_test_setup(refuses_a_file_that_is_not_there_and_a_setting_said_twice, forget_all),
        cmocka_unit_test_setup(never_shows_a_secret, forget_all),
        cmocka_unit_test_setup(keeps_a_long_list_of_mistakes_within_its_sentence, forget_all),
    };

    return cmocka_run_group_tests(tests, NULL, forget_all);
}
