/* proxy.c - one thread, poll, a handful of connections. */
#include "tests/services/lib/run/proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAIRS = 16, BUFFER = 65536 };

struct pair {
    int client, server; /* -1: free */
    bool mute;          /* answers are not passed on any more */
};

struct proxy {
    pthread_t thread;
    int listener, port;
    struct sockaddr_in target;
    struct pair pairs[PAIRS];
    atomic_bool cut, closing;
    atomic_int lose, lost;
};

static void drop(struct pair *pair)
{
    close(pair->client);
    close(pair->server);
    *pair = (struct pair){-1, -1, false};
}

static void take_client(struct proxy *proxy)
{
    int client = accept(proxy->listener, NULL, NULL), server = -1;

    for (int i = 0; client >= 0 && !proxy->cut && i < PAIRS; i++)
        if (proxy->pairs[i].client < 0) {
            server = socket(AF_INET, SOCK_STREAM, 0);
            if (connect(server, (struct sockaddr *)&proxy->target, sizeof(proxy->target)) != 0)
                break;
            proxy->pairs[i] = (struct pair){client, server, false};
            return;
        }
    close(client);
    close(server);
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t put = send(fd, bytes, len, MSG_NOSIGNAL);

        if (put <= 0)
            return false;
        bytes += put;
        len -= (size_t)put;
    }
    return true;
}

static void pass(struct proxy *proxy, struct pair *pair, bool from_client)
{
    static char bytes[BUFFER];
    ssize_t got = read(from_client ? pair->client : pair->server, bytes, sizeof(bytes));

    if (got <= 0) {
        drop(pair);
        return;
    }
    if (from_client && proxy->lose > 0 && memmem(bytes, (size_t)got, "\0commit", 8)) {
        proxy->lose--;
        proxy->lost++;
        pair->mute = true;
        write_all(pair->server, bytes, (size_t)got);
        usleep(50000);
        drop(pair);
        return;
    }
    if (!write_all(from_client ? pair->server : pair->client, bytes, (size_t)got))
        drop(pair);
}

static void *work(void *context)
{
    struct proxy *proxy = context;

    while (!proxy->closing) {
        struct pollfd fds[1 + 2 * PAIRS] = {{proxy->listener, POLLIN, 0}};

        for (int i = 0; i < PAIRS; i++) {
            if (proxy->cut && proxy->pairs[i].client >= 0)
                drop(&proxy->pairs[i]);
            fds[1 + 2 * i] = (struct pollfd){proxy->pairs[i].client, POLLIN, 0};
            fds[2 + 2 * i] = (struct pollfd){proxy->pairs[i].server, POLLIN, 0};
        }
        poll(fds, 1 + 2 * PAIRS, 20);
        if (fds[0].revents)
            take_client(proxy);
        for (int i = 0; i < PAIRS; i++) {
            if (fds[1 + 2 * i].revents && proxy->pairs[i].client == fds[1 + 2 * i].fd)
                pass(proxy, &proxy->pairs[i], true);
            if (fds[2 + 2 * i].revents && proxy->pairs[i].server == fds[2 + 2 * i].fd)
                pass(proxy, &proxy->pairs[i], false);
        }
    }
    return NULL;
}

struct proxy *proxy_open(const char *host, int port)
{
    struct proxy *proxy = calloc(1, sizeof(*proxy));
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(where);

    for (int i = 0; i < PAIRS; i++)
        proxy->pairs[i] = (struct pair){-1, -1, false};
    proxy->target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, host, &proxy->target.sin_addr);
    proxy->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(proxy->listener, (struct sockaddr *)&where, sizeof(where)) != 0 || listen(proxy->listener, 16) != 0 ||
        getsockname(proxy->listener, (struct sockaddr *)&where, &len) != 0)
        abort();
    proxy->port = ntohs(where.sin_port);
    pthread_create(&proxy->thread, NULL, work, proxy);
    return proxy;
}

void proxy_close(struct proxy *proxy)
{
    proxy->closing = true;
    pthread_join(proxy->thread, NULL);
    for (int i = 0; i < PAIRS; i++)
        if (proxy->pairs[i].client >= 0)
            drop(&proxy->pairs[i]);
    close(proxy->listener);
    free(proxy);
}

int proxy_port(const struct proxy *proxy)
{
    return proxy->port;
}

void proxy_cut(struct proxy *proxy)
{
    proxy->cut = true;
}

void proxy_heal(struct proxy *proxy)
{
    proxy->cut = false;
}

void proxy_lose_commits(struct proxy *proxy, int times)
{
    proxy->lose = times;
}

int proxy_lost(const struct proxy *proxy)
{
    return proxy->lost;
}
