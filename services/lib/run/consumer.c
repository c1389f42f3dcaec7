/* consumer.c - a member of a group, with a static name, that assigns itself late.
 *
 * The library calls back with what the group grants; the assignment itself is made when the partitions are claimed, which
 * the protocol allows. A withdrawal is answered when the step under way is over. */
#include "run/consumer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "run/engine.h"
#include "run/logends.h"

struct consumer {
    struct run *run;
    rd_kafka_t *client;
    struct kafka_wake *wake;
    bool joined, down, closing, moved;
    struct err last;
};

static void woken(void *context)
{
    struct consumer *consumer = context;

    engine_go(consumer->run);
}

static void regrouped(rd_kafka_t *client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                      void *context)
{
    struct consumer *consumer = context;
    bool granted = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;

    consumer->joined = granted;
    if (consumer->closing) {
        rd_kafka_assign(client, NULL);
        return;
    }
    log_info("the group %s %d partitions", granted ? "grants" : "withdraws", list->cnt);
    claims_grant(&consumer->run->claims, granted ? list : NULL);
    engine_reassign(consumer->run);
}

/* Another process with our static name joined, or the library gave up: this member is over. */
static void end_fatally(struct consumer *consumer)
{
    char text[256] = "no reason given";
    struct err err;

    rd_kafka_fatal_error(consumer->client, text, sizeof(text));
    err_set(&err, ST_FATAL, "the Kafka group let this member go: %s", text);
    engine_fail(consumer->run, &err);
}

static void failed(rd_kafka_t *client, int code, const char *why, void *context)
{
    struct consumer *consumer = context;

    (void)client;
    err_set(&consumer->last, ST_RETRY, "%s", why);
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        consumer->down = true;
    if (code == RD_KAFKA_RESP_ERR__FATAL)
        end_fatally(consumer);
}

static int measured(rd_kafka_t *client, char *json, size_t len, void *context)
{
    struct consumer *consumer = context;

    (void)client;
    (void)len;
    consumer->down = !kafka_is_up(json);
    return 0;
}

static bool subscribes(const struct claims *claims, const struct service *service, enum topic topic)
{
    for (size_t i = 0; i < claims->count; i++) {
        const struct claim *claim = &claims->list[i];

        for (size_t s = 0; s < claim->stream_count; s++)
            if (claim->streams[s].topic == topic)
                return true;
        /* A kind of which no topic is heard still needs an owner: that of its topic which the service itself writes. */
        if (!claim->stream_count && claim->kind == topic_kind(topic) &&
            strcmp(topic_info(topic)->writer, service->name) == 0)
            return true;
    }
    return false;
}

/* The topics that this version hears. The caller destroys the list. */
static rd_kafka_topic_partition_list_t *subscription(const struct run *run)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);

    for (int topic = TOPIC_NONE + 1; topic < TOPIC_COUNT; topic++)
        if (subscribes(&run->claims, run->service, (enum topic)topic))
            rd_kafka_topic_partition_list_add(list, topic_name((enum topic)topic), RD_KAFKA_PARTITION_UA);
    return list;
}

/* The member's name. A static member that comes back is given what it had, whatever it asks for now; so one that hears other
 * topics than the version before is another member: the old one's partitions are its own when the session is over. */
static void set_member(const struct run *run, rd_kafka_conf_t *conf)
{
    rd_kafka_topic_partition_list_t *list = subscription(run);
    uint32_t hash = 2166136261; /* FNV-1a */
    char text[256];

    for (int i = 0; i < list->cnt; i++, hash *= 16777619)
        for (const char *c = list->elems[i].topic; *c; c++)
            hash = (hash ^ (unsigned char)*c) * 16777619;
    rd_kafka_topic_partition_list_destroy(list);
    snprintf(text, sizeof(text), "%s-%lld-%08x", run->service->name, (long long)run->ordinal, (unsigned)hash);
    kafka_set(conf, "group.instance.id", text);
}

static void join(struct consumer *consumer)
{
    rd_kafka_topic_partition_list_t *list = subscription(consumer->run);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(consumer->client, list);

    if (code)
        log_error("subscribing: %s", rd_kafka_err2str(code));
    rd_kafka_topic_partition_list_destroy(list);
}

static enum status start(struct consumer *consumer, struct err *err)
{
    struct run *run = consumer->run;
    rd_kafka_conf_t *conf = kafka_conf(&run->kafka, KAFKA_CONSUMER);
    char text[256];

    kafka_set(conf, "group.id", run->service->name);
    set_member(run, conf);
    kafka_set(conf, "partition.assignment.strategy", "range");
    kafka_set(conf, "session.timeout.ms", "10000");
    kafka_set(conf, "heartbeat.interval.ms", "1000");
    rd_kafka_conf_set_rebalance_cb(conf, regrouped);
    rd_kafka_conf_set_error_cb(conf, failed);
    rd_kafka_conf_set_stats_cb(conf, measured);
    rd_kafka_conf_set_opaque(conf, consumer);
    consumer->client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text));
    if (!consumer->client) {
        rd_kafka_conf_destroy(conf);
        return err_set(err, ST_FATAL, "no Kafka consumer: %s", text);
    }
    rd_kafka_set_log_queue(consumer->client, NULL);
    rd_kafka_poll_set_consumer(consumer->client);
    return ST_OK;
}

enum status consumer_open(struct run *run, struct consumer **consumer, struct err *err)
{
    struct consumer *opened = calloc(1, sizeof(*opened));
    enum status status;

    if (!opened)
        abort();
    opened->run = run;
    err_set(&opened->last, ST_RETRY, "no broker has answered yet");
    status = start(opened, err);
    if (status != ST_OK) {
        free(opened);
        return status;
    }
    *consumer = opened;
    join(opened);
    opened->wake = kafka_wake_open(run->program.base, rd_kafka_queue_get_consumer(opened->client), woken, opened);
    return ST_OK;
}

void consumer_close(struct consumer *consumer)
{
    rd_kafka_queue_t *queue;
    rd_kafka_error_t *error;

    if (!consumer)
        return;
    consumer_commit(consumer);
    consumer->closing = true;
    queue = rd_kafka_queue_get_consumer(consumer->client);
    error = rd_kafka_consumer_close_queue(consumer->client, queue);
    if (error)
        rd_kafka_error_destroy(error);
    rd_kafka_queue_destroy(queue);
    for (int i = 0; i < 20 && !rd_kafka_consumer_closed(consumer->client); i++) {
        rd_kafka_message_t *record = rd_kafka_consumer_poll(consumer->client, 10);

        if (record)
            rd_kafka_message_destroy(record);
    }
    kafka_wake_close(consumer->wake);
    rd_kafka_destroy_flags(consumer->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(consumer);
}

/* Errors of a partition. A position that the log no longer has is a matter of the log's ends. */
static void note_trouble(struct consumer *consumer, const rd_kafka_message_t *record, struct stream *stream)
{
    err_set(&consumer->last, ST_RETRY, "%s", rd_kafka_message_errstr(record));
    if (record->err == RD_KAFKA_RESP_ERR__FATAL)
        end_fatally(consumer);
    if (stream &&
        (record->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || record->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE))
        logends_repair(consumer->run, stream);
}

void consumer_assign(struct consumer *consumer)
{
    rd_kafka_topic_partition_list_t *list = claims_positions(&consumer->run->claims);
    rd_kafka_resp_err_t code = rd_kafka_assign(consumer->client, list->cnt || consumer->joined ? list : NULL);

    if (code)
        log_warning("assigning %d partitions: %s", list->cnt, rd_kafka_err2str(code));
    rd_kafka_topic_partition_list_destroy(list);
}

/* Whether record is one to be heard. */
static bool sort_out(struct consumer *consumer, const rd_kafka_message_t *record, struct claim **claim,
                     struct stream **stream)
{
    *stream = NULL;
    if (record->rkt)
        *stream = claims_stream(&consumer->run->claims, topic_named(str_of(rd_kafka_topic_name(record->rkt))),
                                record->partition, claim);
    if (record->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (*stream && (*stream)->first_end < 0)
            (*stream)->first_end = record->offset;
        if (*stream)
            (*stream)->seen_end = record->offset;
        return false;
    }
    if (record->err) {
        note_trouble(consumer, record, *stream);
        return false;
    }
    consumer->down = false;
    return *stream && (*claim)->owned && record->offset >= (*stream)->taken;
}

static void note_time(struct consumer *consumer, const rd_kafka_message_t *record, const struct stream *stream)
{
    rd_kafka_timestamp_type_t type;
    int64_t time_ms = rd_kafka_message_timestamp(record, &type);

    if (type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME)
        shoptime_taken(&consumer->run->time, time_ms, stream->seen_end >= 0 && record->offset >= stream->seen_end);
}

rd_kafka_message_t *consumer_take(struct consumer *consumer, struct claim **claim, struct stream **stream)
{
    rd_kafka_message_t *record;

    while ((record = rd_kafka_consumer_poll(consumer->client, 0))) {
        if (sort_out(consumer, record, claim, stream)) {
            (*stream)->taken = record->offset + 1;
            note_time(consumer, record, *stream);
            return record;
        }
        rd_kafka_message_destroy(record);
    }
    shoptime_drained(&consumer->run->time);
    return NULL;
}

void consumer_serve(struct consumer *consumer)
{
    rd_kafka_message_t *record;

    while ((record = rd_kafka_consumer_poll(consumer->client, 0))) {
        if (record->err && record->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
            note_trouble(consumer, record, NULL);
        rd_kafka_message_destroy(record);
    }
}

void consumer_wake_again(struct consumer *consumer)
{
    kafka_wake_again(consumer->wake);
}

void consumer_moved(struct consumer *consumer)
{
    consumer->moved = true;
}

void consumer_commit(struct consumer *consumer)
{
    rd_kafka_topic_partition_list_t *list;

    if (!consumer->joined || !consumer->moved || consumer->run->claims.folding)
        return;
    consumer->moved = false;
    list = claims_positions(&consumer->run->claims);
    for (int i = list->cnt - 1; i >= 0; i--)
        if (list->elems[i].offset < 0)
            rd_kafka_topic_partition_list_del_by_idx(list, i);
    if (list->cnt) {
        CRASH_POINT("lag.before", "positions are told to Kafka, for the tools that show lag: not begun yet");
        rd_kafka_commit(consumer->client, list, 1);
        CRASH_POINT("lag.after", "positions are told to Kafka, for the tools that show lag: sent, not answered");
    }
    rd_kafka_topic_partition_list_destroy(list);
}

int64_t consumer_lag(const struct consumer *consumer, const struct stream *stream)
{
    int64_t low, high, heard;

    if (rd_kafka_get_watermark_offsets(consumer->client, topic_name(stream->topic), stream->part, &low, &high) ||
        high < 0)
        return -1;
    if (stream->seen_end >= high && stream->taken <= stream->committed)
        return 0; /* the last offsets hold no records */
    heard = stream->committed > low ? stream->committed : low;
    return high > heard ? high - heard : 0;
}

rd_kafka_t *consumer_client(const struct consumer *consumer)
{
    return consumer->client;
}

bool consumer_ready(void *context, struct err *why)
{
    const struct consumer *consumer = context;

    if (consumer->down)
        err_set(why, ST_RETRY, "Kafka at %s: %s", consumer->run->kafka.bootstrap, consumer->last.text);
    else if (!consumer->joined)
        err_set(why, ST_RETRY, "the group %s has not granted partitions yet", consumer->run->service->name);
    return !consumer->down && consumer->joined;
}
