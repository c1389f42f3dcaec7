/* smtp_test.c - letters go to a real mail server, so many at once; its answers are told apart. */
/* links: services/email services/lib/run/guard.c services/lib/run/transfers.c services/lib/run/metrics.c */
/* links: tests/services/email/no_run.c tests/services/email/post.c msg base */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/services/email/post.h"

static void hands_over_every_byte(void **state)
{
    static const char *const recipients[] = {"ada", NULL};
    json_t *mail;

    (void)state;
    body = "Subject: x\r\n\r\n.\r\n..\r\n.hidden\r\nlast line";
    send_all(recipients, 1);
    assert_int_equal(ends[0].outcome, EMAIL_OUTCOME_ACCEPTED);
    assert_string_equal(ends[0].detail, "");
    mail = next_taken();
    assert_string_equal(json_string_value(json_object_get(mail, "data")),
                        "Subject: x\r\n\r\n.\r\n..\r\n.hidden\r\nlast line\r\n");
    assert_string_equal(json_string_value(json_object_get(mail, "from")), "orders@hipster.shop");
    assert_string_equal(json_string_value(json_array_get(json_object_get(mail, "to"), 0)), "ada@example.com");
    json_decref(mail);
}

static void tells_what_will_never_be_taken_from_what_may_be_later(void **state)
{
    static const char *const recipients[] = {"nobody", "typo", "spam", "greylisted", "full", "mute", "ada", NULL};
    static const enum email_outcome outcomes[] = {
        EMAIL_OUTCOME_REFUSED,   EMAIL_OUTCOME_REFUSED,   EMAIL_OUTCOME_REFUSED,  EMAIL_OUTCOME_TRY_LATER,
        EMAIL_OUTCOME_TRY_LATER, EMAIL_OUTCOME_TRY_LATER, EMAIL_OUTCOME_ACCEPTED,
    };

    (void)state;
    send_all(recipients, 7);
    for (size_t i = 0; i < 7; i++) {
        if (ends[i].outcome != outcomes[i])
            fail_msg("%s: %s, %s", recipients[i], email_outcome_name(ends[i].outcome), ends[i].detail);
        assert_null(strstr(ends[i].detail, "example"));
        assert_int_equal(ends[i].reached, strcmp(recipients[i], "mute") != 0);
        assert_true(outcomes[i] == EMAIL_OUTCOME_ACCEPTED || ends[i].detail[0]);
    }
}

static void keeps_its_connections_after_a_refusal(void **state)
{
    static const char *const recipients[] = {"nobody", "spam", "nobody", "full", "spam", "nobody", "ada", NULL};
    json_t *mail;

    (void)state;
    send_all(recipients, 7);
    assert_int_equal(ends[6].outcome, EMAIL_OUTCOME_ACCEPTED);
    mail = next_taken();
    assert_int_equal(member(mail, "connections"), LINES);
    json_decref(mail);
}

static void sends_so_many_at_once_and_keeps_its_connections(void **state)
{
    static const char *recipients[LETTERS + 1];
    json_t *mail = NULL;

    (void)state;
    for (size_t i = 0; i < LETTERS; i++)
        recipients[i] = "slow";
    send_all(recipients, LETTERS);
    for (size_t i = 0; i < LETTERS; i++) {
        assert_int_equal(ends[i].outcome, EMAIL_OUTCOME_ACCEPTED);
        json_decref(mail);
        mail = next_taken();
    }
    assert_int_equal(member(mail, "peak"), LINES);
    assert_int_equal(member(mail, "connections"), LINES);
    json_decref(mail);
}

static void tries_later_while_the_server_is_away_and_goes_on_when_it_is_back(void **state)
{
    static const char *const recipients[] = {"ada", NULL};

    (void)state;
    send_all(recipients, 1);
    assert_int_equal(ends[0].outcome, EMAIL_OUTCOME_ACCEPTED);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    fclose(taken);
    send_all(recipients, 1); /* over the connection that is dead now */
    assert_int_equal(ends[0].outcome, EMAIL_OUTCOME_TRY_LATER);
    send_all(recipients, 1);
    assert_int_equal(ends[0].outcome, EMAIL_OUTCOME_TRY_LATER);
    smtp_close(smtp);
    start_server(NULL, NULL);
    open_smtp((struct server){.url = url, .trust = "system"});
    send_all(recipients, 1);
    assert_int_equal(ends[0].outcome, EMAIL_OUTCOME_ACCEPTED);
}

static void closes_with_letters_on_their_way(void **state)
{
    static const char *const recipients[] = {"slow", "slow", "slow", "slow", NULL};

    (void)state;
    queue = recipients;
    send_more(NULL);
    for (int i = 0; i < 5; i++)
        event_base_loop(base, EVLOOP_ONCE);
}

static void refuses_what_is_no_mail_server(void **state)
{
    static const char *const bad[] = {"", "127.0.0.1:25", "http://127.0.0.1:25", "smtp://", "smtp://127.0.0.1:port"};
    struct smtp_options options = {.from = "a@b.c", .lines = 1, .timeout_ms = 3000, .freed = send_more};
    struct smtp *opened = NULL;
    struct err err = {""};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        options.server = (struct server){.url = bad[i], .trust = "system"};
        assert_int_equal(smtp_open(base, &options, &opened, &err), ST_FATAL);
        assert_non_null(strstr(err.text, "APP_SMTP"));
    }
    options.server = (struct server){.url = "smtp://127.0.0.1:25", .trust = "/no/such/file"};
    assert_int_equal(smtp_open(base, &options, &opened, &err), ST_FATAL);
    assert_non_null(strstr(err.text, "APP_SMTP_TRUST"));
    smtp_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hands_over_every_byte, begin_plain, end_plain),
        cmocka_unit_test_setup_teardown(tells_what_will_never_be_taken_from_what_may_be_later, begin_plain, end_plain),
        cmocka_unit_test_setup_teardown(keeps_its_connections_after_a_refusal, begin_plain, end_plain),
        cmocka_unit_test_setup_teardown(sends_so_many_at_once_and_keeps_its_connections, begin_plain, end_plain),
        cmocka_unit_test_setup_teardown(tries_later_while_the_server_is_away_and_goes_on_when_it_is_back, begin_plain,
                                        end_plain),
        cmocka_unit_test_setup_teardown(closes_with_letters_on_their_way, begin_plain, end_plain),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_mail_server, begin_plain, end_plain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
