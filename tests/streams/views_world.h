/* views_world.h - a writer of views on a loop, a Redis of its own, and a connection to look into it. */
#ifndef VIEWS_WORLD_H
#define VIEWS_WORLD_H

#include "streams/views/writer.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "run/metrics.h"

struct world {
    struct event_base *base;
    struct redis *redis;
    struct writer *writer;
    redisContext *look; /* a connection of the test's own */
    redisContext *listen;
    pid_t server;
    char address[32];
    int port, begun, stopped, kept;
    struct view_keep keep; /* for ever */
    struct arena arena;
};

static struct world world;

/* --- a server and a loop -------------------------------------------------------------------------------------------- */

static int free_port(void)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(where);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&where, sizeof(where)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&where, &len), 0);
    close(fd);
    return ntohs(where.sin_port);
}

static redisContext *connect_to_server(void)
{
    for (int i = 0; i < 500; i++) {
        redisContext *look = redisConnect("127.0.0.1", world.port);

        if (look && !look->err)
            return look;
        redisFree(look);
        usleep(10000);
    }
    fail_msg("the server does not start");
    return NULL;
}

static void start_server(void)
{
    char port[8];

    snprintf(port, sizeof(port), "%d", world.port);
    world.server = fork();
    if (world.server == 0) {
        if (!freopen("/dev/null", "w", stdout))
            _exit(126);
        execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly",
               "no", "--dir", "/tmp", (char *)NULL);
        _exit(127);
    }
    world.look = connect_to_server();
}

static void stop_server(void)
{
    kill(world.server, SIGKILL);
    waitpid(world.server, NULL, 0);
    redisFree(world.look);
}

static void turn(int for_ms)
{
    struct timeval wait = {for_ms / 1000, (for_ms % 1000) * 1000};

    event_base_loopexit(world.base, &wait);
    event_base_dispatch(world.base);
}

/* Turns the loop until *count is at least wanted. */
static void turn_until(const int *count, int wanted)
{
    int64_t until_us = clock_steady_us() + 8000000;

    while (*count < wanted && clock_steady_us() < until_us)
        turn(5);
    assert_true(*count >= wanted);
}

/* The answer as text; "-" for none. */
__attribute__((format(printf, 1, 2))) static const char *redis_says(const char *format, ...)
{
    static char text[256];
    redisReply *reply;
    va_list args;

    va_start(args, format);
    reply = redisvCommand(world.look, format, args);
    va_end(args);
    assert_non_null(reply);
    if (reply->type == REDIS_REPLY_INTEGER)
        snprintf(text, sizeof(text), "%lld", reply->integer);
    else
        snprintf(text, sizeof(text), "%s", reply->str ? reply->str : "-");
    freeReplyObject(reply);
    return text;
}

/* --- a reader's part ------------------------------------------------------------------------------------------------- */

static void begin(void *context)
{
    (void)context;
    world.begun++;
}

static void stop(void *context)
{
    (void)context;
    world.stopped++;
}

static void kept(void *context)
{
    (void)context;
    world.kept++;
}

static int open_world(void **state)
{
    const struct writer_hooks hooks = {begin, stop, kept};
    struct err err;

    (void)state;
    metrics_init("views-test");
    world = (struct world){.port = free_port(), .base = event_base_new()};
    arena_init(&world.arena);
    snprintf(world.address, sizeof(world.address), "127.0.0.1:%d", world.port);
    start_server();
    assert_int_equal(redis_open(world.base, world.address, &world.redis, &err), ST_OK);
    world.writer = writer_open(world.base, world.redis, &world.keep, &hooks, NULL);
    turn_until(&world.begun, 1);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    writer_close(world.writer);
    redis_close(world.redis);
    event_base_free(world.base);
    stop_server();
    arena_release(&world.arena);
    return 0;
}

static void hear(enum msg_type type, const void *body, uint8_t id, int64_t offset)
{
    struct msg msg = {.type = type,
                      .key = msg_key(type, body),
                      .body = body,
                      .id = {{id}},
                      .time_ms = 1700000000000 + id,
                      .topic = topic_of(type),
                      .partition = 3,
                      .offset = offset};

    writer_add(world.writer, &msg, msg_encode(type, body, &world.arena));
}

static void hear_cart(int64_t version, int64_t offset)
{
    hear(MSG_CART_UPDATED, &(struct cart_updated){.user_id = STR("ann"), .version = version}, 1, offset);
}

static void hear_order(uint8_t id, int64_t offset)
{
    hear(MSG_ORDER_PLACED, &(struct order_placed){.order_id = STR("o-1"), .user_id = STR("ann")}, id, offset);
}

static void keep(bool whole)
{
    int before = world.kept;

    assert_true(writer_flush(world.writer, whole));
    turn_until(&world.kept, before + 1);
}

#endif
