/* consumer.c - what librdkafka brings to a consumer: grants and withdrawals, records a few at a time, and ends. */
#include <stdlib.h>

#include "tests/sim/client.h"

enum { FETCH_MOST = 12 };

rd_kafka_resp_err_t rd_kafka_subscribe(rd_kafka_t *client, const rd_kafka_topic_partition_list_t *list)
{
    client->subscription = rd_kafka_topic_partition_list_copy(list);
    client->member = true;
    group_rebalance(client->conf.group);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_commit(rd_kafka_t *client, const rd_kafka_topic_partition_list_t *offsets, int async)
{
    (void)client;
    (void)offsets;
    (void)async;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_assign(rd_kafka_t *client, const rd_kafka_topic_partition_list_t *list)
{
    messages_free(&client->queue);
    client->fetch_count = 0;
    for (int i = 0; list && i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *part = &list->elems[i];

        if (client->fetch_count == FETCHES)
            abort();
        client->fetches[client->fetch_count++] = (struct fetch){
            .topic = broker_topic(part->topic), .part = part->partition, .next = part->offset < 0 ? 0 : part->offset};
    }
    if (list || !client->member || client->revoke)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    client->granted = false;
    if (!client->process->dying)
        group_ready(client->conf.group);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static bool has_more(const struct fetch *fetch)
{
    return fetch->next < (int64_t)broker_part(fetch->topic, fetch->part)->count || !fetch->ended;
}

static void bring(rd_kafka_t *client, struct fetch *fetch)
{
    const struct paper_part *part = broker_part(fetch->topic, fetch->part);
    unsigned count = 1 + world_roll(&sim.world, FETCH_MOST);

    for (; count > 0 && fetch->next < (int64_t)part->count; fetch->next++) {
        const struct paper_record *record = &part->list[fetch->next];
        struct paper_message *message;

        fetch->ended = false;
        if (!record->there)
            continue;
        message = message_new();
        message->message = (rd_kafka_message_t){.rkt = fetch->topic,
                                                .partition = fetch->part,
                                                .payload = (void *)(uintptr_t)record->value.ptr,
                                                .len = record->value.len,
                                                .key = (void *)(uintptr_t)record->key.ptr,
                                                .key_len = record->key.len,
                                                .offset = fetch->next};
        message->headers = record->headers;
        message->time_ms = record->time_ms;
        messages_append(&client->queue, message);
        count--;
        sim.progress++;
    }
    if (count > 0 && !fetch->ended) {
        struct paper_message *end = message_new();

        end->message = (rd_kafka_message_t){.err = RD_KAFKA_RESP_ERR__PARTITION_EOF,
                                            .rkt = fetch->topic,
                                            .partition = fetch->part,
                                            .offset = fetch->next};
        messages_append(&client->queue, end);
        fetch->ended = true;
    }
    client_wake(client);
}

rd_kafka_message_t *rd_kafka_consumer_poll(rd_kafka_t *client, int wait_ms)
{
    struct paper_message *message;

    (void)wait_ms;
    if (client->revoke) {
        client->revoke = false;
        client->conf.regrouped(client, RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS, client->held, client->conf.opaque);
    } else if (client->grant) {
        client_free_list(&client->held);
        client->held = client->grant;
        client->grant = NULL;
        client->granted = true;
        client->conf.regrouped(client, RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, client->held, client->conf.opaque);
    }
    message = messages_take(&client->queue);
    return message ? &message->message : NULL;
}

rd_kafka_resp_err_t rd_kafka_offsets_for_times(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list, int wait_ms)
{
    (void)client;
    (void)wait_ms;
    if (sim_falls(sim.storm.forget_ends, SIM_ENDS_UNKNOWN))
        return RD_KAFKA_RESP_ERR__TIMED_OUT;
    for (int i = 0; i < list->cnt; i++) {
        list->elems[i].offset =
            (int64_t)broker_part(broker_topic(list->elems[i].topic), list->elems[i].partition)->count;
        list->elems[i].err = RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_query_watermark_offsets(rd_kafka_t *client, const char *topic, int32_t part, int64_t *low,
                                                     int64_t *high, int wait_ms)
{
    (void)client;
    (void)wait_ms;
    *low = 0;
    *high = (int64_t)broker_part(broker_topic(topic), part)->count;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

unsigned consumer_choices(const rd_kafka_t *client)
{
    unsigned count = 0;

    for (size_t i = 0; i < client->fetch_count; i++)
        count += has_more(&client->fetches[i]);
    return count;
}

void consumer_turn(rd_kafka_t *client)
{
    struct fetch *picked = NULL;
    unsigned count = 0;

    for (size_t i = 0; i < client->fetch_count; i++)
        if (has_more(&client->fetches[i]) && world_roll(&sim.world, ++count) == 0)
            picked = &client->fetches[i];
    if (picked)
        bring(client, picked);
}
