/* httpd.c - libmicrohttpd's epoll descriptor as one event of the loop.
 *
 * At its connection limit the library forgets to listen again when all clients leave within one run; hence the second
 * run after the number of connections went down, and the tick. */
#include "run/httpd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

struct httpd {
    struct MHD_Daemon *daemon;
    struct event *ready, *tick, *again;
    unsigned connections;
};

void httpd_kick(struct httpd *httpd)
{
    struct timeval soon = {0, 0};

    evtimer_add(httpd->again, &soon);
}

static void serve(evutil_socket_t fd, short what, void *context)
{
    struct httpd *httpd = context;
    const union MHD_DaemonInfo *info;
    unsigned before = httpd->connections;
    MHD_UNSIGNED_LONG_LONG wait_ms;

    (void)fd;
    (void)what;
    MHD_run(httpd->daemon);
    info = MHD_get_daemon_info(httpd->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    httpd->connections = info ? info->num_connections : 0;
    if (httpd->connections < before || (MHD_get_timeout(httpd->daemon, &wait_ms) == MHD_YES && wait_ms == 0))
        httpd_kick(httpd);
}

static enum status listen_at(struct httpd *httpd, const char *address, const struct httpd_options *options,
                             struct err *err)
{
    struct sockaddr_storage where;
    int where_bytes = sizeof(where);
    unsigned flags = MHD_USE_EPOLL | (options->suspends ? MHD_ALLOW_SUSPEND_RESUME : 0);

    if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&where, &where_bytes) != 0)
        return err_set(err, ST_FATAL, "%s=%s is not an address and port, like 127.0.0.1:9100", options->setting,
                       address);
    if (where.ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    httpd->daemon = MHD_start_daemon(flags, 0, NULL, NULL, options->handle, options->context, MHD_OPTION_SOCK_ADDR,
                                     &where, MHD_OPTION_CONNECTION_LIMIT, options->connections,
                                     MHD_OPTION_CONNECTION_TIMEOUT, options->idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                     options->connection_bytes, MHD_OPTION_NOTIFY_COMPLETED, options->ended,
                                     options->context, MHD_OPTION_END);
    if (!httpd->daemon)
        return err_set(err, ST_FATAL, "cannot listen on %s=%s: %s", options->setting, address, strerror(errno));
    return ST_OK;
}

enum status httpd_open(struct event_base *base, const char *address, const struct httpd_options *options,
                       struct httpd **httpd, struct err *err)
{
    struct httpd *opened = calloc(1, sizeof(*opened));
    const union MHD_DaemonInfo *info;
    struct timeval second = {1, 0};
    enum status status;

    if (!opened)
        abort();
    status = listen_at(opened, address, options, err);
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
    *httpd = opened;
    return ST_OK;
}

void httpd_close(struct httpd *httpd)
{
    if (!httpd)
        return;
    MHD_run(httpd->daemon); /* a connection that is still suspended would make it abort */
    event_free(httpd->ready);
    event_free(httpd->tick);
    event_free(httpd->again);
    MHD_stop_daemon(httpd->daemon);
    free(httpd);
}
