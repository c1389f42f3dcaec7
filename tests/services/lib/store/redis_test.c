/* redis_test.c - commands and channels against a Redis of its own, which is stopped, killed and started again. */
/* links: store base */
#include "store/redis.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

struct world {
    struct event_base *base;
    struct redis *redis;
    pid_t server;
    char address[32], port[8];
    int answers, nothings, heard, changes_up, changes_down, joined, refused;
    char last[64];
};

static void free_port(struct world *world)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(where);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&where, sizeof(where)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&where, &len), 0);
    close(fd);
    snprintf(world->port, sizeof(world->port), "%d", ntohs(where.sin_port));
    snprintf(world->address, sizeof(world->address), "127.0.0.1:%s", world->port);
}

static void start_server(struct world *world)
{
    world->server = fork();
    if (world->server == 0) {
        if (!freopen("/dev/null", "w", stdout))
            _exit(126);
        execlp("redis-server", "redis-server", "--port", world->port, "--bind", "127.0.0.1", "--save", "",
               "--appendonly", "no", "--dir", "/tmp", (char *)NULL);
        _exit(127);
    }
}

static void stop_server(struct world *world)
{
    kill(world->server, SIGKILL);
    waitpid(world->server, NULL, 0);
}

static void turn(struct world *world, int for_ms)
{
    struct timeval wait = {for_ms / 1000, (for_ms % 1000) * 1000};

    event_base_loopexit(world->base, &wait);
    event_base_dispatch(world->base);
}

/* Turns the loop until *count is at least wanted; at most 5 s. */
static void turn_until(struct world *world, const int *count, int wanted)
{
    int64_t until_us = clock_steady_us() + 5000000;

    while (*count < wanted && clock_steady_us() < until_us)
        turn(world, 10);
    assert_true(*count >= wanted);
}

static void note_answer(void *context, const redisReply *reply)
{
    struct world *world = context;

    if (reply)
        world->answers++;
    else
        world->nothings++;
    snprintf(world->last, sizeof(world->last), "%s", reply && reply->str ? reply->str : "");
}

static void note_change(void *context, bool connected)
{
    struct world *world = context;

    world->changes_up += connected;
    world->changes_down += !connected;
}

static void note_heard(void *context, struct str channel, struct str message)
{
    struct world *world = context;

    world->heard++;
    snprintf(world->last, sizeof(world->last), STR_FMT "=" STR_FMT, STR_ARG(channel), STR_ARG(message));
}

static void note_joined(void *context, bool ok)
{
    struct world *world = context;

    world->joined += ok;
    world->refused += !ok;
}

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    struct err err;

    signal(SIGPIPE, SIG_IGN);
    free_port(world);
    start_server(world);
    world->base = event_base_new();
    assert_int_equal(redis_open(world->base, world->address, &world->redis, &err), ST_OK);
    redis_on_change(world->redis, note_change, world);
    redis_on_heard(world->redis, note_heard, world);
    turn_until(world, &world->changes_up, 1);
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;

    redis_close(world->redis);
    event_base_free(world->base);
    stop_server(world);
    free(world);
    return 0;
}

static void answers_commands_in_order_with_any_bytes(void **state)
{
    struct world *world = *state;

    redis_words(world->redis, READS, note_answer, world, STR("SET"), STR("a\0b"), STR("one two\r\n"));
    redis_words(world->redis, READS, note_answer, world, STR("GET"), STR("a\0b"));
    turn_until(world, &world->answers, 2);
    assert_string_equal(world->last, "one two\r\n");
    redis_words(world->redis, READS, note_answer, world, STR("NONSENSE"));
    turn_until(world, &world->answers, 3);
    assert_int_equal(strncmp(world->last, "ERR", 3), 0);
}

static void answers_with_nothing_when_the_server_is_gone_and_comes_back_by_itself(void **state)
{
    struct world *world = *state;
    struct err why;

    stop_server(world);
    turn_until(world, &world->changes_down, 1);
    assert_false(redis_ready(world->redis, &why));
    redis_words(world->redis, READS, note_answer, world, STR("PING"));
    assert_int_equal(world->nothings, 0);
    turn_until(world, &world->nothings, 1);
    start_server(world);
    turn_until(world, &world->changes_up, 2);
    redis_words(world->redis, READS, note_answer, world, STR("PING"));
    turn_until(world, &world->answers, 1);
}

static void answers_with_nothing_when_the_server_stands_still(void **state)
{
    struct world *world = *state;
    int64_t began_us = clock_steady_us();

    kill(world->server, SIGSTOP);
    for (int i = 0; i < 5; i++)
        redis_words(world->redis, READS, note_answer, world, STR("PING"));
    turn_until(world, &world->nothings, 5);
    assert_in_range((clock_steady_us() - began_us) / 1000, REDIS_TIMEOUT_MS - 50, REDIS_TIMEOUT_MS + 1000);
    kill(world->server, SIGCONT);
    turn_until(world, &world->changes_up, 2);
    redis_words(world->redis, READS, note_answer, world, STR("PING"));
    turn_until(world, &world->answers, 1);
}

static void hears_channels_again_after_a_loss(void **state)
{
    struct world *world = *state;

    redis_subscribe(world->redis, STR("cart:1"), note_joined, world);
    redis_subscribe(world->redis, STR("cart:2"), NULL, NULL);
    turn_until(world, &world->joined, 1);
    redis_words(world->redis, READS, NULL, NULL, STR("PUBLISH"), STR("cart:1"), STR("hello"));
    turn_until(world, &world->heard, 1);
    assert_string_equal(world->last, "cart:1=hello");
    stop_server(world);
    turn_until(world, &world->changes_down, 1);
    redis_subscribe(world->redis, STR("cart:3"), note_joined, world);
    turn_until(world, &world->refused, 1);
    start_server(world);
    turn_until(world, &world->changes_up, world->changes_down + 1);
    redis_words(world->redis, READS, NULL, NULL, STR("PUBLISH"), STR("cart:2"), STR("again"));
    turn_until(world, &world->heard, 2);
    assert_string_equal(world->last, "cart:2=again");
}

static void keeps_hearing_when_a_channel_is_left_and_joined_at_once(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < 50; i++) {
        redis_subscribe(world->redis, STR("order:7"), note_joined, world);
        if (i % 3 == 0)
            turn(world, 1);
        if (i < 49)
            redis_unsubscribe(world->redis, STR("order:7"));
    }
    turn_until(world, &world->joined, 50);
    turn(world, 50);
    redis_words(world->redis, READS, NULL, NULL, STR("PUBLISH"), STR("order:7"), STR("shipped"));
    turn_until(world, &world->heard, 1);
    redis_unsubscribe(world->redis, STR("order:7"));
    turn(world, 50);
    redis_words(world->redis, READS, NULL, NULL, STR("PUBLISH"), STR("order:7"), STR("late"));
    turn(world, 100);
    assert_int_equal(world->heard, 1);
}

static void refuses_an_address_that_is_none(void **state)
{
    struct world *world = *state;
    struct redis *redis = NULL;
    struct err err;

    assert_int_equal(redis_open(world->base, "nowhere", &redis, &err), ST_FATAL);
    assert_null(redis);
}

/* A label of more than 63 letters: nobody needs to be asked that there is no such name. */
static void waits_for_a_name_that_nobody_knows_yet(void **state)
{
    static const char address[] = "not-a-host-not-a-host-not-a-host-not-a-host-not-a-host-not-a-host-no:6379";
    struct world *world = *state;
    struct redis *redis = NULL;
    struct err err, why = {""};

    assert_int_equal(redis_open(world->base, address, &redis, &err), ST_OK);
    turn(world, 10);
    assert_false(redis_ready(redis, &why));
    assert_non_null(strstr(why.text, "not-a-host"));
    redis_close(redis);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_world(answers_commands_in_order_with_any_bytes),
        with_world(answers_with_nothing_when_the_server_is_gone_and_comes_back_by_itself),
        with_world(answers_with_nothing_when_the_server_stands_still),
        with_world(hears_channels_again_after_a_loss),
        with_world(keeps_hearing_when_a_channel_is_left_and_joined_at_once),
        with_world(waits_for_a_name_that_nobody_knows_yet),
        with_world(refuses_an_address_that_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
