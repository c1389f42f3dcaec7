/* views_test.c - the whole program on real Kafka and a Redis of its own: what is written to the log is seen, soon, and
 * again after either of them was killed. */
/* links: run store msg base */
/* needs: kafka */
/* timeout: 60 */
#include "run/producer.h"

#include <libgen.h>
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
#include <hiredis/hiredis.h>

#include "base/clock.h"
#include "run/metrics.h"

static struct {
    struct event_base *base;
    struct producer *producer;
    struct arena arena;
    pid_t views, redis;
    int redis_port, admin_port;
    redisContext *look;
    size_t acknowledged;
    int32_t partition; /* of what was acknowledged last */
    int64_t offset;
    char user[ID_TEXT_LEN + 1], order[ID_TEXT_LEN + 1];
} world;

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

static void start_redis(void)
{
    char port[8];

    snprintf(port, sizeof(port), "%d", world.redis_port);
    world.redis = fork();
    if (world.redis == 0) {
        if (!freopen("/dev/null", "w", stdout))
            _exit(126);
        execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly",
               "no", "--dir", "/tmp", (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 500; i++) {
        world.look = redisConnect("127.0.0.1", world.redis_port);
        if (world.look && !world.look->err)
            return;
        redisFree(world.look);
        usleep(10000);
    }
    fail_msg("the server does not start");
}

static void set_address(const char *name, int port)
{
    char address[32];

    snprintf(address, sizeof(address), "127.0.0.1:%d", port);
    setenv(name, address, 1);
}

/* The program lies beside the tests: build/tests/streams/views_test, build/bin/views. */
static void start_views(void)
{
    char path[4096], program[4200];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

    assert_true(len > 0);
    path[len] = '\0';
    snprintf(program, sizeof(program), "%s/bin/views", dirname(dirname(dirname(path))));
    setenv("APP_KAFKA", getenv("KAFKA_BOOTSTRAP"), 1);
    set_address("APP_REDIS", world.redis_port);
    set_address("APP_ADMIN", world.admin_port);
    world.views = fork();
    if (world.views == 0) {
        execl(program, program, (char *)NULL);
        _exit(127);
    }
}

static void end(pid_t *process, int signal_number)
{
    int status;

    kill(*process, signal_number);
    assert_int_equal(waitpid(*process, &status, 0), *process);
    if (signal_number == SIGTERM)
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void report(void *context, void *ticket, enum status status, int32_t partition, int64_t offset, const char *why)
{
    (void)context;
    (void)ticket;
    if (status != ST_OK)
        fail_msg("%s", why);
    world.partition = partition;
    world.offset = offset;
    world.acknowledged++;
}

static void turn(int for_ms)
{
    struct timeval wait = {for_ms / 1000, (for_ms % 1000) * 1000};

    event_base_loopexit(world.base, &wait);
    event_base_dispatch(world.base);
}

/* Writes a message to its topic, and waits until the broker has it. */
static void say(enum msg_type type, const void *body)
{
    const struct said said = {.type = type,
                              .key = msg_key(type, body),
                              .value = msg_encode(type, body, &world.arena),
                              .id = id_random(),
                              .time_ms = clock_wall_ms()};
    size_t wanted = world.acknowledged + 1;
    struct err err;

    assert_int_equal(producer_say(world.producer, READS, &said, NULL, &err), ST_OK);
    while (world.acknowledged < wanted)
        turn(1);
}

/* Until the number that Redis answers is the wanted one; how long it took, in ms. */
__attribute__((format(printf, 2, 3))) static int64_t wait_for(long long wanted, const char *format, ...)
{
    int64_t began_us = clock_steady_us();
    long long number = -1;
    va_list args;

    while (number != wanted && clock_steady_us() - began_us < 20000000) {
        redisReply *reply;

        va_start(args, format);
        reply = redisvCommand(world.look, format, args);
        va_end(args);
        number = -1;
        if (reply && reply->type == REDIS_REPLY_INTEGER)
            number = reply->integer;
        else if (reply && reply->type == REDIS_REPLY_STRING)
            number = strtoll(reply->str, NULL, 10);
        freeReplyObject(reply);
        turn(1);
    }
    if (number != wanted)
        fail_msg("%s: %lld, not %lld", format, number, wanted);
    return (clock_steady_us() - began_us) / 1000;
}

static int open_world(void **state)
{
    const struct kafka kafka = {.bootstrap = getenv("KAFKA_BOOTSTRAP"), .name = "views-test"};
    struct id user = id_random(), order = id_random();
    struct err err;

    (void)state;
    assert_non_null(kafka.bootstrap);
    metrics_init("views-test");
    arena_init(&world.arena);
    id_write(&user, world.user);
    id_write(&order, world.order);
    world.base = event_base_new();
    world.redis_port = free_port();
    world.admin_port = free_port();
    assert_int_equal(producer_open(world.base, &kafka, report, NULL, &world.producer, &err), ST_OK);
    start_redis();
    start_views();
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    end(&world.views, SIGTERM);
    end(&world.redis, SIGKILL);
    redisFree(world.look);
    producer_close(world.producer);
    event_base_free(world.base);
    arena_release(&world.arena);
    return 0;
}

static void say_cart(int64_t version)
{
    say(MSG_CART_UPDATED, &(struct cart_updated){.user_id = str_of(world.user), .version = version});
}

static void becomes_whole_and_shows_what_is_said(void **state)
{
    (void)state;
    say_cart(1);
    say(MSG_ORDER_PLACED, &(struct order_placed){.order_id = str_of(world.order), .user_id = str_of(world.user)});
    wait_for(1, "EXISTS views:mark");
    wait_for(1, "HGET cart:%s version", world.user);
    wait_for(1, "HLEN order:%s", world.order);
    wait_for(1, "ZCARD orders:%s", world.user);
}

static void is_fast_when_nothing_else_happens(void **state)
{
    int64_t sum_ms = 0;

    (void)state;
    for (int version = 2; version < 22; version++) {
        say_cart(version);
        sum_ms += wait_for(version, "HGET cart:%s version", world.user);
    }
    /* from the acknowledgement on: a fetch and a round trip, not a timer */
    if (sum_ms > 20 * 50)
        fail_msg("%d ms for twenty events, one after the other", (int)sum_ms);
}

/* What a dead letter with this key holds: its bytes, and the headers, each as "name=value,". */
struct letter {
    char value[64], headers[1024];
};

static void note(struct letter *letter, const rd_kafka_message_t *record)
{
    rd_kafka_headers_t *headers;
    const char *name;
    const void *value;
    size_t len;

    snprintf(letter->value, sizeof(letter->value), "%.*s", (int)record->len, (const char *)record->payload);
    letter->headers[0] = '\0';
    assert_int_equal(rd_kafka_message_headers(record, &headers), 0);
    for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &len) == 0; i++) {
        size_t used = strlen(letter->headers);

        snprintf(letter->headers + used, sizeof(letter->headers) - used, "%s=%.*s,", name, (int)len,
                 (const char *)value);
    }
}

static rd_kafka_t *read_topic(const char *topic, int partitions)
{
    const struct kafka kafka = {.bootstrap = getenv("KAFKA_BOOTSTRAP"), .name = "views-test"};
    rd_kafka_conf_t *conf = kafka_conf(&kafka, KAFKA_CONSUMER);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    rd_kafka_t *client;
    char why[256];

    kafka_set(conf, "group.id", "views-test");
    client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
    assert_non_null(client);
    rd_kafka_poll_set_consumer(client);
    for (int part = 0; part < partitions; part++)
        rd_kafka_topic_partition_list_add(list, topic, part)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(client, list);
    rd_kafka_topic_partition_list_destroy(list);
    return client;
}

static struct letter await_letter(const char *topic, const char *key)
{
    rd_kafka_t *client = read_topic(topic, kind_partitions(KIND_ORDER));
    struct letter letter = {.value = ""};
    bool found = false;

    for (int tries = 0; !found && tries < 200; tries++) {
        rd_kafka_message_t *record = rd_kafka_consumer_poll(client, 100);

        if (!record)
            continue;
        found = !record->err && record->key_len == strlen(key) && memcmp(record->key, key, strlen(key)) == 0;
        if (found)
            note(&letter, record);
        rd_kafka_message_destroy(record);
    }
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    assert_true(found);
    return letter;
}

/* Writes bytes that views cannot read, and something that it can behind them; returns what became of the first. */
static struct letter letter_about(const char *key, struct str value)
{
    const struct record garbage = {
        .topic = "order.events", .key = str_of(key), .value = value, .headers = STR("from: a test\n")};
    size_t wanted = world.acknowledged + 1;
    struct letter letter;
    char coordinates[128];
    struct err err;

    assert_int_equal(producer_send(world.producer, READS, &garbage, NULL, &err), ST_OK);
    while (world.acknowledged < wanted)
        turn(1);
    snprintf(coordinates, sizeof(coordinates), "dlt-topic=order.events,dlt-partition=%d,dlt-offset=%lld,",
             (int)world.partition, (long long)world.offset);
    letter = await_letter("order.events.views.dlt", key);
    assert_non_null(strstr(letter.headers, "from=a test,ce-id="));
    assert_non_null(strstr(letter.headers, coordinates));
    return letter;
}

static void sends_bytes_that_are_no_message_to_its_dead_letters_and_goes_on(void **state)
{
    struct letter letter = letter_about(world.order, STR("hello"));

    (void)state;
    assert_string_equal(letter.value, "hello");
    assert_non_null(strstr(letter.headers, "dlt-outcome=dead,dlt-reason="));
    say(MSG_ORDER_CONFIRMED, &(struct order_confirmed){.order_id = str_of(world.order)});
    wait_for(2, "HLEN order:%s", world.order);
}

static void sends_what_a_later_version_may_read_to_its_dead_letters(void **state)
{
    char part[16];
    struct letter letter = letter_about("later", STR("\0\0\x12\x67\0a schema of tomorrow"));

    (void)state;
    snprintf(part, sizeof(part), "%d", (int)world.partition);
    assert_non_null(strstr(letter.headers, "dlt-outcome=dead,dlt-reason=Schema 1206016 is not known here,"));
    wait_for(0, "EXISTS order:%s", "later");
    wait_for(world.offset + 1, "HGET views:positions order.events/%s", part);
}

static void goes_on_after_it_was_killed(void **state)
{
    (void)state;
    end(&world.views, SIGKILL);
    say(MSG_STOCK_RESERVED, &(struct stock_reserved){.order_id = str_of(world.order)});
    say(MSG_PAYMENT_VOIDED, &(struct payment_voided){.order_id = str_of(world.order)});
    start_views();
    wait_for(4, "HLEN order:%s", world.order);
    wait_for(1, "EXISTS views:mark");
}

static void writes_all_anew_after_redis_was_killed(void **state)
{
    (void)state;
    end(&world.redis, SIGKILL);
    redisFree(world.look);
    say_cart(30);
    start_redis();
    wait_for(1, "EXISTS views:mark");
    wait_for(30, "HGET cart:%s version", world.user);
    wait_for(4, "HLEN order:%s", world.order);
    wait_for(1, "ZCARD orders:%s", world.user);
}

static void writes_all_anew_after_a_flush(void **state)
{
    (void)state;
    freeReplyObject(redisCommand(world.look, "FLUSHALL"));
    wait_for(1, "EXISTS views:mark");
    wait_for(30, "HGET cart:%s version", world.user);
    wait_for(4, "HLEN order:%s", world.order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(becomes_whole_and_shows_what_is_said),
        cmocka_unit_test(is_fast_when_nothing_else_happens),
        cmocka_unit_test(sends_bytes_that_are_no_message_to_its_dead_letters_and_goes_on),
        cmocka_unit_test(sends_what_a_later_version_may_read_to_its_dead_letters),
        cmocka_unit_test(goes_on_after_it_was_killed),
        cmocka_unit_test(writes_all_anew_after_redis_was_killed),
        cmocka_unit_test(writes_all_anew_after_a_flush),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
