/* edge.c - what the rules ask of the mail server: queued, written as letters, sent, answered.
 *
 * The same ask is here only once. While the server cannot be reached all wait, but for one that finds out whether it is back.
 * What is lost with the process is asked again by its deadline. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/guard.h"
#include "run/metrics.h"
#include "run/run.h"
#include "services/email/email.h"
#include "services/email/smtp.h"

enum { QUEUE_MAX = 1024, CONNECTIONS_MAX = 64, QUIET_US = 60 * 1000 * 1000 };

static const struct breaker_limits limits = {.failures = 3, .pause_ms = 5 * 1000, .pause_longest_ms = 60 * 1000};
static const struct budget_limits retries = {.percent = 20, .floor_second = 5, .most = 200};

struct email_settings email_settings;

struct waiting {
    struct waiting *next;
    struct msg *ask;
    bool sending;
    uint64_t permit; /* of the sending */
};

struct email_edge {
    struct run *run;
    struct seal_pair *own;
    struct letter_desk desk;
    struct smtp *smtp;
    struct guard *guard;
    struct metric *mails_waiting;
    struct waiting *first, **last; /* oldest first; those being sent are still in it */
    size_t count;
    struct arena arena; /* of one letter */
};

struct email_edge email_edge;

/* A server that is away is worth a line a minute, not one for each mail. */
static void log_failure(const struct send_email *asked, enum email_outcome outcome, const char *detail)
{
    static int64_t quiet_until_us;
    static unsigned untold;

    if (outcome == EMAIL_OUTCOME_TRY_LATER && clock_steady_us() < quiet_until_us) {
        untold++;
        return;
    }
    log_warning("the mail of order " STR_FMT " is not sent, %s: %s (%u more before it)", STR_ARG(asked->order_id),
                email_outcome_name(outcome), detail, untold);
    if (outcome == EMAIL_OUTCOME_TRY_LATER)
        quiet_until_us = clock_steady_us() + QUIET_US;
    untold = 0;
}

static void answer(const struct msg *ask, enum email_outcome outcome, const char *detail)
{
    const struct send_email *asked = ask->body;
    struct email_answered body = {
        .order_id = asked->order_id, .kind = asked->kind, .outcome = outcome, .detail = str_of(detail)};

    if (outcome != EMAIL_OUTCOME_ACCEPTED)
        log_failure(asked, outcome, detail);
    run_answer(email_edge.run, ask, MSG_EMAIL_ANSWERED, &body, run_now_ms(email_edge.run));
}

static struct waiting **find(const struct msg *ask)
{
    enum email_kind kind = ((const struct send_email *)ask->body)->kind;
    struct waiting **at = &email_edge.first;

    while (*at &&
           (((const struct send_email *)(*at)->ask->body)->kind != kind || !str_equal((*at)->ask->key, ask->key)))
        at = &(*at)->next;
    return at;
}

/* Answers it and forgets it. */
static void settle(struct waiting *waiting, enum email_outcome outcome, const char *detail)
{
    struct waiting **at = find(waiting->ask);

    answer(waiting->ask, outcome, detail);
    *at = waiting->next;
    if (!*at)
        email_edge.last = at;
    metric_set(email_edge.mails_waiting, (double)--email_edge.count);
    run_drop_ask(waiting->ask);
    free(waiting);
}

static void on_done(void *context, enum email_outcome outcome, bool reached, const char *detail)
{
    guard_report(email_edge.guard, ((struct waiting *)context)->permit, reached);
    settle(context, outcome, detail);
}

/* Writes one and sends it off. False: the server is not to be asked now. */
static bool begin(struct email_edge *edge, struct waiting *waiting, struct smtp_line *line)
{
    const char *detail = "";
    enum email_outcome outcome;

    waiting->permit = guard_permit(edge->guard);
    if (!waiting->permit)
        return false;
    outcome = letter_write(&edge->desk, waiting->ask->body, &edge->arena, smtp_letter(line), &detail);
    arena_clear(&edge->arena);
    waiting->sending = outcome == EMAIL_OUTCOME_ACCEPTED;
    if (waiting->sending) {
        smtp_send(line, on_done, waiting);
    } else {
        guard_give_back(edge->guard, waiting->permit);
        settle(waiting, outcome, detail);
    }
    return true;
}

/* Writes and sends what waits, as long as there is a free line. */
static void send_waiting(void *context)
{
    struct email_edge *edge = context;
    struct waiting *waiting = edge->first;
    struct smtp_line *line;

    while (waiting && (line = smtp_line(edge->smtp))) {
        struct waiting *next = waiting->next;

        if (!waiting->sending && !begin(edge, waiting, line))
            return;
        waiting = next;
    }
}

void email_ask(struct run *run, const struct msg *ask)
{
    struct waiting *waiting;

    (void)run;
    if (*find(ask))
        return; /* its answer will do for both */
    if (!guard_admits(email_edge.guard, ask))
        return;
    if (email_edge.count >= QUEUE_MAX) {
        answer(ask, EMAIL_OUTCOME_TRY_LATER, "Too many mails are waiting.");
        return;
    }
    waiting = calloc(1, sizeof(*waiting));
    if (!waiting)
        abort();
    waiting->ask = run_keep_ask(ask);
    *email_edge.last = waiting;
    email_edge.last = &waiting->next;
    metric_set(email_edge.mails_waiting, (double)++email_edge.count);
    send_waiting(&email_edge);
}

void email_learn(void *edge, const struct msg *heard)
{
    struct letter_desk *desk = &((struct email_edge *)edge)->desk;

    if (heard->type == MSG_CUSTOMER_KEY)
        (void)keyring_learn(desk->ring, heard->body);
    else
        shelf_learn(desk->shelf, heard->type, heard->body);
}

enum status email_open(struct run *run, struct err *err)
{
    const struct email_settings *settings = &email_settings;
    struct smtp_options options = {
        .server = {.url = settings->smtp, .tls_required = settings->tls_required, .trust = settings->trust},
        .from = settings->from,
        .lines = (size_t)settings->connections,
        .timeout_ms = settings->timeout_ms,
        .freed = send_waiting,
        .context = &email_edge};
    char path[4096];
    enum status status;

    if (settings->connections < 1 || settings->connections > CONNECTIONS_MAX)
        return err_set(err, ST_FATAL, "APP_SMTP_CONNECTIONS must be 1 to %d", CONNECTIONS_MAX);
    snprintf(path, sizeof(path), "%s/email.private.pem", settings->keys);
    status = seal_pair_read_private(path, &email_edge.own, err);
    if (status == ST_OK)
        status = smtp_open(run_base(run), &options, &email_edge.smtp, err);
    if (status != ST_OK)
        return status;
    email_edge.run = run;
    email_edge.last = &email_edge.first;
    email_edge.desk = (struct letter_desk){.ring = keyring_open("email", email_edge.own),
                                           .shelf = shelf_open(),
                                           .from = settings->from,
                                           .shop_url = settings->shop_url};
    arena_init(&email_edge.arena);
    email_edge.guard = guard_open(run_base(run), "mail server", &limits, &retries, send_waiting, &email_edge);
    email_edge.mails_waiting = metric_gauge("shop_mails_waiting",
                                            "mails that wait for the mail server, or for its answer", NULL);
    return ST_OK;
}

void email_close(struct run *run)
{
    (void)run;
    smtp_close(email_edge.smtp);
    guard_close(email_edge.guard);
    while (email_edge.first) {
        struct waiting *next = email_edge.first->next;

        run_drop_ask(email_edge.first->ask);
        free(email_edge.first);
        email_edge.first = next;
    }
    keyring_close(email_edge.desk.ring);
    shelf_close(email_edge.desk.shelf);
    seal_pair_free(email_edge.own);
    arena_release(&email_edge.arena);
    email_edge = (struct email_edge){0};
}
