/* activity_test.c - what visitors do is told when it costs nothing, and dropped and counted otherwise. */
/* links: gateway/activity.c gateway/voice.c run msg base */
#include "gateway/activity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <librdkafka/rdkafka_mock.h>

#include "base/clock.h"
#include "run/metrics.h"

enum { PATIENCE_MS = 20000, SLOW_MS = 600000 };

static const struct session visitor = {.user_id = "4b60a1c9-0e05-4b4b-9d9f-8f4ac7f30001"};
static struct event_base *base;
static struct producer *producer;
static struct activity activity;

static double dropped(const char *reason)
{
    char labels[64];

    snprintf(labels, sizeof labels, "reason=\"%s\"", reason);
    return metric_value(metric_counter("shop_activity_dropped_total", "", labels));
}

static double written(void)
{
    return metric_value(metric_counter("shop_activity_written_total", "", NULL));
}

static bool look(const struct session *who)
{
    struct product_viewed body = {.session_id = str_of(who->user_id), .product_id = STR("6E92ZMYYFZ")};

    return activity_say(&activity, who, MSG_PRODUCT_VIEWED, &body, id_random());
}

static void open_at(const char *bootstrap)
{
    const struct kafka kafka = {.bootstrap = bootstrap, .name = "gateway"};
    struct err err;

    base = event_base_new();
    assert_int_equal(producer_open(base, &kafka, voice_report, NULL, &producer, &err), ST_OK);
    activity_init(&activity, producer);
}

static void shut(void)
{
    producer_close(producer);
    event_base_free(base);
}

static bool is_up(void)
{
    struct err err;

    return producer_ready(producer, &err);
}

static bool all_came_back(void)
{
    return activity.open == 0;
}

static void run_until(bool (*happened)(void))
{
    int64_t end_us = clock_steady_us() + PATIENCE_MS * 1000LL;

    while (!happened() && clock_steady_us() < end_us)
        event_base_loop(base, EVLOOP_ONCE);
    assert_true(happened());
}

static void nothing_is_kept_while_kafka_is_away(void **state)
{
    double before = dropped("away");

    (void)state;
    open_at("127.0.0.1:1");
    for (int i = 0; i < 100; i++)
        assert_false(look(&visitor));
    assert_int_equal(producer_unanswered(producer), 0);
    assert_int_equal((int)(dropped("away") - before), 100);
    shut();
}

static void what_is_on_its_way_has_a_bound(void **state)
{
    rd_kafka_mock_cluster_t *cluster;
    rd_kafka_t *host;
    char why[256];
    double was_written = written(), was_full = dropped("full");
    int extra = 7;

    (void)state;
    host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof why);
    cluster = rd_kafka_mock_cluster_new(host, 1);
    open_at(rd_kafka_mock_cluster_bootstraps(cluster));
    run_until(is_up);
    assert_true(look(&visitor));
    run_until(all_came_back);
    assert_int_equal((int)(written() - was_written), 1);

    rd_kafka_mock_broker_set_rtt(cluster, 1, SLOW_MS);
    for (int i = 0; i < ACTIVITY_OPEN_MAX; i++)
        assert_true(look(&visitor));
    for (int i = 0; i < extra; i++)
        assert_false(look(&visitor));
    assert_int_equal(producer_unanswered(producer), ACTIVITY_OPEN_MAX);
    assert_int_equal((int)(dropped("full") - was_full), extra);
    shut();
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(host);
}

static void a_visitor_without_a_session_is_nobody(void **state)
{
    struct session robot = visitor;
    double before = dropped("away");

    (void)state;
    robot.fresh = true;
    open_at("127.0.0.1:1");
    assert_false(look(&robot));
    assert_int_equal((int)(dropped("away") - before), 0);
    shut();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_kept_while_kafka_is_away),
        cmocka_unit_test(what_is_on_its_way_has_a_bound),
        cmocka_unit_test(a_visitor_without_a_session_is_nobody),
    };

    metrics_init("gateway");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
