/* pg_link.c - connecting without waiting, and again after each loss. The descriptor changes while connecting. */
#include "store/pg_link.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { BACKOFF_FIRST_MS = 100, BACKOFF_MOST_MS = 2000, CONNECT_MS = 3000, EXTRA = 16 };

/* A stopped owner's locks must end soon (idle_in_transaction), and no wait is for ever. Rows are always found by key: on
 * a table that was empty when the plan was made, a scan would be chosen and kept. */
static const char session[] =
    "-c statement_timeout=10s -c lock_timeout=3s -c idle_in_transaction_session_timeout=5s "
    "-c client_min_messages=warning -c enable_seqscan=off -c jit=off -c plan_cache_mode=force_generic_plan";

static void disconnect(struct pg_link *link)
{
    if (link->io)
        event_free(link->io);
    if (link->write)
        event_free(link->write);
    link->io = link->write = NULL;
    if (link->connection)
        PQfinish(link->connection);
    link->connection = NULL;
    event_del(link->patience);
}

static void connect_again(struct pg_link *link)
{
    int64_t wait_ms = link->backoff_ms / 2 + random() % (link->backoff_ms / 2 + 1);
    struct timeval wait = {wait_ms / 1000, (wait_ms % 1000) * 1000};

    evtimer_add(link->retry, &wait);
    link->backoff_ms = link->backoff_ms * 2 > BACKOFF_MOST_MS ? BACKOFF_MOST_MS : link->backoff_ms * 2;
}

/* libpq ends its sentences with a line break, and sometimes has several lines. */
static void note(struct pg_link *link, const char *why)
{
    size_t len = strcspn(why, "\n");

    err_set(&link->last, ST_RETRY, "%.*s", (int)len, len ? why : "connection lost");
}

void pg_link_drop(struct pg_link *link, const char *why)
{
    bool was_up = link->up;

    note(link, why);
    link->up = false;
    disconnect(link);
    connect_again(link);
    if (was_up)
        link->changed(link->context, false);
}

static void work(evutil_socket_t fd, short what, void *context)
{
    struct pg_link *link = context;

    (void)fd;
    (void)what;
    if (!PQconsumeInput(link->connection)) {
        pg_link_drop(link, PQerrorMessage(link->connection));
        return;
    }
    pg_link_flush(link);
    if (link->up)
        link->readable(link->context);
    if (link->up && PQstatus(link->connection) == CONNECTION_BAD)
        pg_link_drop(link, PQerrorMessage(link->connection));
}

static void flush_more(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    pg_link_flush(context);
}

void pg_link_flush(struct pg_link *link)
{
    int left = PQflush(link->connection);
    struct timeval now = {0, 0};

    if (left > 0)
        event_add(link->write, NULL);
    if (left < 0)
        evtimer_add(link->fell, &now);
}

/* Writing failed; what the server said before it closed is still to be read, and then reading fails too. */
static void fell(evutil_socket_t fd, short what, void *context)
{
    struct pg_link *link = context;

    if (link->up)
        work(fd, what, link);
    if (link->up && PQflush(link->connection) < 0)
        pg_link_drop(link, PQerrorMessage(link->connection));
}

static void ignore_notice(void *context, const char *text)
{
    (void)context;
    log_debug("Postgres: %.*s", (int)strcspn(text, "\n"), text);
}

static void connected(struct pg_link *link)
{
    int fd = PQsocket(link->connection);

    if (PQsetnonblocking(link->connection, 1) != 0 || !PQenterPipelineMode(link->connection)) {
        pg_link_drop(link, "pipeline mode was refused");
        return;
    }
    PQsetErrorVerbosity(link->connection, PQERRORS_TERSE); /* no detail: see note_error */
    PQsetNoticeProcessor(link->connection, ignore_notice, NULL);
    event_del(link->patience);
    link->io = event_new(link->base, fd, EV_READ | EV_PERSIST, work, link);
    link->write = event_new(link->base, fd, EV_WRITE, flush_more, link);
    if (!link->io || !link->write)
        abort();
    event_add(link->io, NULL);
    link->backoff_ms = BACKOFF_FIRST_MS;
    link->up = true;
    link->changed(link->context, true);
}

static void go_on_connecting(evutil_socket_t fd, short what, void *context)
{
    struct pg_link *link = context;
    PostgresPollingStatusType next = PQconnectPoll(link->connection);

    (void)fd;
    (void)what;
    if (link->io)
        event_free(link->io);
    link->io = NULL;
    if (next == PGRES_POLLING_FAILED) {
        pg_link_drop(link, PQerrorMessage(link->connection));
        return;
    }
    if (next == PGRES_POLLING_OK) {
        connected(link);
        return;
    }
    link->io = event_new(link->base, PQsocket(link->connection), next == PGRES_POLLING_READING ? EV_READ : EV_WRITE,
                         go_on_connecting, link);
    if (!link->io)
        abort();
    event_add(link->io, NULL);
}

/* The url's options, and ours where it says nothing. */
static PGconn *start_connection(const struct pg_link *link)
{
    const char *const ours[][2] = {{"application_name", link->name},
                                   {"options", session},
                                   {"keepalives", "1"},
                                   {"keepalives_idle", "5"},
                                   {"keepalives_interval", "2"},
                                   {"keepalives_count", "3"},
                                   {"tcp_user_timeout", "8000"},
                                   {"target_session_attrs", "read-write"}};
    const char *names[128], *values[128];
    size_t count = 0;

    for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++) {
        names[count] = ours[i][0];
        values[count++] = ours[i][1];
    }
    for (const PQconninfoOption *option = link->options; option->keyword && count < 127; option++)
        if (option->val) {
            names[count] = option->keyword;
            values[count++] = option->val;
        }
    names[count] = NULL;
    values[count] = NULL;
    return PQconnectStartParams(names, values, 0);
}

static void begin(evutil_socket_t fd, short what, void *context)
{
    struct pg_link *link = context;
    struct timeval patience = {CONNECT_MS / 1000, (CONNECT_MS % 1000) * 1000};

    (void)fd;
    (void)what;
    link->connection = start_connection(link);
    if (!link->connection)
        abort();
    if (PQstatus(link->connection) == CONNECTION_BAD) {
        pg_link_drop(link, PQerrorMessage(link->connection));
        return;
    }
    evtimer_add(link->patience, &patience);
    link->io = event_new(link->base, PQsocket(link->connection), EV_WRITE, go_on_connecting, link);
    if (!link->io)
        abort();
    event_add(link->io, NULL);
}

static void took_too_long(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    pg_link_drop(context, "connecting took too long");
}

enum status pg_link_open(struct pg_link *link, struct event_base *base, const char *url, const char *name,
                         void (*changed)(void *context, bool up), void (*readable)(void *context), void *context,
                         struct err *err)
{
    char *why = NULL;
    struct timeval now = {0, 0};

    *link = (struct pg_link){.base = base,
                             .name = name,
                             .backoff_ms = BACKOFF_FIRST_MS,
                             .changed = changed,
                             .readable = readable,
                             .context = context};
    err_set(&link->last, ST_RETRY, "not connected yet");
    link->retry = evtimer_new(base, begin, link);
    link->patience = evtimer_new(base, took_too_long, link);
    link->fell = evtimer_new(base, fell, link);
    if (!link->retry || !link->patience || !link->fell)
        abort();
    link->options = PQconninfoParse(url, &why);
    if (!link->options) {
        err_set(err, ST_FATAL, "the database's address cannot be read: %.*s", (int)strcspn(why ? why : "", "\n"),
                why ? why : "");
        PQfreemem(why);
        return ST_FATAL;
    }
    evtimer_add(link->retry, &now);
    return ST_OK;
}

void pg_link_close(struct pg_link *link)
{
    link->up = false;
    disconnect(link);
    event_free(link->retry);
    event_free(link->patience);
    event_free(link->fell);
    PQconninfoFree(link->options);
}
