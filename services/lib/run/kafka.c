/* kafka.c - what all Kafka clients here have in common. */
#include "run/kafka.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { LOG_EVERY_US = 60 * 1000000 };

/* murmur2 as in Kafka's Java clients (seed and constants are theirs: DefaultPartitioner, Utils.murmur2). */
static uint32_t murmur2(struct str key)
{
    const uint32_t m = 0x5bd1e995;
    const uint8_t *data = (const uint8_t *)key.ptr;
    size_t len = key.len;
    uint32_t hash = 0x9747b28c ^ (uint32_t)len;

    for (; len >= 4; data += 4, len -= 4) {
        uint32_t k = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;

        k *= m;
        k ^= k >> 24;
        hash = (hash * m) ^ (k * m);
    }
    if (len == 3)
        hash ^= (uint32_t)data[2] << 16;
    if (len >= 2)
        hash ^= (uint32_t)data[1] << 8;
    if (len >= 1)
        hash = (hash ^ data[0]) * m;
    hash = (hash ^ (hash >> 13)) * m;
    return hash ^ (hash >> 15);
}

int32_t kafka_partition(enum kind kind, struct str key)
{
    return (int32_t)((murmur2(key) & 0x7fffffff) % (uint32_t)kind_partitions(kind));
}

void kafka_set(rd_kafka_conf_t *conf, const char *property, const char *value)
{
    char why[256];

    if (rd_kafka_conf_set(conf, property, value, why, sizeof(why)) == RD_KAFKA_CONF_OK)
        return;
    log_error("Kafka setting %s=%s: %s", property, value, why);
    abort();
}

/* On the loop's thread: the library's lines come through its queue. One a minute, with a count of the others. */
static void log_line(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    static int64_t next_us;
    static unsigned unsaid;
    int64_t now_us = clock_steady_us();

    (void)client;
    if (level > 4 || now_us < next_us) {
        unsaid += level <= 4;
        return;
    }
    log_warning("Kafka client: %s: %s (%u earlier lines left out)", facility, text, unsaid);
    next_us = now_us + LOG_EVERY_US;
    unsaid = 0;
}

static void set_role(rd_kafka_conf_t *conf, enum kafka_role role)
{
    static const char *const producer[][2] = {
        {"enable.idempotence", "true"},
        {"acks", "all"},
        {"message.timeout.ms", "0"},
        {"partitioner", "murmur2_random"},
        {"linger.ms", "0"},
        {"queue.buffering.max.kbytes", "16384"},
        {"queue.buffering.max.messages", "50000"},
        {"compression.codec", "none"},
        {"max.in.flight", "1"}, /* of two the later one's report would count for both: producer.c */
    };
    static const char *const consumer[][2] = {
        {"enable.auto.commit", "false"},        {"enable.auto.offset.store", "false"}, {"auto.offset.reset", "error"},
        {"isolation.level", "read_committed"},  {"enable.partition.eof", "true"},      {"check.crcs", "true"},
        {"fetch.wait.max.ms", "250"},           {"fetch.error.backoff.ms", "50"},      {"queued.min.messages", "20000"},
        {"queued.max.messages.kbytes", "2048"}, {"fetch.message.max.bytes", "32768"},
    };
    /* At these two limits the library stops fetching for a whole second: they bound memory, and must hold more than a
     * service hears in that second. */
    const char *const(*list)[2] = role == KAFKA_PRODUCER ? producer : consumer;
    size_t count = role == KAFKA_PRODUCER ? sizeof(producer) / sizeof(*producer) : sizeof(consumer) / sizeof(*consumer);

    for (size_t i = 0; i < count; i++)
        kafka_set(conf, list[i][0], list[i][1]);
}

rd_kafka_conf_t *kafka_conf(const struct kafka *kafka, enum kafka_role role)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    kafka_set(conf, "bootstrap.servers", kafka->bootstrap);
    kafka_set(conf, "client.id", kafka->name);
    kafka_set(conf, "allow.auto.create.topics", "false");
    kafka_set(conf, "socket.nagle.disable", "true");
    kafka_set(conf, "socket.keepalive.enable", "true");
    kafka_set(conf, "reconnect.backoff.ms", "20");
    kafka_set(conf, "reconnect.backoff.max.ms", "500");
    kafka_set(conf, "topic.metadata.refresh.interval.ms", "60000");
    kafka_set(conf, "statistics.interval.ms", "2000");
    kafka_set(conf, "log.queue", "true");
    rd_kafka_conf_set_log_cb(conf, log_line);
    set_role(conf, role);
    return conf;
}

enum status kafka_status(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return ST_OK;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return ST_REJECT;
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        return ST_FATAL;
    default:
        return ST_RETRY;
    }
}

bool kafka_is_up(const char *statistics)
{
    return strstr(statistics, "\"state\":\"UP\"") != NULL;
}

struct kafka_wake {
    rd_kafka_queue_t *queue;
    int fd;
    struct event *ready, *again;
    kafka_wake_fn *wake;
    void *context;
};

static void woken(evutil_socket_t fd, short what, void *context)
{
    struct kafka_wake *wake = context;
    struct timeval second = {1, 0};
    uint64_t count;

    if (what & EV_READ && read(fd, &count, sizeof(count)) < 0)
        count = 0;
    evtimer_add(wake->again, &second);
    wake->wake(wake->context);
}

struct kafka_wake *kafka_wake_open(struct event_base *base, rd_kafka_queue_t *queue, kafka_wake_fn *wake, void *context)
{
    struct kafka_wake *opened = calloc(1, sizeof(*opened));
    uint64_t one = 1;

    if (!opened)
        abort();
    opened->queue = queue;
    opened->wake = wake;
    opened->context = context;
    opened->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (opened->fd < 0)
        abort();
    opened->ready = event_new(base, opened->fd, EV_READ | EV_PERSIST, woken, opened);
    opened->again = evtimer_new(base, woken, opened);
    if (!opened->ready || !opened->again)
        abort();
    event_add(opened->ready, NULL);
    rd_kafka_queue_io_event_enable(queue, opened->fd, &one, sizeof(one));
    kafka_wake_again(opened);
    return opened;
}

void kafka_wake_again(struct kafka_wake *wake)
{
    struct timeval now = {0, 0};

    evtimer_add(wake->again, &now);
}

void kafka_wake_close(struct kafka_wake *wake)
{
    if (!wake)
        return;
    rd_kafka_queue_io_event_enable(wake->queue, -1, NULL, 0);
    rd_kafka_queue_destroy(wake->queue);
    event_free(wake->ready);
    event_free(wake->again);
    close(wake->fd);
    free(wake);
}
