/* producer.c - one librdkafka producer, replaced by a new one when it breaks.
 *
 * Of two requests on their way the library takes the second's acknowledgement for the first's, too: without the first the
 * broker would have refused the second. But a broker that knows nothing of this producer in that partition yet takes any
 * sequence. When it refused the first for want of a leader (it stood still, its session ended) and took the second, the
 * first is nowhere, and reported as written. So one request is on its way at a time, and a report without an offset is none. */
#include "run/producer.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "run/headers.h"

struct producer {
    struct event_base *base;
    struct kafka kafka;
    producer_report_fn *report;
    void *context;
    rd_kafka_t *client;
    struct kafka_wake *wake;
    rd_kafka_topic_t *own[TOPIC_COUNT]; /* held, so that their leaders are known before the first record */
    struct event *rebirth;
    size_t unanswered;
    bool up;
    struct err last;
};

static void delivered(rd_kafka_t *client, const rd_kafka_message_t *record, void *context)
{
    struct producer *producer = context;
    enum status status = kafka_status(record->err);

    (void)client;
    if (status == ST_OK && record->offset < 0)
        status = ST_RETRY;
    producer->unanswered--;
    producer->up = producer->up || status == ST_OK;
    producer->report(producer->context, record->_private, status == ST_FATAL ? ST_RETRY : status, record->partition,
                     record->offset, rd_kafka_err2str(record->err));
}

static void failed(rd_kafka_t *client, int code, const char *why, void *context)
{
    struct producer *producer = context;
    struct timeval now = {0, 0};

    (void)client;
    err_set(&producer->last, ST_RETRY, "%s", why);
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        producer->up = false;
    if (code == RD_KAFKA_RESP_ERR__FATAL)
        evtimer_add(producer->rebirth, &now);
}

static int measured(rd_kafka_t *client, char *json, size_t len, void *context)
{
    struct producer *producer = context;

    (void)client;
    (void)len;
    producer->up = kafka_is_up(json);
    return 0;
}

static void serve(void *context)
{
    struct producer *producer = context;

    rd_kafka_poll(producer->client, 0);
}

static enum status start(struct producer *producer, struct err *err)
{
    rd_kafka_conf_t *conf = kafka_conf(&producer->kafka, KAFKA_PRODUCER);
    char why[256];

    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    rd_kafka_conf_set_error_cb(conf, failed);
    rd_kafka_conf_set_stats_cb(conf, measured);
    rd_kafka_conf_set_opaque(conf, producer);
    producer->client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    if (!producer->client) {
        rd_kafka_conf_destroy(conf);
        return err_set(err, ST_FATAL, "no Kafka producer: %s", why);
    }
    rd_kafka_set_log_queue(producer->client, NULL);
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_COUNT; topic++)
        if (strcmp(topic_info((enum topic)topic)->writer, producer->kafka.name) == 0)
            producer->own[topic] = rd_kafka_topic_new(producer->client, topic_name((enum topic)topic), NULL);
    producer->wake = kafka_wake_open(producer->base, rd_kafka_queue_get_main(producer->client), serve, producer);
    return ST_OK;
}

static void stop(struct producer *producer)
{
    for (int topic = 0; topic < TOPIC_COUNT; topic++)
        if (producer->own[topic])
            rd_kafka_topic_destroy(producer->own[topic]);
    memset(producer->own, 0, sizeof(producer->own));
    kafka_wake_close(producer->wake);
    producer->wake = NULL;
    rd_kafka_destroy(producer->client);
    producer->client = NULL;
}

/* A broken producer stays broken: what it still held is reported as unknown, and another one takes its place. */
static void be_reborn(evutil_socket_t fd, short what, void *context)
{
    struct producer *producer = context;
    struct err err = {{0}};

    (void)fd;
    (void)what;
    log_warning("the Kafka producer broke (%s): %zu records are sent again by a new one", producer->last.text,
                producer->unanswered);
    rd_kafka_purge(producer->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    for (int i = 0; producer->unanswered && i < 50; i++)
        rd_kafka_poll(producer->client, 10);
    stop(producer);
    if (start(producer, &err) != ST_OK) {
        log_error("%s", err.text);
        abort();
    }
}

enum status producer_open(struct event_base *base, const struct kafka *kafka, producer_report_fn *report, void *context,
                          struct producer **producer, struct err *err)
{
    struct producer *opened = calloc(1, sizeof(*opened));
    enum status status;

    if (!opened)
        abort();
    opened->base = base;
    opened->kafka = *kafka;
    opened->report = report;
    opened->context = context;
    opened->rebirth = evtimer_new(base, be_reborn, opened);
    if (!opened->rebirth)
        abort();
    err_set(&opened->last, ST_RETRY, "no broker has answered yet");
    status = start(opened, err);
    if (status != ST_OK) {
        event_free(opened->rebirth);
        free(opened);
        return status;
    }
    *producer = opened;
    return ST_OK;
}

static void ignore(void *context, void *ticket, enum status status, int32_t partition, int64_t offset, const char *why)
{
    (void)context;
    (void)ticket;
    (void)status;
    (void)partition;
    (void)offset;
    (void)why;
}

void producer_close(struct producer *producer)
{
    if (!producer)
        return;
    producer->report = ignore;
    rd_kafka_purge(producer->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    stop(producer);
    event_free(producer->rebirth);
    free(producer);
}

enum status producer_send(struct producer *producer, const struct effect *effect, const struct record *record,
                          void *ticket, struct err *err)
{
    rd_kafka_headers_t *headers = headers_of_lines(record->headers);
    rd_kafka_resp_err_t code;
    enum status status;

    effect_before(effect);
    code = rd_kafka_producev(
        producer->client, RD_KAFKA_V_TOPIC(record->topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(record->key.ptr ? record->key.ptr : "", record->key.len),
        RD_KAFKA_V_VALUE((void *)(uintptr_t)record->value.ptr, record->value.len), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_TIMESTAMP(record->time_ms), RD_KAFKA_V_OPAQUE(ticket), RD_KAFKA_V_END);
    effect_after(effect);
    status = kafka_status(code);
    if (code) {
        rd_kafka_headers_destroy(headers);
        return err_set(err, status == ST_FATAL ? ST_RETRY : status, "cannot send to %s: %s", record->topic,
                       rd_kafka_err2str(code));
    }
    producer->unanswered++;
    return ST_OK;
}

enum status producer_say(struct producer *producer, const struct effect *effect, const struct said *said, void *ticket,
                         struct err *err)
{
    struct arena arena;
    struct record record = {.topic = topic_name(topic_of(said->type)), .key = said->key, .value = said->value};
    enum status status;

    arena_init(&arena);
    record.headers = said_headers(said, producer->kafka.name, &arena);
    status = producer_send(producer, effect, &record, ticket, err);
    arena_release(&arena);
    return status;
}

size_t producer_unanswered(const struct producer *producer)
{
    return producer->unanswered;
}

bool producer_ready(void *context, struct err *why)
{
    const struct producer *producer = context;

    if (!producer->up)
        err_set(why, ST_RETRY, "Kafka at %s: %s", producer->kafka.bootstrap, producer->last.text);
    return producer->up;
}
