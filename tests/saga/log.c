/* log.c - the log: records in order within one key of one topic, and readers that are as far as they are. */
#include <stdlib.h>

#include "tests/saga/world.h"

enum { PACES = 4 };

static const unsigned paces[PACES] = {1, 4, 16, 48};

static bool lane_reads(const struct lane *lane, enum topic topic)
{
    for (size_t i = 0; i < lane->rules->rule_count; i++)
        if (topic_of(lane->rules->table[i].hears) == topic)
            return true;
    return false;
}

static void add_reading(struct world *world, struct stream *stream, struct lane *lane, struct service *service)
{
    struct reading *reading = arena_new(&world->arena, struct reading);
    bool slow = lane || world_chance(world, 10); /* what is read whole into memory is mostly read at once */

    *reading = (struct reading){.next = world->readings,
                                .world = world,
                                .lane = lane,
                                .service = service,
                                .stream = stream,
                                .weight = slow ? paces[world_roll(world, PACES)] : paces[PACES - 1]};
    world->readings = reading;
}

static bool is_shelved(enum topic topic)
{
    return topic == TOPIC_PRODUCT_STATE || topic == TOPIC_RATES_STATE || topic == TOPIC_SHIPPING_TARIFFS;
}

/* Whoever reads this topic begins to read this key, too. */
static struct stream *add_stream(struct world *world, enum topic topic, struct subject *subject)
{
    struct stream *stream = arena_new(&world->arena, struct stream);

    stream->topic = topic;
    stream->subject = subject;
    for (size_t i = 0; i < world->lane_count; i++)
        if (lane_reads(&world->lanes[i], topic))
            add_reading(world, stream, &world->lanes[i], world->lanes[i].service);
    for (size_t i = 0; i < world->service_count; i++)
        if (world->services[i].shelf && is_shelved(topic))
            add_reading(world, stream, NULL, &world->services[i]);
    if (is_shelved(topic) || topic == TOPIC_CART_EVENTS)
        add_reading(world, stream, NULL, NULL);
    world->streams[topic][subject->index] = stream;
    return stream;
}

struct stream *log_stream(const struct world *world, enum topic topic, const struct subject *subject)
{
    return world->streams[topic][subject->index];
}

/* The same id is the same message. */
static void compare_with_earlier(struct world *world, const struct stream *stream, const struct said *said)
{
    for (size_t i = 0; i < stream->count; i++) {
        const struct said *old = &stream->records[i].said;

        if (id_equal(&old->id, &said->id) && (old->type != said->type || !str_equal(old->value, said->value)))
            world_wrong(world, said->key, "%s was said twice under one id, with different content",
                        msg_type_name(said->type));
    }
}

void log_append(struct world *world, const struct service *service, const char *who, const struct said *said)
{
    enum topic topic = topic_of(said->type);
    struct subject *subject = world_subject(world, msg_kind(said->type), said->key);
    struct stream *stream = log_stream(world, topic, subject);

    if (!stream)
        stream = add_stream(world, topic, subject);
    compare_with_earlier(world, stream, said);
    if (stream->count == stream->room) {
        struct record *old = stream->records;

        stream->room = stream->room ? 2 * stream->room : 4;
        stream->records = arena_array(&world->arena, stream->room, sizeof(*old));
        if (stream->count > 0)
            memcpy(stream->records, old, stream->count * sizeof(*old));
    }
    stream->records[stream->count++] = (struct record){
        .said = *said, .time_ms = world->now_ms + (service ? service->skew_ms : 0), .offset = world->offsets[topic]++};
    world_note(world, who, "says", said);
}

void log_follow(struct reading *reading)
{
    struct world *world = reading->world;
    const struct said *said = &reading->stream->records[reading->position++].said;

    if (!reading->service)
        shop_learn(world, said);
    else
        shelf_learn(reading->service->shelf, said->type,
                    msg_decode_own(said->type, said->value, &world->step_arenas[0]));
}

void log_follow_all(struct world *world, struct service *service)
{
    for (struct reading *reading = world->readings; reading; reading = reading->next) {
        if (reading->lane || reading->service != service)
            continue;
        reading->position = 0;
        while (reading->position < reading->stream->count)
            log_follow(reading);
    }
}
