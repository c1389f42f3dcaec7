/* spoken.c - what a topic holds, read from its beginning to its end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/kafka.h"
#include "tests/services/lib/run/world.h"

struct reading {
    struct spoken spoken;
    struct id *ids;
    struct plans *plans;
    struct arena arena;
};

static void note(struct reading *reading, const rd_kafka_message_t *record)
{
    rd_kafka_headers_t *headers;
    struct spoken *spoken = &reading->spoken;
    struct id id = {{0}};
    const char *name;
    const void *value;
    enum msg_type type;
    const void *body;
    size_t len;
    struct err err;
    int32_t schema;

    spoken->headers[0] = '\0';
    if (rd_kafka_message_headers(record, &headers) == 0)
        for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &len) == 0; i++) {
            size_t used = strlen(spoken->headers);

            snprintf(spoken->headers + used, sizeof(spoken->headers) - used, "%s=%.*s,", name, (int)len,
                     (const char *)value);
            if (strcmp(name, "ce-id") == 0)
                id_parse((struct str){value, len}, &id);
        }
    for (int i = 0; i <= spoken->ids; i++)
        if (i == spoken->ids || id_equal(&reading->ids[i], &id)) {
            reading->ids[i] = id;
            spoken->ids += i == spoken->ids;
            break;
        }
    spoken->records++;
    spoken->value_bytes = record->len;
    if (msg_decode(reading->plans, (struct str){record->payload, record->len}, &reading->arena, &type, &body, &schema,
                   &err) == ST_OK &&
        type == MSG_CANCEL_REFUSED) {
        const struct cancel_refused *refused = body;

        snprintf(spoken->user_id, sizeof(spoken->user_id), STR_FMT, STR_ARG(refused->user_id));
        snprintf(spoken->detail, sizeof(spoken->detail), STR_FMT, STR_ARG(refused->detail));
    }
}

static rd_kafka_t *open_reader(const struct world *world, const char *topic, int partitions)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    rd_kafka_t *client;
    char why[256];

    kafka_set(conf, "bootstrap.servers", world->kafka);
    kafka_set(conf, "group.id", "probe-reader");
    kafka_set(conf, "enable.partition.eof", "true");
    kafka_set(conf, "enable.auto.commit", "false");
    client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
    rd_kafka_poll_set_consumer(client);
    for (int part = 0; part < partitions; part++)
        rd_kafka_topic_partition_list_add(list, topic, part)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(client, list);
    rd_kafka_topic_partition_list_destroy(list);
    return client;
}

struct spoken world_spoken(struct world *world, const char *topic, const char *prefix)
{
    enum { PARTITIONS = 6, IDS_MAX = 100000 };
    struct reading reading = {.ids = calloc(IDS_MAX, sizeof(struct id)), .plans = plans_open()};
    rd_kafka_t *client = open_reader(world, topic, PARTITIONS);

    arena_init(&reading.arena);
    for (int ends = 0, tries = 0; ends < PARTITIONS && tries < 200;) {
        rd_kafka_message_t *record = rd_kafka_consumer_poll(client, 100);

        tries += !record;
        if (!record)
            continue;
        ends += record->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
        if (!record->err && record->key_len >= strlen(prefix) && memcmp(record->key, prefix, strlen(prefix)) == 0)
            note(&reading, record);
        rd_kafka_message_destroy(record);
    }
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    plans_close(reading.plans);
    arena_release(&reading.arena);
    free(reading.ids);
    return reading.spoken;
}
