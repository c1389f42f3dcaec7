/* http.c - libmicrohttpd's epoll descriptor as one event of the loop; requests that wait are suspended.
 *
 * After a resume the library must be run once more; it does not wake itself. */
#include "deploy/local/acquirer/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { CONNECTIONS = 900, IDLE_S = 60, CONNECTION_BYTES = 16 * 1024 };

struct http {
    struct MHD_Daemon *daemon;
    struct event *ready, *tick, *again;
    http_handle_fn *handle;
    void *context;
    struct exchange *exchanges;
    unsigned connections;
};

/* --- one request -------------------------------------------------------------------------------------------------- */

static enum MHD_Result queue_answer(struct exchange *exchange)
{
    if (exchange->dropped)
        return MHD_NO;
    return MHD_queue_response(exchange->connection, exchange->status, exchange->response);
}

static void finish(struct exchange *exchange)
{
    struct timeval now = {0, 0};

    exchange->answered = true;
    if (!exchange->suspended)
        return;
    exchange->suspended = false;
    MHD_resume_connection(exchange->connection);
    evtimer_add(exchange->http->again, &now);
}

void http_answer(struct exchange *exchange, unsigned status, struct str body)
{
    exchange->status = status;
    exchange->response = MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.ptr, MHD_RESPMEM_MUST_COPY);
    if (!exchange->response)
        abort();
    MHD_add_response_header(exchange->response, "Content-Type", "application/json");
    finish(exchange);
}

void http_answer_file(struct exchange *exchange, int fd, uint64_t offset, uint64_t size_bytes)
{
    exchange->status = MHD_HTTP_OK;
    exchange->response = MHD_create_response_from_fd_at_offset64(size_bytes, fd, offset);
    if (!exchange->response)
        abort();
    MHD_add_response_header(exchange->response, "Content-Type", "application/x-ndjson");
    finish(exchange);
}

void http_drop(struct exchange *exchange)
{
    exchange->dropped = true;
    finish(exchange);
}

static struct exchange *begin(struct http *http, struct MHD_Connection *connection, const char *url, const char *method)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));

    if (!exchange)
        abort();
    exchange->http = http;
    exchange->connection = connection;
    exchange->method = method;
    exchange->path = url;
    exchange->key = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Idempotency-Key");
    out_init(&exchange->body);
    exchange->after = http->exchanges;
    if (http->exchanges)
        http->exchanges->before = exchange;
    http->exchanges = exchange;
    return exchange;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_bytes, void **request)
{
    struct exchange *exchange = *request;

    (void)version;
    if (!exchange) {
        *request = begin(context, connection, url, method);
        return MHD_YES;
    }
    if (*upload_bytes > 0) {
        if (exchange->body.len + *upload_bytes > HTTP_BODY_MAX_BYTES)
            return MHD_NO;
        out_put(&exchange->body, upload, *upload_bytes);
        *upload_bytes = 0;
        return MHD_YES;
    }
    if (!exchange->asked) {
        exchange->asked = true;
        exchange->http->handle(exchange->http->context, exchange);
        if (!exchange->answered) {
            exchange->suspended = true;
            MHD_suspend_connection(connection);
            return MHD_YES;
        }
    }
    return queue_answer(exchange);
}

static void end(void *context, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode why)
{
    struct exchange *exchange = *request;
    struct http *http = context;

    (void)connection;
    (void)why;
    if (!exchange)
        return;
    if (exchange->before)
        exchange->before->after = exchange->after;
    else
        http->exchanges = exchange->after;
    if (exchange->after)
        exchange->after->before = exchange->before;
    if (exchange->response)
        MHD_destroy_response(exchange->response);
    if (exchange->body.ptr) /* it held a card */
        explicit_bzero(exchange->body.ptr, exchange->body.size_bytes);
    out_release(&exchange->body);
    free(exchange);
    *request = NULL;
}

/* --- the daemon --------------------------------------------------------------------------------------------------- */

static void serve(evutil_socket_t fd, short what, void *context)
{
    struct http *http = context;
    const union MHD_DaemonInfo *info;
    struct timeval soon = {0, 0};
    unsigned before = http->connections;
    MHD_UNSIGNED_LONG_LONG wait_ms;

    (void)fd;
    (void)what;
    MHD_run(http->daemon);
    info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    http->connections = info ? info->num_connections : 0;
    if (http->connections < before || (MHD_get_timeout(http->daemon, &wait_ms) == MHD_YES && wait_ms == 0))
        evtimer_add(http->again, &soon);
}

static enum status listen_at(struct http *http, const char *address, struct err *err)
{
    struct sockaddr_storage where;
    int where_bytes = sizeof(where);
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;

    if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&where, &where_bytes) != 0)
        return err_set(err, ST_FATAL, "APP_LISTEN=%s is not an address and port, like 127.0.0.1:19090", address);
    if (where.ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    http->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, http, MHD_OPTION_SOCK_ADDR, &where,
                                    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
                                    (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
                                    MHD_OPTION_NOTIFY_COMPLETED, end, http, MHD_OPTION_END);
    if (!http->daemon)
        return err_set(err, ST_FATAL, "cannot listen on %s: %s", address, strerror(errno));
    return ST_OK;
}

enum status http_open(struct event_base *base, const char *address, http_handle_fn *handler, void *context,
                      struct http **http, struct err *err)
{
    struct http *opened = calloc(1, sizeof(*opened));
    const union MHD_DaemonInfo *info;
    struct timeval second = {1, 0};
    enum status status;

    if (!opened)
        abort();
    opened->handle = handler;
    opened->context = context;
    status = listen_at(opened, address, err);
    if (status != ST_OK) {
        free(opened);
        return status;
    }
    info = MHD_get_daemon_info(opened->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info)
        abort();
    opened->ready = event_new(base, info->epoll_fd, EV_READ | EV_PERSIST, serve, opened);
    opened->tick = event_new(base, -1, EV_PERSIST, serve, opened);
    opened->again = evtimer_new(base, serve, opened);
    if (!opened->ready || !opened->tick || !opened->again)
        abort();
    event_add(opened->ready, NULL);
    event_add(opened->tick, &second);
    *http = opened;
    return ST_OK;
}

void http_close(struct http *http)
{
    if (!http)
        return;
    for (struct exchange *exchange = http->exchanges; exchange; exchange = exchange->after)
        if (exchange->suspended)
            http_answer(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, STR("{\"error\":\"closing\"}"));
    MHD_run(http->daemon); /* it aborts when it is stopped with a suspended connection */
    event_free(http->ready);
    event_free(http->tick);
    event_free(http->again);
    MHD_stop_daemon(http->daemon);
    free(http);
}
