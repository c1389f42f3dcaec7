/* producer_test.c - what is reported as written is in the log, also when the broker takes the second of two records and not the first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "base/clock.h"
#include "run/producer.h"

enum { PATIENCE_MS = 30000, ROUND_MS = 200, RECORDS = 3, PRODUCE = 0 };

DEFINE_EFFECT(writing, "producer-test", "a record is produced");

static size_t written, unknown;
static int64_t places[RECORDS + 1];

static void note(void *context, void *ticket, enum status status, int32_t partition, int64_t offset, const char *why)
{
    (void)context, (void)ticket, (void)partition, (void)why;
    if (status == ST_OK)
        places[written++] = offset;
    else
        unknown++;
}

static void run_until(struct event_base *base, size_t reports)
{
    int64_t end_us = clock_steady_us() + PATIENCE_MS * 1000LL;

    while (written + unknown < reports && clock_steady_us() < end_us)
        event_base_loop(base, EVLOOP_ONCE);
    assert_int_equal(written + unknown, reports);
}

static void run_for(struct event_base *base, int ms)
{
    struct timeval wait = {0, ms * 1000};

    event_base_loopexit(base, &wait);
    event_base_loop(base, 0);
}

static void say(struct producer *producer, const char *topic)
{
    struct record record = {.topic = topic, .key = STR("key"), .value = STR("value")};
    struct err err;

    assert_int_equal(producer_send(producer, &writing, &record, NULL, &err), ST_OK);
}

static int64_t log_end(rd_kafka_mock_cluster_t *cluster, const char *topic)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int64_t first = 0, end = -1;
    rd_kafka_t *client;
    char why[256];

    rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster), why, sizeof(why));
    client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
    assert_int_equal(rd_kafka_query_watermark_offsets(client, topic, 0, &first, &end, PATIENCE_MS), 0);
    rd_kafka_destroy(client);
    return end;
}

/* The mock broker takes any sequence, as a real one does from a producer that it does not know. */
static void what_is_reported_as_written_is_in_the_log(void **state)
{
    struct event_base *base = event_base_new();
    struct kafka kafka = {.name = "somebody"};
    struct producer *producer;
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_t *host;
    struct err err;
    char why[256];

    (void)state;
    host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
    cluster = rd_kafka_mock_cluster_new(host, 1);
    assert_int_equal(rd_kafka_mock_topic_create(cluster, "t", 1, 1), 0);
    kafka.bootstrap = rd_kafka_mock_cluster_bootstraps(cluster);
    assert_int_equal(producer_open(base, &kafka, note, NULL, &producer, &err), ST_OK);
    say(producer, "t");
    run_until(base, 1);

    assert_int_equal(rd_kafka_mock_broker_set_rtt(cluster, 1, ROUND_MS), 0);
    rd_kafka_mock_push_request_errors(cluster, PRODUCE, 1, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    for (int i = 0; i < RECORDS; i++) {
        say(producer, "t");
        run_for(base, ROUND_MS / 4);
    }
    run_until(base, 1 + RECORDS);
    assert_int_equal(rd_kafka_mock_broker_set_rtt(cluster, 1, 0), 0);
    assert_true((int64_t)written <= log_end(cluster, "t"));
    for (size_t i = 0; i < written; i++)
        assert_int_equal(places[i], i);
    producer_close(producer);
    event_base_free(base);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_reported_as_written_is_in_the_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
