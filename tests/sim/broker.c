/* broker.c - topics of paper, and the world's copy of them for the books. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/sim.h"

/* run/headers.h, which cannot be included beside the world. */
rd_kafka_headers_t *headers_of_lines(struct str lines);

struct rd_kafka_topic_s *broker_topic(const char *name)
{
    struct rd_kafka_topic_s *topic = sim.topics;

    while (topic && strcmp(topic->name, name) != 0)
        topic = topic->next;
    if (topic)
        return topic;
    topic = arena_new(&sim.world.arena, struct rd_kafka_topic_s);
    snprintf(topic->name, sizeof(topic->name), "%s", name);
    topic->topic = topic_named(str_of(name));
    topic->next = sim.topics;
    sim.topics = topic;
    return topic;
}

struct paper_part *broker_part(struct rd_kafka_topic_s *topic, int32_t part)
{
    if (part < 0 || part >= (int32_t)(sizeof(topic->parts) / sizeof(topic->parts[0])))
        abort();
    return &topic->parts[part];
}

static void add(struct paper_part *part, const struct paper_record *record)
{
    if (part->count == part->room) {
        struct paper_record *old = part->list;

        part->room = part->room ? 2 * part->room : 16;
        part->list = arena_array(&sim.world.arena, part->room, sizeof(*old));
        if (part->count)
            memcpy(part->list, old, part->count * sizeof(*old));
    }
    part->list[part->count++] = *record;
}

static struct id id_in(rd_kafka_headers_t *headers, const char *name)
{
    struct id id = {{0}};
    const void *value;
    size_t len;

    if (rd_kafka_header_get_last(headers, name, &value, &len) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        !id_parse((struct str){value, len}, &id))
        return (struct id){{0}};
    return id;
}

static bool is_there(const struct said *said)
{
    const struct subject *subject = world_subject(&sim.world, msg_kind(said->type), said->key);
    const struct stream *stream = log_stream(&sim.world, topic_of(said->type), subject);

    for (size_t i = 0; stream && i < stream->count; i++)
        if (id_equal(&stream->records[i].said.id, &said->id))
            return true;
    return false;
}

/* What the books know of it. */
static void tell_world(struct str key, struct str value, rd_kafka_headers_t *headers, const char *who)
{
    struct said said = {.key = key, .value = value, .id = id_in(headers, "ce-id")};
    const void *type;
    size_t len;

    if (rd_kafka_header_get_last(headers, "ce-type", &type, &len) != RD_KAFKA_RESP_ERR_NO_ERROR)
        abort();
    said.type = msg_type_of((struct str){type, len});
    said.correlation = id_in(headers, "correlationid");
    said.causation = id_in(headers, "causationid");
    sim_faults[SIM_PRODUCED_TWICE] += is_there(&said);
    log_append(&sim.world, NULL, who, &said);
}

static void append(struct rd_kafka_topic_s *topic, struct str key, struct str value, rd_kafka_headers_t *headers)
{
    struct paper_part *part = broker_part(
        topic, topic->topic == TOPIC_NONE ? 0 : kafka_partition(topic_kind(topic->topic), key));
    struct paper_record record = {
        .there = true, .key = key, .value = value, .headers = headers, .time_ms = sim.world.now_ms};

    if (sim_falls(sim.storm.gap, SIM_OFFSET_GAPS))
        add(part, &(struct paper_record){.there = false});
    add(part, &record);
    if (sim_falls(sim.storm.gap, SIM_OFFSET_GAPS))
        add(part, &(struct paper_record){.there = false});
    sim.progress++;
}

void broker_append(struct rd_kafka_topic_s *topic, struct str key, struct str value, rd_kafka_headers_t *headers,
                   const char *who)
{
    append(topic, key, value, headers);
    if (topic->topic != TOPIC_NONE)
        tell_world(key, value, headers, who);
}

void broker_command(const struct outgoing *outgoing)
{
    const struct said *said = &outgoing->said;
    struct str headers = runtime_headers(said, outgoing->who, &sim.world.arena);

    append(broker_topic(topic_name(topic_of(said->type))), said->key, said->value, headers_of_lines(headers));
}

void broker_release(void)
{
    for (struct rd_kafka_topic_s *topic = sim.topics; topic; topic = topic->next)
        for (size_t p = 0; p < sizeof(topic->parts) / sizeof(topic->parts[0]); p++)
            for (size_t i = 0; i < topic->parts[p].count; i++)
                if (topic->parts[p].list[i].headers)
                    rd_kafka_headers_destroy(topic->parts[p].list[i].headers);
    sim.topics = NULL;
}
