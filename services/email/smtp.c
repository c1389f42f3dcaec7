/* smtp.c - lines to the mail server: each a connection that libcurl made, and the letter that goes over it.
 *
 * 1. A line is free, or has a letter; a free one may keep its connection for a while.
 * 2. The easy handle stays among the transfers as long as its connection is used: libcurl wants it so.
 * 3. A connection is shut down before libcurl closes it, or libcurl would wait for the answer to its QUIT. */
#include "services/email/smtp.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "run/transfers.h"
#include "services/email/talk.h"

enum { IDLE_MS = 5000, HEARD_MAX = 16 * 1024 };

struct smtp_line {
    struct smtp *smtp;
    struct smtp_line *next_free;
    CURL *easy;
    bool connected;
    struct event *watch, *timer;
    struct letter letter;
    smtp_done_fn *done; /* NULL: the line is free */
    bool begun;         /* the letter; it may have to wait for the end of the last one */
    void *context;
    struct talk talk;
    struct out say, heard;
    size_t said_bytes; /* of say */
};

struct smtp {
    struct smtp_options options;
    struct event_base *base;
    struct transfers *transfers;
    struct smtp_line *lines, *free_lines;
};

static int set_timer(struct event *timer, int64_t wait_ms)
{
    struct timeval wait = {wait_ms / 1000, wait_ms % 1000 * 1000};

    return evtimer_add(timer, &wait);
}

/* --- a letter is decided -------------------------------------------------------------------------------------------- */

static void disconnect(struct smtp_line *line)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    size_t sent;

    if (line->watch)
        event_free(line->watch);
    line->watch = NULL;
    if (line->connected && curl_easy_getinfo(line->easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
        fd != CURL_SOCKET_BAD) {
        if (line->talk.state == TALK_READY)
            /* READS: a courtesy that changes nothing, and whose answer is not awaited */
            (void)!curl_easy_send(line->easy, "QUIT\r\n", 6, &sent);
        shutdown(fd, SHUT_RDWR);
    }
    line->connected = false;
    transfers_drop(line->smtp->transfers, line->easy);
    out_clear(&line->say);
    out_clear(&line->heard);
    line->said_bytes = 0;
    evtimer_del(line->timer);
}

/* The line is free; if it is still connected, for a while at least. */
static void free_line(struct smtp_line *line)
{
    line->done = NULL;
    letter_clear(&line->letter);
    line->next_free = line->smtp->free_lines;
    line->smtp->free_lines = line;
}

static void finish(struct smtp_line *line, enum email_outcome outcome, bool reached, const char *detail)
{
    line->done(line->context, outcome, reached, detail);
    free_line(line);
}

static void finish_decided(struct smtp_line *line)
{
    char detail[64] = "";

    if (line->talk.outcome == EMAIL_OUTCOME_REFUSED)
        snprintf(detail, sizeof(detail), "The mail server refused the mail (%d).", line->talk.code);
    else if (line->talk.outcome != EMAIL_OUTCOME_ACCEPTED)
        snprintf(detail, sizeof(detail), "The mail server did not take the mail (%d).", line->talk.code);
    finish(line, line->talk.outcome, true, detail);
}

/* The connection is of no use any more; the letter may go over another, later. */
static void lose(struct smtp_line *line, const char *why)
{
    struct smtp *smtp = line->smtp;
    char detail[160];

    disconnect(line);
    if (!line->done)
        return;
    snprintf(detail, sizeof(detail), "The mail server cannot be reached: %.100s.", why);
    finish(line, EMAIL_OUTCOME_TRY_LATER, false, detail);
    smtp->options.freed(smtp->options.context);
}

/* --- talking ---------------------------------------------------------------------------------------------------------- */

static void watch(struct smtp_line *line);

DEFINE_EFFECT(sender, "smtp-sender", "the mail server is told the sender");
DEFINE_EFFECT(recipient, "smtp-recipient", "the mail server is told the recipient");
DEFINE_EFFECT(data, "smtp-data", "the mail server is told that the letter follows");
DEFINE_EFFECT(text, "smtp-letter", "the mail server is given the letter, which it takes or refuses");
DEFINE_EFFECT(reset, "smtp-reset", "the mail server is told to forget a letter that it did not take");

static const struct effect *effect_of(enum talk_state state)
{
    static const struct effect *const effects[] = {
        [TALK_SENDER] = &sender, [TALK_RECIPIENT] = &recipient, [TALK_DATA] = &data,
        [TALK_LETTER] = &text,   [TALK_RESET] = &reset,         [TALK_BROKEN] = READS};

    return effects[state];
}

/* False when the connection was lost. */
static bool say_more(struct smtp_line *line)
{
    const struct effect *effect = line->say.len ? effect_of(line->talk.state) : READS;

    if (line->said_bytes == 0)
        effect_before(effect);
    while (line->said_bytes < line->say.len) {
        size_t sent = 0;
        CURLcode result = curl_easy_send(line->easy, line->say.ptr + line->said_bytes, line->say.len - line->said_bytes,
                                         &sent);

        if (result == CURLE_AGAIN)
            break;
        if (result != CURLE_OK) {
            lose(line, curl_easy_strerror(result));
            return false;
        }
        line->said_bytes += sent;
    }
    if (line->said_bytes == line->say.len) {
        effect_after(effect);
        seal_cleanse(line->say.ptr, line->say.len);
        out_clear(&line->say);
        line->said_bytes = 0;
    }
    watch(line);
    return true;
}

/* False when the connection was lost. */
static bool hear_more(struct smtp_line *line)
{
    for (;;) {
        size_t heard = 0;
        CURLcode result = curl_easy_recv(line->easy, out_reserve(&line->heard, 1024), 1024, &heard);

        if (result == CURLE_AGAIN)
            return true;
        line->heard.len += heard;
        if (result != CURLE_OK || heard == 0 || line->heard.len > HEARD_MAX) {
            lose(line, result != CURLE_OK ? curl_easy_strerror(result) : "it hung up");
            return false;
        }
    }
}

static void begin_letter(struct smtp_line *line)
{
    line->begun = true;
    set_timer(line->timer, line->smtp->options.timeout_ms);
    talk_begin(&line->talk, line->smtp->options.from, &line->letter, &line->say);
}

static void converse(struct smtp_line *line)
{
    bool freed = false;
    int code;

    if (!hear_more(line))
        return;
    while ((code = talk_take_reply(&line->heard)) > 0) {
        effect_answered(effect_of(line->talk.state));
        set_timer(line->timer, line->smtp->options.timeout_ms);
        if (talk_reply(&line->talk, code, &line->say)) {
            finish_decided(line);
            freed = true;
        }
    }
    if (freed)
        line->smtp->options.freed(line->smtp->options.context); /* may give this line its next letter */
    if (line->connected && line->talk.state == TALK_READY) {
        if (line->done && !line->begun)
            begin_letter(line);
        else if (!line->done)
            set_timer(line->timer, IDLE_MS);
    }
    if (code < 0 || line->talk.state == TALK_BROKEN)
        lose(line, "it does not speak SMTP");
    else if (line->connected)
        say_more(line);
}

static void on_ready(evutil_socket_t fd, short what, void *context)
{
    struct smtp_line *line = context;

    (void)fd;
    if (!(what & EV_WRITE) || say_more(line))
        converse(line);
}

/* For reading always; for writing while something is left to say. */
static void watch(struct smtp_line *line)
{
    short events = (short)(EV_READ | EV_PERSIST | (line->say.len ? EV_WRITE : 0));
    curl_socket_t fd = CURL_SOCKET_BAD;

    if (line->watch && event_get_events(line->watch) == events)
        return;
    if (line->watch)
        event_free(line->watch);
    curl_easy_getinfo(line->easy, CURLINFO_ACTIVESOCKET, &fd);
    line->watch = event_new(line->smtp->base, fd, events, on_ready, line);
    event_add(line->watch, NULL);
}

static void on_silence(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    lose(context, "it is silent");
}

/* --- libcurl in the loop: until a line is connected ----------------------------------------------------------------- */

static void hear_of_connection(void *context, CURL *easy, CURLcode code)
{
    struct smtp_line *line = NULL;

    (void)context;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&line);
    if (code != CURLE_OK) {
        lose(line, curl_easy_strerror(code));
        return;
    }
    line->connected = true;
    begin_letter(line);
    say_more(line);
}

/* --- lines ---------------------------------------------------------------------------------------------------------- */

struct smtp_line *smtp_line(struct smtp *smtp)
{
    return smtp->free_lines;
}

struct letter *smtp_letter(struct smtp_line *line)
{
    letter_clear(&line->letter);
    return &line->letter;
}

void smtp_send(struct smtp_line *line, smtp_done_fn *done, void *context)
{
    line->smtp->free_lines = line->next_free;
    line->done = done;
    line->context = context;
    line->begun = false;
    if (line->connected && line->talk.state == TALK_READY) {
        begin_letter(line);
        say_more(line);
    } else if (!line->connected || line->talk.state != TALK_RESET) {
        disconnect(line);
        transfers_add(line->smtp->transfers, READS, line->easy);
    }
}

static void open_line(struct smtp *smtp, struct smtp_line *line)
{
    line->smtp = smtp;
    letter_init(&line->letter);
    out_init(&line->say);
    out_init(&line->heard);
    line->timer = evtimer_new(smtp->base, on_silence, line);
    line->easy = curl_easy_init();
    if (!line->easy || !line->timer)
        abort();
    curl_easy_setopt(line->easy, CURLOPT_PRIVATE, line);
    server_apply(&smtp->options.server, line->easy);
    curl_easy_setopt(line->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(line->easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(line->easy, CURLOPT_TIMEOUT_MS, (long)smtp->options.timeout_ms);
    curl_easy_setopt(line->easy, CURLOPT_NOSIGNAL, 1L);
    free_line(line);
}

enum status smtp_open(struct event_base *base, const struct smtp_options *options, struct smtp **smtp, struct err *err)
{
    struct smtp *opened;

    if (curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK)
        abort();
    if (server_check(&options->server, err) != ST_OK) {
        curl_global_cleanup();
        return ST_FATAL;
    }
    opened = calloc(1, sizeof(*opened));
    if (!opened)
        abort();
    opened->options = *options;
    opened->base = base;
    opened->transfers = transfers_open(base, 0, hear_of_connection, NULL);
    opened->lines = calloc(options->lines, sizeof(*opened->lines));
    if (!opened->lines)
        abort();
    for (size_t i = 0; i < options->lines; i++)
        open_line(opened, &opened->lines[i]);
    *smtp = opened;
    return ST_OK;
}

void smtp_close(struct smtp *smtp)
{
    if (!smtp)
        return;
    for (size_t i = 0; i < smtp->options.lines; i++) {
        struct smtp_line *line = &smtp->lines[i];

        disconnect(line);
        curl_easy_cleanup(line->easy);
        event_free(line->timer);
        letter_release(&line->letter);
        out_release(&line->say);
        out_release(&line->heard);
    }
    transfers_close(smtp->transfers);
    free(smtp->lines);
    free(smtp);
    curl_global_cleanup();
}
