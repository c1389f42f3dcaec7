/* producer.c - what librdkafka does with records: into the log, in the order of each partition, or not, and reported. */
#include <stdarg.h>
#include <stdlib.h>

#include "tests/sim/client.h"

rd_kafka_topic_t *rd_kafka_topic_new(rd_kafka_t *client, const char *name, rd_kafka_topic_conf_t *conf)
{
    (void)client;
    (void)conf;
    return broker_topic(name);
}

void rd_kafka_topic_destroy(rd_kafka_topic_t *topic)
{
    (void)topic;
}

const char *rd_kafka_topic_name(const rd_kafka_topic_t *topic)
{
    return topic->name;
}

static struct str copied(va_list *args)
{
    const char *bytes = va_arg(*args, const char *);
    size_t len = va_arg(*args, size_t);

    return arena_copy(&sim.world.arena, (struct str){bytes, len});
}

static void read_field(struct paper_message *message, rd_kafka_vtype_t type, va_list *args)
{
    struct str bytes;

    switch (type) {
    case RD_KAFKA_VTYPE_TOPIC:
        message->message.rkt = broker_topic(va_arg(*args, const char *));
        break;
    case RD_KAFKA_VTYPE_MSGFLAGS:
        (void)va_arg(*args, int);
        break;
    case RD_KAFKA_VTYPE_KEY:
        bytes = copied(args);
        message->message.key = (void *)(uintptr_t)bytes.ptr;
        message->message.key_len = bytes.len;
        break;
    case RD_KAFKA_VTYPE_VALUE:
        bytes = copied(args);
        message->message.payload = (void *)(uintptr_t)bytes.ptr;
        message->message.len = bytes.len;
        break;
    case RD_KAFKA_VTYPE_HEADERS:
        message->headers = va_arg(*args, rd_kafka_headers_t *);
        break;
    case RD_KAFKA_VTYPE_TIMESTAMP:
        (void)va_arg(*args, int64_t);
        break;
    case RD_KAFKA_VTYPE_OPAQUE:
        message->message._private = va_arg(*args, void *);
        break;
    default:
        abort();
    }
}

rd_kafka_resp_err_t rd_kafka_producev(rd_kafka_t *client, ...)
{
    struct paper_message *message = message_new();
    struct str key;
    va_list args;
    rd_kafka_vtype_t type;

    va_start(args, client);
    while ((type = va_arg(args, int)) != RD_KAFKA_VTYPE_END)
        read_field(message, type, &args);
    va_end(args);
    key = (struct str){message->message.key, message->message.key_len};
    message->message.partition = message->message.rkt->topic == TOPIC_NONE
                                     ? 0
                                     : kafka_partition(topic_kind(message->message.rkt->topic), key);
    messages_append(&client->queue, message);
    sim.progress++;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void write_down(rd_kafka_t *client, struct paper_message *message)
{
    rd_kafka_message_t *record = &message->message;

    record->offset = (int64_t)broker_part(record->rkt, record->partition)->count;
    broker_append(record->rkt, (struct str){record->key, record->key_len}, (struct str){record->payload, record->len},
                  message->headers, client->process->name);
    message->headers = NULL;
    message->written = true;
}

/* Some of what is queued gets into the log, in the order of each partition, and the producer never hears of it. */
static void write_some(rd_kafka_t *client)
{
    unsigned most = world_roll(&sim.world, 8);

    for (struct paper_message *message = client->queue; message && most > 0; message = message->next, most--)
        if (!message->written) {
            write_down(client, message);
            sim_faults[SIM_PRODUCED_UNKNOWN]++;
        }
}

static void deliver(rd_kafka_t *client)
{
    struct paper_message **at = &client->queue, *message, *any;
    unsigned count = 0;

    for (message = client->queue, any = message; message; message = message->next)
        if (world_roll(&sim.world, ++count) == 0)
            any = message;
    while ((*at)->message.rkt != any->message.rkt || (*at)->message.partition != any->message.partition)
        at = &(*at)->next;
    message = *at;
    *at = message->next;
    write_down(client, message);
    messages_append(&client->reports, message);
    client_wake(client);
}

int rd_kafka_poll(rd_kafka_t *client, int wait_ms)
{
    struct paper_message *message;
    int count = 0;

    (void)wait_ms;
    if (client->broken && !client->told) {
        client->told = true;
        client->conf.failed(client, RD_KAFKA_RESP_ERR__FATAL, "broken", client->conf.opaque);
    }
    for (; (message = messages_take(&client->reports)); count++) {
        rd_kafka_message_t record = message->message;

        if (message->headers)
            rd_kafka_headers_destroy(message->headers);
        free(message);
        sim.progress++;
        client->conf.delivered(client, &record, client->conf.opaque);
    }
    return count;
}

rd_kafka_resp_err_t rd_kafka_purge(rd_kafka_t *client, int flags)
{
    struct paper_message *message;

    (void)flags;
    while ((message = messages_take(&client->queue))) {
        message->message.err = RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
        messages_append(&client->reports, message);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void producer_turn(rd_kafka_t *client)
{
    if (!sim_falls(sim.storm.break_producer, SIM_PRODUCER_BROKEN)) {
        deliver(client);
        return;
    }
    client->broken = true;
    write_some(client);
    client_wake(client);
}

void producer_die(rd_kafka_t *client)
{
    write_some(client);
}
