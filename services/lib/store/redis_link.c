/* redis_link.c - connecting, losing, and connecting again. */
#include "store/redis_link.h"

#include <hiredis/adapters/libevent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BACKOFF_FIRST_MS = 100, BACKOFF_MOST_MS = 2000, CONNECT_MS = 1000 };

static void connect_again(struct redis_link *link)
{
    int64_t wait_ms = link->backoff_ms / 2 + random() % (link->backoff_ms / 2 + 1);
    struct timeval wait = {wait_ms / 1000, (wait_ms % 1000) * 1000};

    evtimer_add(link->retry, &wait);
    link->backoff_ms = link->backoff_ms * 2 > BACKOFF_MOST_MS ? BACKOFF_MOST_MS : link->backoff_ms * 2;
}

/* hiredis frees the connection when this returns. */
static void lost(struct redis_link *link, const char *why)
{
    bool was_up = link->up;

    err_set(&link->last, ST_RETRY, "%s", why);
    link->connection = NULL;
    link->up = false;
    evtimer_del(link->patience);
    connect_again(link);
    if (was_up)
        link->changed(link->context, false);
}

static void connected(const redisAsyncContext *connection, int status)
{
    struct redis_link *link = connection->data;

    if (!link)
        return;
    if (status != REDIS_OK) {
        lost(link, connection->errstr);
        return;
    }
    evtimer_del(link->patience);
    link->up = true;
    link->backoff_ms = BACKOFF_FIRST_MS;
    link->changed(link->context, true);
}

static void disconnected(const redisAsyncContext *connection, int status)
{
    struct redis_link *link = connection->data;

    if (link && link->connection == connection)
        lost(link, status == REDIS_OK ? "the connection was given up" : connection->errstr);
}

void redis_link_drop(struct redis_link *link, const char *why)
{
    redisAsyncContext *connection = link->connection;

    if (!connection)
        return;
    lost(link, why);
    redisAsyncFree(connection);
}

static void took_too_long(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    redis_link_drop(context, "connecting took too long");
}

static void begin(evutil_socket_t fd, short what, void *context)
{
    struct redis_link *link = context;
    struct timeval patience = {CONNECT_MS / 1000, (CONNECT_MS % 1000) * 1000};
    redisAsyncContext *connection = redisAsyncConnect(link->host, link->port);

    (void)fd;
    (void)what;
    if (!connection || connection->err) {
        err_set(&link->last, ST_RETRY, "%s", connection ? connection->errstr : "out of memory");
        if (connection)
            redisAsyncFree(connection);
        connect_again(link);
        return;
    }
    link->connection = connection;
    connection->data = link;
    redisLibeventAttach(connection, link->base);
    redisAsyncSetConnectCallback(connection, connected);
    redisAsyncSetDisconnectCallback(connection, disconnected);
    evtimer_add(link->patience, &patience);
}

static void start(struct redis_link *link)
{
    link->backoff_ms = BACKOFF_FIRST_MS;
    err_set(&link->last, ST_RETRY, "not connected yet");
    link->retry = evtimer_new(link->base, begin, link);
    link->patience = evtimer_new(link->base, took_too_long, link);
    if (!link->retry || !link->patience)
        abort();
    begin(-1, 0, link);
}

static enum status read_address(struct redis_link *link, const char *address, struct err *err)
{
    const char *colon = strrchr(address, ':');
    long port = colon ? strtol(colon + 1, NULL, 10) : 0;

    if (!colon || colon == address || (size_t)(colon - address) >= sizeof(link->host) || port < 1 || port > 65535)
        return err_set(err, ST_FATAL, "APP_REDIS=%s is not a host and port, like 127.0.0.1:6379", address);
    snprintf(link->host, sizeof(link->host), "%.*s", (int)(colon - address), address);
    link->port = (int)port;
    return ST_OK;
}

enum status redis_link_open(struct redis_link *link, struct event_base *base, const char *address,
                            void (*changed)(void *context, bool up), void *context, struct err *err)
{
    enum status status;

    *link = (struct redis_link){.base = base, .changed = changed, .context = context};
    status = read_address(link, address, err);
    if (status == ST_OK)
        start(link);
    else
        link->base = NULL; /* not open: nothing to close */
    return status;
}

void redis_link_open_beside(struct redis_link *link, const struct redis_link *first,
                            void (*changed)(void *context, bool up), void *context)
{
    *link = (struct redis_link){.base = first->base, .port = first->port, .changed = changed, .context = context};
    memcpy(link->host, first->host, sizeof(link->host));
    start(link);
}

void redis_link_close(struct redis_link *link)
{
    redisAsyncContext *connection = link->connection;

    if (!link->base)
        return;
    link->connection = NULL;
    link->up = false;
    if (connection) {
        connection->data = NULL;
        redisAsyncFree(connection);
    }
    event_free(link->retry);
    event_free(link->patience);
    *link = (struct redis_link){0};
}
