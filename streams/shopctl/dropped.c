/* dropped.c - MessageDropped, said and looked up for those who cannot say it themselves. */
#include "streams/shopctl/dropped.h"

#include <stdlib.h>
#include <string.h>

struct dropped {
    struct plans *plans;
    struct arena arena;
    struct str *names; /* "<reader> <id>" */
    size_t count, room;
};

static struct str name_of(struct str reader, struct str id, struct arena *arena)
{
    return arena_printf(arena, STR_FMT " " STR_FMT, STR_ARG(reader), STR_ARG(id));
}

static bool hear_one(void *context, const rd_kafka_message_t *record)
{
    struct dropped *dropped = context;
    const struct message_dropped *dropped_one;
    const void *body;
    enum msg_type type;
    int32_t schema_id;
    struct err err;

    if (msg_decode(dropped->plans, (struct str){record->payload, record->len}, &dropped->arena, &type, &body,
                   &schema_id, &err) != ST_OK ||
        type != MSG_MESSAGE_DROPPED)
        return true;
    dropped_one = body;
    if (dropped->count == dropped->room) {
        dropped->room = dropped->room * 2 + 16;
        dropped->names = reallocarray(dropped->names, dropped->room, sizeof(*dropped->names));
        if (!dropped->names)
            abort();
    }
    dropped->names[dropped->count++] = name_of(dropped_one->reader, dropped_one->message_id, &dropped->arena);
    return true;
}

enum status dropped_read(struct tape *tape, struct dropped **dropped, struct err *err)
{
    static const char *const topics[] = {"operator.events"};
    struct dropped *opened = calloc(1, sizeof(*opened));

    if (!opened)
        abort();
    opened->plans = plans_open();
    arena_init(&opened->arena);
    *dropped = opened;
    return tape_read_topics(tape, topics, 1, -1, hear_one, opened, err);
}

void dropped_free(struct dropped *dropped)
{
    if (!dropped)
        return;
    plans_close(dropped->plans);
    arena_release(&dropped->arena);
    free(dropped->names);
    free(dropped);
}

bool dropped_has(const struct dropped *dropped, struct str reader, struct str id)
{
    for (size_t i = 0; i < dropped->count; i++) {
        struct str name = dropped->names[i];

        if (name.len == reader.len + 1 + id.len && memcmp(name.ptr, reader.ptr, reader.len) == 0 &&
            memcmp(name.ptr + reader.len + 1, id.ptr, id.len) == 0)
            return true;
    }
    return false;
}

enum status dropped_say(const struct message_dropped *body, struct err *err)
{
    enum status status = say_open(err);
    struct arena arena;
    struct id id;

    if (status != ST_OK)
        return status;
    arena_init(&arena);
    id = say_id(arena_printf(&arena, "dropped " STR_FMT, STR_ARG(name_of(body->reader, body->message_id, &arena))));
    say_as(MSG_MESSAGE_DROPPED, body, &id);
    status = say_wait(err);
    say_close();
    arena_release(&arena);
    return status;
}
