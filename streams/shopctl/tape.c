/* tape.c - a consumer without a group's rights: it assigns itself what it wants to read, and leaves no trace. */
#include "streams/shopctl/tape.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "run/kafka.h"
#include "streams/shopctl/shopctl.h"

enum { PARTS_MAX = 64, POLL_MS = 100 };

struct tape {
    rd_kafka_t *client;
    int patience_ms;
    const struct rd_kafka_metadata *metadata;
};

static enum status look_around(struct tape *tape, struct err *err)
{
    int64_t give_up_us = clock_steady_us() + tape->patience_ms * INT64_C(1000);
    rd_kafka_resp_err_t code;

    do
        code = rd_kafka_metadata(tape->client, 1, NULL, &tape->metadata, 1000);
    while (code && clock_steady_us() < give_up_us);
    return code ? err_set(err, ST_RETRY, "Kafka at %s does not answer: %s", say_kafka()->bootstrap,
                          rd_kafka_err2str(code))
                : ST_OK;
}

enum status tape_open(struct tape **tape, struct err *err)
{
    enum status status = say_load(err);
    rd_kafka_conf_t *conf;
    struct tape *opened;
    char why[256];

    if (status != ST_OK)
        return status;
    conf = kafka_conf(say_kafka(), KAFKA_CONSUMER);
    kafka_set(conf, "group.id", "shopctl.tape");
    kafka_set(conf, "auto.offset.reset", "earliest");
    kafka_set(conf, "statistics.interval.ms", "0");
    kafka_set(conf, "queued.max.messages.kbytes", "16384");
    kafka_set(conf, "fetch.message.max.bytes", "1048576");
    opened = calloc(1, sizeof(*opened));
    if (!opened)
        abort();
    opened->patience_ms = (int)(say_patience().tv_sec * 1000 + say_patience().tv_usec / 1000);
    opened->client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
    if (!opened->client) {
        rd_kafka_conf_destroy(conf);
        free(opened);
        return err_set(err, ST_FATAL, "no Kafka consumer: %s", why);
    }
    rd_kafka_poll_set_consumer(opened->client);
    *tape = opened;
    status = look_around(opened, err);
    if (status != ST_OK) {
        tape_close(opened);
        *tape = NULL;
    }
    return status;
}

void tape_close(struct tape *tape)
{
    if (!tape)
        return;
    if (tape->metadata)
        rd_kafka_metadata_destroy(tape->metadata);
    rd_kafka_destroy_flags(tape->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(tape);
}

rd_kafka_t *tape_client(const struct tape *tape)
{
    return tape->client;
}

int tape_patience_ms(const struct tape *tape)
{
    return tape->patience_ms;
}

int32_t tape_partitions(const struct tape *tape, const char *topic)
{
    for (int i = 0; i < tape->metadata->topic_cnt; i++)
        if (strcmp(tape->metadata->topics[i].topic, topic) == 0)
            return tape->metadata->topics[i].partition_cnt;
    return 0;
}

void tape_each_topic(const struct tape *tape, void (*hear)(void *context, const char *topic), void *context)
{
    for (int i = 0; i < tape->metadata->topic_cnt; i++)
        hear(context, tape->metadata->topics[i].topic);
}

/* A partition without a leader, while brokers change places, has one again in a moment. */
static bool passes(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION || code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__WAIT_COORD;
}

enum status tape_ends(const struct tape *tape, const char *topic, int32_t part, int64_t *start, int64_t *end,
                      struct err *err)
{
    int64_t give_up_us = clock_steady_us() + tape->patience_ms * INT64_C(1000);
    rd_kafka_resp_err_t code;

    while ((code = rd_kafka_query_watermark_offsets(tape->client, topic, part, start, end, tape->patience_ms)) &&
           passes(code) && clock_steady_us() < give_up_us)
        usleep(POLL_MS * 1000);
    return code ? err_set(err, ST_RETRY, "Kafka does not say where %s/%d ends: %s", topic, (int)part,
                          rd_kafka_err2str(code))
                : ST_OK;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

struct reading {
    const struct tape_range *ranges;
    size_t count, open; /* ranges; those that go on */
    bool *closed;
    tape_fn *hear;
    void *context;
};

static size_t range_of(const struct reading *reading, const rd_kafka_message_t *record)
{
    const char *topic = rd_kafka_topic_name(record->rkt);
    size_t i = 0;

    while (i < reading->count &&
           (reading->ranges[i].part != record->partition || strcmp(reading->ranges[i].topic, topic) != 0))
        i++;
    return i;
}

static void take(struct reading *reading, const rd_kafka_message_t *record)
{
    size_t at = record->rkt ? range_of(reading, record) : reading->count;
    bool ended = record->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;

    if (at == reading->count || reading->closed[at] || (record->err && !ended))
        return;
    if (!ended && record->offset < reading->ranges[at].to)
        ended = !reading->hear(reading->context, record);
    if (ended || record->offset + 1 >= reading->ranges[at].to) {
        reading->closed[at] = true;
        reading->open--;
    }
}

static enum status read_all(struct tape *tape, struct reading *reading, struct err *err)
{
    int64_t give_up_us = clock_steady_us() + tape->patience_ms * INT64_C(1000);

    while (reading->open && clock_steady_us() < give_up_us) {
        rd_kafka_message_t *record = rd_kafka_consumer_poll(tape->client, POLL_MS);

        if (!record)
            continue;
        if (!record->err)
            give_up_us = clock_steady_us() + tape->patience_ms * INT64_C(1000);
        take(reading, record);
        rd_kafka_message_destroy(record);
    }
    return reading->open
               ? err_set(err, ST_RETRY, "Kafka does not let us read all of it: %zu of %zu partitions are left",
                         reading->open, reading->count)
               : ST_OK;
}

enum status tape_read(struct tape *tape, const struct tape_range *ranges, size_t count, tape_fn *hear, void *context,
                      struct err *err)
{
    struct reading reading = {.ranges = ranges, .count = count, .hear = hear, .context = context};
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    enum status status = ST_OK;
    rd_kafka_resp_err_t code;

    reading.closed = calloc(count + 1, sizeof(*reading.closed));
    if (!reading.closed)
        abort();
    for (size_t i = 0; i < count; i++) {
        reading.closed[i] = ranges[i].from >= ranges[i].to;
        if (reading.closed[i])
            continue;
        reading.open++;
        rd_kafka_topic_partition_list_add(list, ranges[i].topic, ranges[i].part)->offset = ranges[i].from;
    }
    code = reading.open ? rd_kafka_assign(tape->client, list) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (code)
        status = err_set(err, ST_RETRY, "assigning partitions: %s", rd_kafka_err2str(code));
    else if (reading.open)
        status = read_all(tape, &reading, err);
    if (reading.count)
        rd_kafka_assign(tape->client, NULL);
    rd_kafka_topic_partition_list_destroy(list);
    free(reading.closed);
    return status;
}

enum status tape_read_topics(struct tape *tape, const char *const *topics, size_t count, int32_t part, tape_fn *hear,
                             void *context, struct err *err)
{
    struct tape_range *ranges = calloc(count * PARTS_MAX + 1, sizeof(*ranges));
    enum status status = ST_OK;
    size_t used = 0;

    if (!ranges)
        abort();
    for (size_t i = 0; i < count; i++)
        for (int32_t p = 0; p < tape_partitions(tape, topics[i]) && p < PARTS_MAX && status == ST_OK; p++) {
            struct tape_range *range = &ranges[used];

            if (part >= 0 && p != part)
                continue;
            *range = (struct tape_range){.topic = topics[i], .part = p};
            status = tape_ends(tape, topics[i], p, &range->from, &range->to, err);
            used++;
        }
    if (status == ST_OK)
        status = tape_read(tape, ranges, used, hear, context, err);
    free(ranges);
    return status;
}
