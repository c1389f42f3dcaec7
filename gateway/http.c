/* http.c - libmicrohttpd inside the process's loop.
 *
 * Four rules, each of which hangs or aborts the process when broken: (1) after a resume the pump must be run by us;
 * (2) never from inside one of the library's callbacks, only through the loop; (3) the library's timeout of 0 means data
 * already read: run again; (4) at the end nothing may be suspended. We accept connections ourselves, so its limit
 * cannot shut the door for ever. */
#include "gateway/http.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/server.h"

enum {
    POOL_BYTES = 20 * 1024, /* per connection: the largest header that we take, and the answer's */
    BACKLOG = 1024,
    PEEK_BYTES = 128,
    MAX_UNREAD_PIECES = 16
};

/* --- answering ------------------------------------------------------------------------------------------------------ */

void http_kick(struct http *http)
{
    http->again = true;
    if (!http->pumping)
        event_active(http->pump, EV_TIMEOUT, 0);
}

void http_resume(struct request *request)
{
    if (!request->waiting)
        return;
    request->waiting = false;
    MHD_resume_connection(request->connection);
    http_kick(request->http);
}

void http_respond(struct request *request, unsigned status, struct MHD_Response *response)
{
    if (request->response || request->status) { /* two answers: the first counts */
        MHD_destroy_response(response);
        return;
    }
    request->status = status;
    request->response = response;
    http_resume(request);
}

/* --- connections ---------------------------------------------------------------------------------------------------- */

static void peer_begin(struct http *http, struct MHD_Connection *connection, void **socket_context)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct peer *peer = calloc(1, sizeof *peer);

    if (peer == NULL)
        abort();
    peer->fd = info ? info->connect_fd : -1;
    peer->since_us = clock_steady_us();
    peer->next = http->peers;
    if (peer->next)
        peer->next->previous = peer;
    http->peers = peer;
    http->connections++;
    *socket_context = peer;
}

static void peer_end(struct http *http, struct peer *peer)
{
    if (peer->previous)
        peer->previous->next = peer->next;
    else
        http->peers = peer->next;
    if (peer->next)
        peer->next->previous = peer->previous;
    http->connections--;
    free(peer);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        peer_begin(cls, connection, socket_context);
    else if (*socket_context)
        peer_end(cls, *socket_context);
}

/* Once a second: whoever drips is cut off. The library's own timeout counts silence only. */
static void sweep(evutil_socket_t fd, short what, void *context)
{
    struct http *http = context;
    int64_t now_us = clock_steady_us();

    (void)fd, (void)what;
    for (struct peer *peer = http->peers; peer; peer = peer->next) {
        const struct request *request = peer->request;
        bool sending = request && request->status;
        int64_t patience_s = sending ? HTTP_SEND_PATIENCE_S : HTTP_READ_PATIENCE_S;

        if (request && (request->stream || (request->handled && !sending)))
            continue; /* a stream has its heartbeat, a handler its timer */
        if (now_us - peer->since_us > patience_s * 1000000 && peer->fd >= 0)
            shutdown(peer->fd, SHUT_RDWR);
    }
    http_kick(http);
}

/* Says 400 and closes. What came is read first: a socket closed with bytes unread takes the answer away again. */
static void turn_away(evutil_socket_t fd)
{
    static const char answer[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
                                 "Content-Length: 18\r\n\r\nThis is not HTTP.\n";
    char unread[4096];

    for (int i = 0; i < MAX_UNREAD_PIECES && recv(fd, unread, sizeof unread, MSG_DONTWAIT) > 0; i++)
        continue;
    if (send(fd, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
        shutdown(fd, SHUT_WR);
    evutil_closesocket(fd);
    log_debug("what came was not HTTP: 400");
}

/* Judges what has come already; the kernel gives us a connection with its first bytes (deferred accept), or silent after a
 * second. */
static bool begins_like_http(evutil_socket_t fd)
{
    char came[PEEK_BYTES];
    ssize_t len = recv(fd, came, sizeof came, MSG_PEEK | MSG_DONTWAIT);

    return len <= 0 || check_first_bytes((struct str){came, (size_t)len});
}

static void accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int len,
                     void *context)
{
    struct http *http = context;

    (void)listener;
    if (!begins_like_http(fd)) {
        turn_away(fd);
        return;
    }
    if (MHD_add_connection(http->daemon, fd, address, (socklen_t)len) != MHD_YES)
        log_debug("a connection was refused: there are %u", http->connections);
    http_kick(http);
}

static void pump(evutil_socket_t fd, short what, void *context)
{
    struct http *http = context;
    MHD_UNSIGNED_LONG_LONG wait_ms;

    (void)fd, (void)what;
    http->again = false;
    http->pumping = true;
    MHD_run(http->daemon);
    http->pumping = false;
    if (http->again || MHD_get_timeout(http->daemon, &wait_ms) == MHD_YES) {
        struct timeval wait = {0, 0};

        if (!http->again)
            wait = (struct timeval){(time_t)(wait_ms / 1000), (suseconds_t)(wait_ms % 1000 * 1000)};
        evtimer_add(http->pump_later, &wait);
    } else {
        evtimer_del(http->pump_later);
    }
}

/* --- life ----------------------------------------------------------------------------------------------------------- */

/* Paths stay as they came: an escaped slash or NUL must not become one behind check_target's back. */
static size_t keep_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls, (void)connection;
    return strlen(text);
}

static void on_complaint(void *cls, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));
static void on_complaint(void *cls, const char *format, va_list arguments)
{
    char text[256];

    (void)cls;
    if (log_threshold() > LOG_DEBUG)
        return;
    vsnprintf(text, sizeof text, format, arguments);
    log_debug("microhttpd: %.*s", (int)strcspn(text, "\n"), text);
}

static struct MHD_Daemon *start_daemon(struct http *http)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG, 0,
                            NULL, NULL, reading_step, http, MHD_OPTION_EXTERNAL_LOGGER, on_complaint, NULL,
                            MHD_OPTION_URI_LOG_CALLBACK, reading_target, http, MHD_OPTION_NOTIFY_COMPLETED, reading_end,
                            http, MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_UNESCAPE_CALLBACK,
                            keep_escapes, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
                            MHD_OPTION_CONNECTION_LIMIT, http->options->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                            http->options->connections_per_address, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

enum status http_open(struct event_base *base, const struct http_options *options, struct http **opened,
                      struct err *err)
{
    struct http *http = calloc(1, sizeof *http);
    struct timeval second = {1, 0};
    int epoll_fd;

    if (http == NULL)
        abort();
    http->options = options;
    http->daemon = start_daemon(http);
    if (http->daemon == NULL) {
        free(http);
        return err_set(err, ST_FATAL, "the HTTP library does not start");
    }
    epoll_fd = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    http->pump = event_new(base, epoll_fd, EV_READ | EV_PERSIST, pump, http);
    http->pump_later = evtimer_new(base, pump, http);
    http->sweep = event_new(base, -1, EV_PERSIST, sweep, http);
    if (http->pump == NULL || http->pump_later == NULL || http->sweep == NULL || event_add(http->pump, NULL) ||
        event_add(http->sweep, &second))
        abort();
    *opened = http;
    return ST_OK;
}

enum status http_listen(struct http *http, struct err *err)
{
    struct sockaddr_storage address;
    int len = sizeof address;

    if (evutil_parse_sockaddr_port(http->options->listen, (struct sockaddr *)&address, &len) != 0)
        return err_set(err, ST_FATAL, "APP_LISTEN is '%s', which is no numeric address with a port",
                       http->options->listen);
    http->listener = evconnlistener_new_bind(event_get_base(http->pump), accepted, http,
                                             LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE |
                                                 LEV_OPT_DEFERRED_ACCEPT,
                                             BACKLOG, (struct sockaddr *)&address, len);
    if (http->listener == NULL)
        return err_set(err, ST_FATAL, "nobody can listen on %s: %s", http->options->listen,
                       evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
    return ST_OK;
}

bool http_listens(const struct http *http)
{
    return http->listener != NULL;
}

unsigned http_connections(const struct http *http)
{
    return http->connections;
}

static void let_go(struct request *request)
{
    if (request->let_go)
        request->let_go(request->waiter);
    reading_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "The shop is being restarted.");
}

void http_stop(struct http *http)
{
    if (http->listener)
        evconnlistener_free(http->listener);
    http->listener = NULL;
    http->stopping = true;
    for (struct peer *peer = http->peers; peer; peer = peer->next) {
        struct request *request = peer->request;

        if (request && request->stream)
            stream_end(request->stream);
        else if (request && request->waiting)
            let_go(request);
    }
    MHD_run(http->daemon);
}

void http_close(struct http *http)
{
    if (http == NULL)
        return;
    http_stop(http);
    event_free(http->pump);
    event_free(http->pump_later);
    event_free(http->sweep);
    MHD_stop_daemon(http->daemon);
    reading_release(http);
    free(http);
}
