/* codec.c - framing, and what plans a reader has: today's own are tables, older ones are made at the start, newer ones
 * when they are met. */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

#include "msg/decode.h"
#include "msg/msg.h"
#include "msg/plan.h"
#include "msg/schema.h"

enum { FRAME_BYTES = 5, SCHEMA_MOST_BYTES = 1024 * 1024 };

struct plan {
    int32_t schema_id;
    enum msg_type type;        /* MSG_NONE: it cannot be read; MSG_UNKNOWN: nobody here reads it */
    const struct field *whole; /* NULL for those two */
};

struct plans {
    struct plan *list; /* ascending by id */
    size_t count;
    struct arena arena; /* what was made at run time */
};

static void out_of_memory(const void *memory)
{
    if (!memory)
        abort();
}

static const struct record *record_of(enum msg_type type)
{
    if ((size_t)type >= MSG_COUNT || msg_bodies[type].record == RECORD_COUNT) {
        fprintf(stderr, "codec: %s has no body\n", msg_type_name(type));
        abort();
    }
    return &msg_records[msg_bodies[type].record];
}

/* --- plans --------------------------------------------------------------------------------------------------------- */

/* The place of an id, or where it would stand. */
static size_t place_of(const struct plans *plans, int32_t schema_id)
{
    size_t low = 0, high = plans->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (plans->list[middle].schema_id < schema_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct plan *plan_of(const struct plans *plans, int32_t schema_id)
{
    size_t place = place_of(plans, schema_id);

    return place < plans->count && plans->list[place].schema_id == schema_id ? &plans->list[place] : NULL;
}

static void insert(struct plans *plans, struct plan plan)
{
    size_t place = place_of(plans, plan.schema_id);

    plans->list = reallocarray(plans->list, plans->count + 1, sizeof(*plans->list));
    out_of_memory(plans->list);
    memmove(plans->list + place + 1, plans->list + place, (plans->count - place) * sizeof(*plans->list));
    plans->list[place] = plan;
    plans->count++;
}

/* MSG_UNKNOWN for a record that is no message of ours. */
static enum msg_type type_of(struct arena *arena, json_t *json)
{
    struct str name = schema_full_name(arena, json, (struct str){0});
    enum msg_type type = MSG_UNKNOWN;

    if (name.len > 5 && memcmp(name.ptr, "shop.", 5) == 0)
        type = msg_type_of((struct str){name.ptr + 5, name.len - 5});
    return msg_bodies[type].record == RECORD_COUNT ? MSG_UNKNOWN : type;
}

static enum status learn(struct plans *plans, struct plan *plan, json_t *json, struct err *err)
{
    if (!str_is(schema_text(json, "type"), "record") || schema_text(json, "name").len == 0)
        return err_set(err, ST_REJECT, "Schema %d is no record", plan->schema_id);
    plan->type = type_of(&plans->arena, json);
    if (plan->type == MSG_UNKNOWN)
        return ST_OK;
    return plan_make(json, record_of(plan->type), &plans->arena, &plan->whole, err);
}

/* An id whose schema cannot be read is remembered too, so that it is not fetched for every record. */
enum status plans_learn(struct plans *plans, int32_t schema_id, struct str schema, struct err *err)
{
    struct plan plan = {.schema_id = schema_id};
    json_error_t error;
    enum status status;
    json_t *json;

    if (plan_of(plans, schema_id))
        return ST_OK;
    if (schema.len > SCHEMA_MOST_BYTES)
        return err_set(err, ST_REJECT, "Schema %d is longer than %d bytes", schema_id, SCHEMA_MOST_BYTES);
    json = json_loadb(schema.ptr ? schema.ptr : "", schema.len, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        return err_set(err, ST_REJECT, "Schema %d is no JSON: %s", schema_id, error.text);
    status = learn(plans, &plan, json, err);
    if (status != ST_OK)
        plan.type = MSG_NONE;
    json_decref(json);
    insert(plans, plan);
    return status;
}

struct plans *plans_open(void)
{
    struct plans *plans = calloc(1, sizeof(*plans));
    struct err err;

    out_of_memory(plans);
    arena_init(&plans->arena);
    for (size_t i = 0; i < msg_published_count; i++) {
        const struct published *published = &msg_published[i];
        const struct field *own = published->type == MSG_UNKNOWN
                                      ? NULL
                                      : &msg_records[msg_bodies[published->type].record].whole;

        if (!published->text) {
            insert(plans, (struct plan){published->schema_id, published->type, own});
        } else if (plans_learn(plans, published->schema_id, str_of(published->text), &err) != ST_OK) {
            fprintf(stderr, "codec: published schema %d cannot be read: %s\n", published->schema_id, err.text);
            abort();
        }
    }
    return plans;
}

void plans_close(struct plans *plans)
{
    if (!plans)
        return;
    arena_release(&plans->arena);
    free(plans->list);
    free(plans);
}

/* --- bytes --------------------------------------------------------------------------------------------------------- */

struct str msg_encode(enum msg_type type, const void *body, struct arena *arena)
{
    const struct record *record = record_of(type);
    uint8_t *value = arena_alloc(arena, FRAME_BYTES + record->bound(body));
    uint32_t id = htobe32((uint32_t)msg_bodies[type].schema_id);
    uint8_t *end;

    value[0] = 0;
    memcpy(value + 1, &id, sizeof(id));
    end = record->put(value + FRAME_BYTES, body);
    return (struct str){(const char *)value, (size_t)(end - value)};
}

/* All of the bytes, by a plan, into a zeroed struct. */
static enum status decode_all(const struct field *plan, const char *name, struct str bytes, struct arena *arena,
                              void *record, struct err *err)
{
    const uint8_t *start = (const uint8_t *)(bytes.ptr ? bytes.ptr : "");
    struct decoder decoder = {.at = start, .end = start + bytes.len, .arena = arena};

    if (!decode_value(&decoder, plan, record))
        return err_set(err, ST_REJECT, "%s%s%s %s, at byte %zu of %zu", name, decoder.field ? "." : "",
                       decoder.field ? decoder.field : "", decoder.why, (size_t)(decoder.at - start), bytes.len);
    if (decoder.at != decoder.end)
        return err_set(err, ST_REJECT, "%s ends after %zu bytes, but there are %zu", name, (size_t)(decoder.at - start),
                       bytes.len);
    return ST_OK;
}

static enum status read_frame(struct str value, int32_t *schema_id, struct err *err)
{
    uint32_t id;

    if (value.len > MSG_MAX_BYTES)
        return err_set(err, ST_REJECT, "The value has %zu bytes; more than %d are not read", value.len, MSG_MAX_BYTES);
    if (value.len < FRAME_BYTES || value.ptr[0] != 0)
        return err_set(err, ST_REJECT, "The value does not begin with a zero byte and a schema id");
    memcpy(&id, value.ptr + 1, sizeof(id));
    *schema_id = (int32_t)be32toh(id);
    return ST_OK;
}

static struct str body_of(struct str value)
{
    return (struct str){value.ptr + FRAME_BYTES, value.len - FRAME_BYTES};
}

enum status msg_decode(const struct plans *plans, struct str value, struct arena *arena, enum msg_type *type,
                       const void **body, int32_t *schema_id, struct err *err)
{
    const struct plan *plan;
    enum status status;
    void *made;

    *type = MSG_NONE;
    *body = NULL;
    *schema_id = 0;
    if (read_frame(value, schema_id, err) != ST_OK)
        return ST_REJECT;
    plan = plan_of(plans, *schema_id);
    if (!plan)
        return err_set(err, ST_RETRY, "Schema %d is not known here", *schema_id);
    if (plan->type == MSG_NONE)
        return err_set(err, ST_REJECT, "Schema %d cannot be read here", *schema_id);
    *type = plan->type;
    if (plan->type == MSG_UNKNOWN)
        return ST_OK;
    made = arena_alloc(arena, record_of(plan->type)->size_bytes);
    status = decode_all(plan->whole, msg_type_name(plan->type), body_of(value), arena, made, err);
    *body = status == ST_OK ? made : NULL;
    return status;
}

const void *msg_decode_own(enum msg_type type, struct str value, struct arena *arena)
{
    const struct record *record = record_of(type);
    void *body = arena_alloc(arena, record->size_bytes);
    struct err err = {0};
    int32_t schema_id = 0;

    if (read_frame(value, &schema_id, &err) != ST_OK || schema_id != msg_bodies[type].schema_id ||
        decode_all(&record->whole, record->name, body_of(value), arena, body, &err) != ST_OK) {
        fprintf(stderr, "codec: not a %s of our own: %s\n", record->name, err.text);
        abort();
    }
    return body;
}

struct str record_encode(enum record_type type, const void *record, struct arena *arena)
{
    uint8_t *bytes = arena_alloc(arena, msg_records[type].bound(record));
    uint8_t *end = msg_records[type].put(bytes, record);

    return (struct str){(const char *)bytes, (size_t)(end - bytes)};
}

enum status record_decode(enum record_type type, struct str bytes, struct arena *arena, void *record, struct err *err)
{
    memset(record, 0, msg_records[type].size_bytes);
    return decode_all(&msg_records[type].whole, msg_records[type].name, bytes, arena, record, err);
}

struct str msg_key(enum msg_type type, const void *body)
{
    struct str key;

    (void)record_of(type);
    memcpy(&key, (const char *)body + msg_bodies[type].key_offset, sizeof(key));
    return key;
}

bool msg_same(enum msg_type type, const void *a, const void *b)
{
    struct arena arena;
    bool same;

    arena_init(&arena);
    same = str_equal(msg_encode(type, a, &arena), msg_encode(type, b, &arena));
    arena_release(&arena);
    return same;
}
