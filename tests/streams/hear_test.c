/* hear_test.c - reading whole topics takes as long as it takes: who looks is out of patience when nothing more comes, and then only. */
/* links: streams/shopctl/hear.c streams/shopctl/say.c streams/shopctl/progress.c run store msg base */
#include "streams/shopctl/shopctl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

/* One record an answer, each answer a while: all of them take longer than anybody's patience. */
enum { PATIENCE_MS = 1500, ROUND_MS = 100, RECORDS = 22, FLUSH_MS = 10000 };

static struct world {
    rd_kafka_t *host;
    rd_kafka_mock_cluster_t *cluster;
} world;

/* complain() is in main.c. */
void complain(const char *format, ...)
{
    va_list words;

    va_start(words, format);
    vfprintf(stderr, format, words);
    va_end(words);
}

static void write_records(void)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *client;
    char why[256];

    rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(world.cluster), why, sizeof(why));
    client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    for (int i = 0; i < RECORDS; i++) {
        assert_int_equal(rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic_name(TOPIC_CUSTOMER_EVENTS)),
                                           RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE("rubbish", 7), RD_KAFKA_V_END),
                         0);
        assert_int_equal(rd_kafka_flush(client, FLUSH_MS), 0);
    }
    rd_kafka_destroy(client);
}

static int set_up(void **state)
{
    char why[256], patience[32];
    struct err err;

    (void)state;
    world.host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
    world.cluster = rd_kafka_mock_cluster_new(world.host, 1);
    rd_kafka_mock_topic_create(world.cluster, topic_name(TOPIC_CUSTOMER_EVENTS),
                               kind_partitions(topic_kind(TOPIC_CUSTOMER_EVENTS)), 1);
    write_records();
    snprintf(patience, sizeof(patience), "%dms", PATIENCE_MS);
    setenv("APP_KAFKA", rd_kafka_mock_cluster_bootstraps(world.cluster), 1);
    setenv("APP_PATIENCE", patience, 1);
    return say_open(&err) == ST_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    say_close();
    rd_kafka_mock_cluster_destroy(world.cluster);
    rd_kafka_destroy(world.host);
    return 0;
}

static void pass_over(void *context, const struct msg *heard)
{
    (void)context, (void)heard;
}

static enum status read_all(struct err *err)
{
    static const enum topic topics[] = {TOPIC_CUSTOMER_EVENTS};
    enum status status = hear_all(topics, 1, pass_over, NULL, err);

    hear_close();
    return status;
}

static void reads_on_as_long_as_something_comes(void **state)
{
    struct err err = {{0}};

    (void)state;
    rd_kafka_mock_broker_set_rtt(world.cluster, 1, ROUND_MS);
    if (read_all(&err) != ST_OK)
        fail_msg("%s", err.text);
    rd_kafka_mock_broker_set_rtt(world.cluster, 1, 0);
}

static void gives_up_when_nothing_comes_and_says_so(void **state)
{
    struct err err = {{0}};

    (void)state;
    rd_kafka_mock_broker_set_down(world.cluster, 1);
    assert_int_equal(read_all(&err), ST_RETRY);
    assert_non_null(strstr(err.text, "does not let us read customer.events"));
    assert_non_null(strstr(err.text, "Nothing came for APP_PATIENCE"));
    rd_kafka_mock_broker_set_up(world.cluster, 1);
}

static void waits_for_an_answer_no_longer_than_it_may_take(void **state)
{
    bool done = false;
    struct err err = {{0}};

    (void)state;
    assert_int_equal(hear_until(&done, 1, &err), ST_RETRY);
    assert_string_equal(err.text, "nobody has answered");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_on_as_long_as_something_comes),
        cmocka_unit_test(gives_up_when_nothing_comes_and_says_so),
        cmocka_unit_test(waits_for_an_answer_no_longer_than_it_may_take),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
