/* main.c - the fake acquirer: a process of another company, as far as the shop is concerned.
 *
 * It speaks HTTP and JSON and keeps a book of its own. An answer is given only when what it says is on the disk; all that
 * came in meanwhile goes to the disk together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "deploy/local/acquirer/bank.h"
#include "deploy/local/acquirer/http.h"
#include "run/metrics.h"
#include "run/program.h"

enum { SILENCE_MS = 10 * 1000 }; /* longer than anybody waits; then the connection is closed without an answer */

static const char *listen_address, *ledger_path;

static const struct setting settings[] = {
    {"APP_LISTEN", SETTING_TEXT, "127.0.0.1:19090", &listen_address, "Address and port of the acquirer's HTTP.", false},
    {"APP_LEDGER", SETTING_TEXT, NULL, &ledger_path, "File of the book; its folder must exist.", false},
};

/* A reply on its way to the one who asked. */
struct pending {
    struct pending *before, *after;
    struct exchange *exchange;
    struct reply reply;
    struct event *timer; /* NULL while it waits for the disk */
};

static struct acquirer {
    struct program program;
    struct bank bank;
    struct http *http;
    struct event *sync;
    struct pending *open;       /* newest first, so those that wait for the disk are at its head */
    struct metric *answered[6]; /* by the first digit of the status */
    struct metric *silences, *syncs;
} acquirer = {.program = {.name = "acquirer",
                          .purpose = "charges cards that do not exist, and keeps a book of it",
                          .settings = settings,
                          .setting_count = sizeof(settings) / sizeof(settings[0])}};

/* --- replies ------------------------------------------------------------------------------------------------------ */

static void give(struct pending *pending)
{
    if (pending->reply.silent) {
        metric_add(acquirer.silences, 1);
        http_drop(pending->exchange);
    } else {
        metric_add(acquirer.answered[pending->reply.status / 100], 1);
        http_answer(pending->exchange, pending->reply.status, out_str(&pending->reply.body));
    }
    if (pending->before)
        pending->before->after = pending->after;
    else
        acquirer.open = pending->after;
    if (pending->after)
        pending->after->before = pending->before;
    if (pending->timer)
        event_free(pending->timer);
    out_release(&pending->reply.body);
    free(pending);
}

static void on_time(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    give(context);
}

/* What it says is on the disk: now it may wait as long as it likes. */
static void give_in_time(struct pending *pending)
{
    int64_t slow_ms = pending->reply.about_key ? acquirer.bank.behaviour.slow_ms : 0;
    int64_t wait_ms = pending->reply.silent ? SILENCE_MS : slow_ms;
    struct timeval wait = {wait_ms / 1000, wait_ms % 1000 * 1000};

    if (wait_ms == 0) {
        give(pending);
        return;
    }
    pending->timer = evtimer_new(acquirer.program.base, on_time, pending);
    if (!pending->timer)
        abort();
    evtimer_add(pending->timer, &wait);
}

static void sync_book(evutil_socket_t fd, short what, void *context)
{
    struct pending *pending = acquirer.open;

    (void)fd;
    (void)what;
    (void)context;
    ledger_sync(acquirer.bank.ledger);
    metric_add(acquirer.syncs, 1);
    while (pending && !pending->timer) {
        struct pending *older = pending->after;

        give_in_time(pending);
        pending = older;
    }
}

static void reply_to(struct exchange *exchange, struct reply *reply)
{
    struct pending *pending = calloc(1, sizeof(*pending));
    struct timeval now = {0, 0};

    if (!pending)
        abort();
    pending->exchange = exchange;
    pending->reply = *reply;
    pending->after = acquirer.open;
    if (acquirer.open)
        acquirer.open->before = pending;
    acquirer.open = pending;
    if (ledger_dirty(acquirer.bank.ledger))
        evtimer_add(acquirer.sync, &now);
    else
        give_in_time(pending);
}

/* --- requests ----------------------------------------------------------------------------------------------------- */

/* Beside the book, so that a killed acquirer comes back as difficult as it was. */
static FILE *behaviour_file(const char *mode)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s.behaviour", ledger_path);
    return fopen(path, mode);
}

static void keep_behaviour(void)
{
    FILE *file = behaviour_file("w");
    struct out out;

    if (!file)
        return;
    out_init(&out);
    behaviour_print(&acquirer.bank.behaviour, &out);
    fwrite(out.ptr, 1, out.len, file);
    out_release(&out);
    fclose(file);
}

/* A file that was torn is as good as none. */
static void recall_behaviour(void)
{
    FILE *file = behaviour_file("r");
    char text[1024];
    struct err err;
    size_t len;

    if (!file)
        return;
    len = fread(text, 1, sizeof(text), file);
    fclose(file);
    if (behaviour_change(&acquirer.bank.behaviour, (struct str){text, len}, &err) == ST_OK)
        log_info("behaviour, as before: " STR_FMT, STR_ARG(((struct str){text, len})));
}

static void behave(struct exchange *exchange, struct reply *reply)
{
    struct err err;

    if (strcmp(exchange->method, "POST") == 0) {
        if (behaviour_change(&acquirer.bank.behaviour, out_str(&exchange->body), &err) != ST_OK) {
            bank_error(reply, 400, "bad_request", err.text);
            return;
        }
        keep_behaviour();
        log_info("behaviour: " STR_FMT, STR_ARG(out_str(&exchange->body)));
    }
    reply->status = 200;
    behaviour_print(&acquirer.bank.behaviour, &reply->body);
}

/* /v1/charges/{key}[/verb] */
static void use_key(struct exchange *exchange, const char *key, struct reply *reply)
{
    const char *verb = strchrnul(key, '/');
    struct str name = {key, (size_t)(verb - key)};
    bool post = strcmp(exchange->method, "POST") == 0;

    if (post && strcmp(verb, "/void") == 0)
        bank_void(&acquirer.bank, name, clock_wall_ms(), reply);
    else if (post && strcmp(verb, "/refund") == 0)
        bank_refund(&acquirer.bank, name, clock_wall_ms(), reply);
    else if (!post && *verb == '\0')
        bank_query(&acquirer.bank, name, reply);
    else
        bank_error(reply, 404, "not_found", "There is charge, void, refund and query.");
}

static bool export_book(struct exchange *exchange)
{
    uint64_t offset, size_bytes;
    int fd = ledger_export(acquirer.bank.ledger, &offset, &size_bytes);

    if (fd < 0)
        return false;
    http_answer_file(exchange, fd, offset, size_bytes);
    return true;
}

static void handle(void *context, struct exchange *exchange)
{
    static const char charges[] = "/v1/charges";
    struct reply reply = {0};
    const char *path = exchange->path;
    bool get = strcmp(exchange->method, "GET") == 0;

    (void)context;
    out_init(&reply.body);
    reply.about_key = strncmp(path, charges, strlen(charges)) == 0;
    if (get && strcmp(path, "/v1/ledger") == 0 && export_book(exchange))
        return;
    if (!get && strcmp(exchange->method, "POST") != 0)
        bank_error(&reply, 405, "method", "GET or POST.");
    else if (!get && strcmp(path, charges) == 0)
        bank_charge(&acquirer.bank, str_of(exchange->key), out_str(&exchange->body), clock_wall_ms(), &reply);
    else if (strncmp(path, charges, strlen(charges)) == 0 && path[strlen(charges)] == '/')
        use_key(exchange, path + sizeof(charges), &reply);
    else if (get && strcmp(path, "/v1/totals") == 0)
        bank_totals(&acquirer.bank, &reply);
    else if (strcmp(path, "/v1/behaviour") == 0)
        behave(exchange, &reply);
    else
        bank_error(&reply, 404, "not_found", "There are /v1/charges, /v1/ledger, /v1/totals and /v1/behaviour.");
    reply_to(exchange, &reply);
}

/* --- the process -------------------------------------------------------------------------------------------------- */

static void make_metrics(void)
{
    static const char *const labels[] = {NULL, NULL, "code=\"2xx\"", NULL, "code=\"4xx\"", "code=\"5xx\""};

    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        if (labels[i])
            acquirer.answered[i] = metric_counter("shop_acquirer_answers_total", "Answers by class of status.",
                                                  labels[i]);
    acquirer.silences = metric_counter("shop_acquirer_silences_total", "Charges that were never answered.", NULL);
    acquirer.syncs = metric_counter("shop_acquirer_syncs_total", "Times that the book went to the disk.", NULL);
}

static enum status open_all(struct err *err)
{
    enum status status = ledger_open(ledger_path, &acquirer.bank.ledger, err);

    if (status != ST_OK)
        return status;
    recall_behaviour();
    acquirer.sync = evtimer_new(acquirer.program.base, sync_book, NULL);
    if (!acquirer.sync)
        abort();
    make_metrics();
    return http_open(acquirer.program.base, listen_address, handle, NULL, &acquirer.http, err);
}

int main(int argc, char **argv)
{
    struct err err;
    int code;

    if (!program_begin(&acquirer.program, argc, argv, &code))
        return code;
    if (open_all(&err) == ST_OK) {
        log_info("listening on %s", listen_address);
        code = program_loop(&acquirer.program);
    } else {
        log_error("%s", err.text);
        code = 1;
    }
    if (acquirer.bank.ledger)
        ledger_sync(acquirer.bank.ledger);
    while (acquirer.open)
        give(acquirer.open);
    http_close(acquirer.http);
    if (acquirer.sync)
        event_free(acquirer.sync);
    ledger_close(acquirer.bank.ledger);
    program_close(&acquirer.program);
    return code;
}
