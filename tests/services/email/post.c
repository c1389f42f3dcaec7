/* post.c - a mail server as a process, a sender to it, and what came of each letter. */
#include "tests/services/email/post.h"

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

struct event_base *base;
struct smtp *smtp;
pid_t server;
FILE *taken;
int port;
char url[64];

/* --- what is sent, and what came of it ----------------------------------------------------------------------------- */

const char *const *queue;
const char *body;
struct ending ends[LETTERS];
static size_t end_count;

static void on_done(void *context, enum email_outcome outcome, bool reached, const char *detail)
{
    size_t number = (size_t)(uintptr_t)context;

    assert_true(number < LETTERS);
    ends[number].outcome = outcome;
    ends[number].reached = reached;
    snprintf(ends[number].detail, sizeof(ends[number].detail), "%s", detail);
    end_count++;
}

static size_t next_number;

void send_more(void *context)
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

void send_all(const char *const *recipients, size_t count)
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

json_t *next_taken(void)
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

int64_t member(json_t *mail, const char *name)
{
    return json_integer_value(json_object_get(mail, name));
}

/* --- a server of our own ------------------------------------------------------------------------------------------- */

void start_server(const char *first_option, const char *second_option)
{
    int ends_of_pipe[2];
    char line[32];

    assert_int_equal(pipe(ends_of_pipe), 0);
    server = fork();
    if (server == 0) {
        dup2(ends_of_pipe[1], STDOUT_FILENO);
        close(ends_of_pipe[0]);
        execl("/usr/bin/python3", "python3", "tests/services/email/mail_server.py", first_option, second_option,
              (char *)NULL);
        _exit(127);
    }
    close(ends_of_pipe[1]);
    taken = fdopen(ends_of_pipe[0], "r");
    assert_non_null(fgets(line, sizeof(line), taken));
    port = (int)strtol(line, NULL, 10);
    assert_true(port > 0);
    snprintf(url, sizeof(url), "smtp://127.0.0.1:%d", port);
}

void open_smtp(struct server to)
{
    struct smtp_options options = {
        .server = to, .from = "orders@hipster.shop", .lines = LINES, .timeout_ms = 3000, .freed = send_more};
    struct err err = {""};

    if (smtp_open(base, &options, &smtp, &err) != ST_OK)
        fail_msg("%s", err.text);
}

int begin_plain(void **state)
{
    (void)state;
    base = event_base_new();
    body = "Subject: x\r\n\r\nhello\r\n";
    start_server(NULL, NULL);
    open_smtp((struct server){.url = url, .trust = "system"});
    return 0;
}

int end_plain(void **state)
{
    (void)state;
    smtp_close(smtp);
    event_base_free(base);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    fclose(taken);
    return 0;
}
