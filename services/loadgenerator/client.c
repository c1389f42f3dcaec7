/* client.c - requests and answers on sockets that never block.
 *
 * A request is usually written by one system call, and its answer read by one; the event for reading stays armed for the
 * life of the connection, so that the end of a kept connection is seen when it happens. */
#include "services/loadgenerator/client.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "services/loadgenerator/json.h"

enum { BUFFER_BYTES = 256 * 1024 };

struct connection {
    struct client *client;
    connection_fn *done;
    void *context;
    int fd; /* -1: closed */
    bool asking, connecting;
    bool kept;       /* the connection has carried an answer before */
    bool repeatable; /* may be sent once more when a kept connection has ended */
    struct event *readable, *writable, *timer;
    struct out request;
    size_t sent;
    struct answer answer;
};

/* --- the target ------------------------------------------------------------------------------------------------------------- */

static bool is_loopback(const struct sockaddr_storage *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

    if (address->ss_family == AF_INET)
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    return address->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static enum status resolve(struct client *client, struct err *err)
{
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    char host[128], *port;
    int code;

    snprintf(host, sizeof(host), "%s", client->host);
    port = strrchr(host, ':');
    if (!port || strchr(port, ']')) /* the colons of [::1] are its own */
        port = NULL;
    else
        *port++ = '\0';
    if (host[0] == '[' && host[strlen(host) - 1] == ']') {
        host[strlen(host) - 1] = '\0';
        memmove(host, host + 1, strlen(host));
    }
    code = getaddrinfo(host, port ? port : "80", &wanted, &found);
    if (code != 0)
        return err_set(err, ST_REJECT, "the target's address is not known: %s", gai_strerror(code));
    memcpy(&client->address, found->ai_addr, found->ai_addrlen);
    client->address_bytes = found->ai_addrlen;
    freeaddrinfo(found);
    return ST_OK;
}

enum status client_open(struct client *client, struct event_base *base, const char *target, bool remote,
                        int64_t patience_ms, struct tally *tally, struct err *err)
{
    static const char scheme[] = "http://";
    struct timeval patience = {patience_ms / 1000, patience_ms % 1000 * 1000};
    size_t len;
    enum status status;

    *client = (struct client){.base = base, .tally = tally};
    if (strncmp(target, scheme, sizeof(scheme) - 1) != 0)
        return err_set(err, ST_REJECT, "the target \"%s\" is not written http://host:port", target);
    target += sizeof(scheme) - 1;
    len = strcspn(target, "/");
    if (len == 0 || len >= sizeof(client->host) || (target[len] && target[len + 1]))
        return err_set(err, ST_REJECT, "the target is http://host:port and no more");
    snprintf(client->host, sizeof(client->host), "%.*s", (int)len, target);
    status = resolve(client, err);
    if (status != ST_OK)
        return status;
    if (!remote && !is_loopback(&client->address))
        return err_set(err, ST_REJECT, "%s is not on this machine; who may load it says so by APP_ALLOW_REMOTE=on",
                       client->host);
    client->patience = event_base_init_common_timeout(base, &patience);
    out_init(&client->host_line);
    json_format(&client->host_line, " HTTP/1.1\r\nHost: %s\r\n", client->host);
    client->buffer = malloc(BUFFER_BYTES);
    if (!client->buffer || !client->patience)
        abort();
    return ST_OK;
}

void client_release(struct client *client)
{
    free(client->buffer);
    out_release(&client->host_line);
    client->buffer = NULL;
}

/* --- the end of a request ------------------------------------------------------------------------------------------------- */

static void hang_up(struct connection *connection)
{
    if (connection->fd < 0)
        return;
    event_del(connection->readable);
    event_del(connection->writable);
    close(connection->fd);
    connection->fd = -1;
    connection->connecting = false;
    connection->kept = false;
}

static void finish(struct connection *connection, enum fault fault)
{
    connection->asking = false;
    event_del(connection->timer);
    if (fault != FAULT_NONE || !connection->answer.keeps)
        hang_up(connection);
    else
        connection->kept = true;
    if (fault == FAULT_NONE)
        connection->client->tally->counters[TALLY_EXCHANGES]++;
    connection->done(connection->context, fault, &connection->answer);
}

static void on_time(evutil_socket_t fd, short what, void *context)
{
    struct connection *connection = context;

    (void)fd;
    (void)what;
    finish(connection, connection->fd < 0 || connection->connecting ? FAULT_REFUSED : FAULT_TIMEOUT);
}

/* --- connecting and sending ------------------------------------------------------------------------------------------------ */

static void dial(struct connection *connection);

/* The connection ended under a request. */
static void broke(struct connection *connection, enum fault fault)
{
    bool untouched = connection->answer.head_bytes == 0 && connection->answer.part == ANSWER_STATUS_LINE;

    if (connection->kept && connection->repeatable && untouched) {
        hang_up(connection);
        connection->repeatable = false;
        dial(connection);
        return;
    }
    finish(connection, fault);
}

static void send_more(struct connection *connection)
{
    const struct out *request = &connection->request;

    while (connection->sent < request->len) {
        ssize_t n = send(connection->fd, request->ptr + connection->sent, request->len - connection->sent,
                         MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) {
            event_add(connection->writable, NULL);
            return;
        }
        if (n < 0) { /* an answer may have come before the end, and lies there to be read */
            connection->sent = request->len;
            return;
        }
        connection->sent += (size_t)n;
        connection->client->tally->counters[TALLY_BYTES_OUT] += (uint64_t)n;
    }
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
    struct connection *connection = context;
    int problem = 0;
    socklen_t size_bytes = sizeof(problem);

    (void)what;
    if (connection->connecting) {
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size_bytes);
        if (problem) {
            finish(connection, FAULT_REFUSED);
            return;
        }
        connection->connecting = false;
        event_add(connection->readable, NULL);
    }
    send_more(connection);
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
    struct connection *connection = context;
    struct client *client = connection->client;
    ssize_t n = recv(fd, client->buffer, BUFFER_BYTES, 0);
    enum answer_progress progress;

    (void)what;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (!connection->asking) { /* it ended while nothing was asked, or speaks without being asked */
        hang_up(connection);
        return;
    }
    if (n > 0)
        client->tally->counters[TALLY_BYTES_IN] += (uint64_t)n;
    progress = n > 0    ? answer_hear(&connection->answer, client->buffer, (size_t)n)
               : n == 0 ? answer_end(&connection->answer)
                        : ANSWER_MORE;
    if (progress == ANSWER_WHOLE)
        finish(connection, FAULT_NONE);
    else if (progress == ANSWER_BROKEN)
        finish(connection, FAULT_MALFORMED);
    else if (progress == ANSWER_TOO_BIG)
        finish(connection, FAULT_TOO_BIG);
    else if (n <= 0)
        broke(connection, FAULT_CLOSED);
}

/* A connection that cannot even be begun fails from the loop, not from within the asking. */
static void dial(struct connection *connection)
{
    const struct client *client = connection->client;
    int fd = socket(client->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct timeval now = {0, 0};

    connection->sent = 0;
    answer_clear(&connection->answer);
    if (fd < 0) {
        event_add(connection->timer, &now);
        return;
    }
    connection->fd = fd;
    connection->connecting = true;
    client->tally->counters[TALLY_CONNECTIONS]++;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    event_assign(connection->readable, client->base, fd, EV_READ | EV_PERSIST, on_readable, connection);
    event_assign(connection->writable, client->base, fd, EV_WRITE, on_writable, connection);
    if (connect(fd, (const struct sockaddr *)&client->address, client->address_bytes) != 0 && errno != EINPROGRESS) {
        hang_up(connection);
        event_add(connection->timer, &now);
        return;
    }
    event_add(connection->writable, NULL);
}

/* --- the connection ---------------------------------------------------------------------------------------------------------- */

struct connection *connection_new(struct client *client, connection_fn *done, void *context)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    if (!connection)
        abort();
    connection->client = client;
    connection->done = done;
    connection->context = context;
    connection->fd = -1;
    connection->readable = event_new(client->base, -1, 0, on_readable, connection);
    connection->writable = event_new(client->base, -1, 0, on_writable, connection);
    connection->timer = evtimer_new(client->base, on_time, connection);
    if (!connection->readable || !connection->writable || !connection->timer)
        abort();
    out_init(&connection->request);
    answer_init(&connection->answer);
    return connection;
}

void connection_free(struct connection *connection)
{
    if (!connection)
        return;
    hang_up(connection);
    event_free(connection->readable);
    event_free(connection->writable);
    event_free(connection->timer);
    out_release(&connection->request);
    answer_release(&connection->answer);
    free(connection);
}

void connection_ask(struct connection *connection, const char *method, struct str path, struct str head,
                    struct str body, bool repeatable)
{
    struct out *request = &connection->request;

    out_clear(request);
    out_put(request, method, strlen(method));
    out_put(request, " ", 1);
    out_put_str(request, path);
    out_put_str(request, out_str(&connection->client->host_line));
    out_put_str(request, head);
    if (body.len || strcmp(method, "GET") != 0) {
        out_put_str(request, STR("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "));
        out_put_int(request, (long)body.len);
        out_put(request, "\r\n", 2);
    }
    out_put(request, "\r\n", 2);
    out_put_str(request, body);
    connection->asking = true;
    connection->repeatable = repeatable;
    event_add(connection->timer, connection->client->patience);
    if (connection->fd < 0) {
        dial(connection);
        return;
    }
    connection->sent = 0;
    answer_clear(&connection->answer);
    send_more(connection);
}
