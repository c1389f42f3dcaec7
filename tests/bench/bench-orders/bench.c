/* bench.c - connections and percentiles of the measuring client. */
#include "bench.h"

#include <stdlib.h>

void samples_add(struct samples *samples, int64_t us)
{
    if (samples->count == samples->room) {
        samples->room = samples->room ? 2 * samples->room : 1024;
        samples->us = realloc(samples->us, samples->room * sizeof(*samples->us));
        if (!samples->us)
            abort();
    }
    samples->us[samples->count++] = us;
}

static int compare_us(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

int64_t samples_at(struct samples *samples, double share)
{
    if (samples->count == 0)
        return 0;
    qsort(samples->us, samples->count, sizeof(*samples->us), compare_us);
    return samples->us[(size_t)(share * (double)(samples->count - 1))];
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *const settings[][2], size_t count, struct err *err)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[256];
    rd_kafka_t *made;

    for (size_t i = 0; i < count; i++)
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], why, sizeof(why)) != RD_KAFKA_CONF_OK)
            goto bad;
    made = rd_kafka_new(type, conf, why, sizeof(why));
    if (made)
        return made;
bad:
    rd_kafka_conf_destroy(conf);
    (void)err_set(err, ST_FATAL, "no Kafka client: %s", why);
    return NULL;
}

enum status bench_open(struct bench *bench, struct err *err)
{
    const char *const producing[][2] = {{"bootstrap.servers", bench->kafka},
                                        {"enable.idempotence", "true"},
                                        {"linger.ms", "0"},
                                        {"socket.nagle.disable", "true"},
                                        {"partitioner", "murmur2_random"},
                                        {"queue.buffering.max.messages", "200000"}};
    const char *const consuming[][2] = {{"bootstrap.servers", bench->kafka},
                                        {"group.id", "bench"},
                                        {"enable.auto.commit", "false"},
                                        {"fetch.wait.max.ms", "100"},
                                        {"socket.nagle.disable", "true"}};

    bench->producer = client(RD_KAFKA_PRODUCER, producing, sizeof(producing) / sizeof(producing[0]), err);
    bench->consumer = client(RD_KAFKA_CONSUMER, consuming, sizeof(consuming) / sizeof(consuming[0]), err);
    if (!bench->producer || !bench->consumer)
        return ST_FATAL;
    rd_kafka_poll_set_consumer(bench->consumer);
    return ST_OK;
}

void bench_close(struct bench *bench)
{
    if (bench->consumer) {
        rd_kafka_consumer_close(bench->consumer);
        rd_kafka_destroy(bench->consumer);
    }
    if (bench->producer) {
        rd_kafka_flush(bench->producer, 5000);
        rd_kafka_destroy(bench->producer);
    }
}

enum status bench_follow(struct bench *bench, const char *topic, int partitions, struct err *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    rd_kafka_resp_err_t failed = RD_KAFKA_RESP_ERR_NO_ERROR;

    for (int p = 0; p < partitions && !failed; p++) {
        int64_t low, high;

        failed = rd_kafka_query_watermark_offsets(bench->consumer, topic, p, &low, &high, 10000);
        if (!failed)
            rd_kafka_topic_partition_list_add(list, topic, p)->offset = high;
    }
    if (!failed)
        failed = rd_kafka_assign(bench->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (failed)
        return err_set(err, ST_FATAL, "cannot follow %s: %s", topic, rd_kafka_err2str(failed));
    return ST_OK;
}
