/* smtp_test.c - letters go to a real mail server, so many at once; its answers are told apart. */
/* links: services/email tests/services/email/no_run.c msg base */
#include "services/email/smtp.h"

#include <jansson.h>
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

enum { LINES = 3, LETTERS = 20 };

static struct event_base *base;
static struct smtp *smtp;
static pid_t server;
static FILE *taken; /* what the server prints */
static char url[64];

/* --- what is sent, and what came of it ----------------------------------------------------------------------------- */

static const char *const *queue; /* recipients, ends with NULL */
static const char *body;
static struct {
    enum email_outcome outcome;
    char detail[160];
} ends[LETTERS];
static size_t end_count;

static void on_done(void *context, enum email_outcome outcome, const char *detail)
{
    size_t number = (size_t)(uintptr_t)context;

    assert_true(number < LETTERS);
    ends[number].outcome = outcome;
    snprintf(ends[number].detail, sizeof(ends[number].detail), "%s", detail);
    end_count++;
}

static size_t next_number;

static void send_more(void *context)
{
    struct smtp_line *line;

    (void)context;
    while (queue && *queue && (line = smtp_line(smtp))) {
        struct letter *letter = smtp_letter(line);

        snprintf(letter->to, sizeof(letter->to), "%s@example.com", *queue++);
        out_put(&letter->text, body, strlen(body));
        smtp_send(line, on_done, (void *)(uintptr_t)next_number++);
    }
}

static void give_up(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what, (void)context;
    fail_msg("not all letters were answered in time");
}

static void send_all(const char *const *recipients, size_t count)
{
    struct event *timer = evtimer_new(base, give_up, NULL);
    const struct timeval patience = {20, 0};

    queue = recipients;
    next_number = end_count = 0;
    evtimer_add(timer, &patience);
    send_more(NULL);
    while (end_count < count)
        event_base_loop(base, EVLOOP_ONCE);
    event_free(timer);
}

/* The next mail that the server took. */
static json_t *next_taken(void)
{
    char *line = NULL;
    size_t size = 0;
    json_t *mail;

    assert_true(getline(&line, &size, taken) > 0);
    mail = json_loads(line, 0, NULL);
    assert_non_null(mail);
    free(line);
    return mail;
}

static int64_t member(json_t *mail, const char *name)
{
    return json_integer_value(json_object_get(mail, name));
}

/* --- a server of our own ------------------------------------------------------------------------------------------- */

static void start_server(void)
{
    int ends_of_pipe[2], port = 0;
    char line[32];

    assert_int_equal(pipe(ends_of_pipe), 0);
    server = fork();
    if (server == 0) {
        dup2(ends_of_pipe[1], STDOUT_FILENO);
        close(ends_of_pipe[0]);
        execl("/usr/bin/python3", "python3", "tests/services/email/mail_server.py", (char *)NULL);
        _exit(127);
    }
    close(ends_of_pipe[1]);
    taken = fdopen(ends_of_pipe[0], "r");
    assert_non_null(fgets(line, sizeof(line), taken));
    port = (int)strtol(line, NULL, 10);
    assert_true(port > 0);
    snprintf(url, sizeof(url), "smtp://127.0.0.1:%d", port);
}

static void open_smtp(const char *to)
{
    struct smtp_options options = {
        .url = to, .from = "orders@hipster.shop", .lines = LINES, .timeout_ms = 3000, .freed = send_more};
    struct err err = {""};

    if (smtp_open(base, &options, &smtp, &err) != ST_OK)
        fail_msg("%s", err.text);
}

static int begin(void **state)
{
    (void)state;
    base = event_base_new();
    body = "Subject: x\r\n\r\nhello\r\n";
    start_server();
    open_smtp(url);
    return 0;
}

static int end(void **state)
{
    (void)state;
    smtp_close(smtp);
    event_base_free(base);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    fclose(taken);
    return 0;
}

/* --- tests -------------------------------------------------------------------------------------------------------- */

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
    start_server();
    open_smtp(url);
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
        options.url = bad[i];
        assert_int_equal(smtp_open(base, &options, &opened, &err), ST_FATAL);
        assert_non_null(strstr(err.text, "APP_SMTP"));
    }
    smtp_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hands_over_every_byte, begin, end),
        cmocka_unit_test_setup_teardown(tells_what_will_never_be_taken_from_what_may_be_later, begin, end),
        cmocka_unit_test_setup_teardown(keeps_its_connections_after_a_refusal, begin, end),
        cmocka_unit_test_setup_teardown(sends_so_many_at_once_and_keeps_its_connections, begin, end),
        cmocka_unit_test_setup_teardown(tries_later_while_the_server_is_away_and_goes_on_when_it_is_back, begin, end),
        cmocka_unit_test_setup_teardown(closes_with_letters_on_their_way, begin, end),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_mail_server, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
