/* oracle_test.c - every published schema, with random values and with broken bytes, against avro-c.
 *
 * Where the two may differ: avro-c takes text that is not UTF-8, symbols that an enum does not have, booleans above 1, and
 * blocks that lie about their length; we refuse these. What avro-c refuses, we refuse. */
/* links: tests/msg/oracle.c msg base */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "msg/msg.h"
#include "msg/shape.h"
#include "tests/msg/oracle.h"

enum { SCHEMAS_MOST = 1000, VALUES = 40, MUTATIONS = 3000, FRAME_BYTES = 5 };

struct schema_file {
    int32_t id;
    enum msg_type type;
    bool current;
    struct str text;
    avro_schema_t schema;
    avro_value_iface_t *iface;
};

static struct schema_file files[SCHEMAS_MOST];
static size_t file_count;
static struct arena texts, arena;
static struct plans *plans;

/* "11 OrderPlaced 1 <checksum>" */
static void read_line(char *line)
{
    struct schema_file *file = &files[file_count];
    char *rest, *name, *version, path[256];

    file->id = (int32_t)strtol(line, &rest, 10);
    name = strtok_r(NULL, " ", &rest);
    version = strtok_r(NULL, " ", &rest);
    assert_non_null(version);
    snprintf(path, sizeof(path), "events/published/%s.%s.avsc", name, version);
    file->type = msg_type_of(str_of(name));
    file->current = file->type != MSG_UNKNOWN && msg_bodies[file->type].schema_id == file->id;
    file->text = oracle_file(path, &texts);
    oracle_schema(file->text, &file->schema, &file->iface);
    assert_true(++file_count < SCHEMAS_MOST);
}

static void read_list(void)
{
    FILE *list = fopen("events/schema-ids", "r");
    char line[512];

    assert_non_null(list);
    while (fgets(line, sizeof(line), list))
        if (line[0] != '#')
            read_line(line);
    fclose(list);
    assert_true(file_count > 0);
}

/* avro-c reads each schema in read_list; what is left is that each message's latest version is among them. */
static void every_message_has_a_schema_that_avro_c_takes(void **state)
{
    size_t current = 0, bodies = 0;

    (void)state;
    for (size_t i = 0; i < file_count; i++)
        current += files[i].current;
    for (int type = MSG_UNKNOWN + 1; type < MSG_COUNT; type++)
        bodies += msg_bodies[type].record != RECORD_COUNT;
    assert_int_equal(current, bodies);
}

static struct str framed(int32_t id, struct str bytes)
{
    char *value = arena_alloc(&arena, bytes.len + FRAME_BYTES);
    const uint8_t head[FRAME_BYTES] = {0, (uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id};

    memcpy(value, head, sizeof(head));
    if (bytes.len)
        memcpy(value + FRAME_BYTES, bytes.ptr, bytes.len);
    return (struct str){value, bytes.len + FRAME_BYTES};
}

static const void *decode(const struct plans *by, struct str value, enum msg_type type)
{
    struct err err = {0};
    enum msg_type found;
    const void *body;
    int32_t id;

    if (msg_decode(by, value, &arena, &found, &body, &id, &err) != ST_OK)
        fail_msg("%s", err.text);
    assert_int_equal(found, type);
    return body;
}

static void compare_json(avro_value_t *value, enum msg_type type, const void *body)
{
    struct str text = msg_json(type, body, &arena);
    json_error_t error;
    json_t *json = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);

    if (!json || !oracle_agrees(value, json))
        fail_msg("avro-c reads something else than " STR_FMT " (%s)", STR_ARG(text), json ? "" : error.text);
    json_decref(json);
}

/* avro-c writes, we read and write: the same bytes. avro-c reads those again: the same value. */
static void one_value(struct schema_file *file, struct dice *dice, const struct plans *by, int32_t id)
{
    avro_value_t value, again;
    struct str theirs, ours;
    const void *body;

    avro_generic_value_new(file->iface, &value);
    avro_generic_value_new(file->iface, &again);
    oracle_fill(dice, &value);
    theirs = oracle_encode(&value, &arena);
    body = decode(by, framed(id, theirs), file->type);
    if (file->current) {
        compare_json(&value, file->type, body);
        ours = msg_encode(file->type, body, &arena);
        assert_true(str_equal(ours, framed(msg_bodies[file->type].schema_id, theirs)));
        assert_true(oracle_decode(&again, (struct str){ours.ptr + FRAME_BYTES, ours.len - FRAME_BYTES}));
        assert_true(avro_value_equal(&value, &again));
    }
    avro_value_decref(&again);
    avro_value_decref(&value);
}

static void agrees_with_avro_c_on_random_values_of_every_version(void **state)
{
    struct dice dice = {20260101};

    (void)state;
    for (size_t i = 0; i < file_count; i++)
        for (int n = 0; n < VALUES && files[i].type != MSG_UNKNOWN; n++) {
            one_value(&files[i], &dice, plans, files[i].id);
            arena_clear(&arena);
        }
}

/* The same schemas as if they came from a registry, so that plans made at run time are those of the tables. */
static void agrees_by_plans_that_are_made_at_run_time_too(void **state)
{
    struct plans *learned = plans_open();
    struct dice dice = {7};

    (void)state;
    for (size_t i = 0; i < file_count; i++) {
        struct err err = {0};

        if (files[i].type == MSG_UNKNOWN)
            continue;
        if (plans_learn(learned, 500000 + files[i].id % 400000, files[i].text, &err) != ST_OK)
            fail_msg("%s", err.text);
        for (int n = 0; n < VALUES; n++) {
            one_value(&files[i], &dice, learned, 500000 + files[i].id % 400000);
            arena_clear(&arena);
        }
    }
    plans_close(learned);
}

/* Changes, takes out, puts in, cuts off: a few bytes of what was right. */
static struct str mutate(struct dice *dice, struct str bytes)
{
    char *copy = arena_alloc(&arena, bytes.len + 8);
    size_t len = bytes.len;

    memcpy(copy, bytes.ptr, len);
    for (uint64_t n = dice_roll(dice) % 3 + 1; n > 0 && len > 0; n--) {
        uint64_t roll = dice_roll(dice);
        size_t at = (roll >> 8) % len;

        switch (roll % 4) {
        case 0:
            copy[at] = (char)(roll >> 32);
            break;
        case 1:
            memmove(copy + at, copy + at + 1, --len - at);
            break;
        case 2:
            memmove(copy + at + 1, copy + at, len++ - at);
            copy[at] = (char)(roll >> 40 & 1 ? 0xFF : roll >> 32);
            break;
        default:
            len = at;
        }
    }
    return (struct str){copy, len};
}

/* What we accept, avro-c accepts, and the two agree on what it says. */
static bool one_mutation(struct schema_file *file, struct str bytes)
{
    enum msg_type type;
    avro_value_t value;
    const void *body;
    struct str exact = {malloc(bytes.len + FRAME_BYTES), bytes.len + FRAME_BYTES};
    struct str copy = framed(file->id, bytes);
    int32_t id;
    bool accepted;

    memcpy((void *)(uintptr_t)exact.ptr, copy.ptr, copy.len); /* so that the sanitizer sees a byte too many */
    accepted = msg_decode(plans, exact, &arena, &type, &body, &id, NULL) == ST_OK;
    if (accepted) {
        oracle_begin_risk();
        avro_generic_value_new(file->iface, &value);
        if (!oracle_decode(&value, bytes))
            fail_msg("avro-c refuses what we accept for %s: %s", msg_type_name(file->type), avro_strerror());
        compare_json(&value, file->type, body);
        oracle_end_risk();
    }
    free((void *)(uintptr_t)exact.ptr);
    return accepted;
}

static void accepts_no_broken_bytes_that_avro_c_refuses(void **state)
{
    struct dice dice = {99};
    size_t accepted = 0;

    (void)state;
    for (size_t i = 0; i < file_count; i++)
        for (int n = 0; n < MUTATIONS && files[i].current; n++) {
            avro_value_t value;
            struct str bytes;

            avro_generic_value_new(files[i].iface, &value);
            oracle_fill(&dice, &value);
            bytes = oracle_encode(&value, &arena);
            avro_value_decref(&value);
            accepted += one_mutation(&files[i], mutate(&dice, bytes));
            arena_clear(&arena);
        }
    assert_true(accepted > 100); /* or the comparison was never made */
}

static int start(void **state)
{
    (void)state;
    arena_init(&texts);
    arena_init(&arena);
    plans = plans_open();
    read_list();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    for (size_t i = 0; i < file_count; i++) {
        avro_value_iface_decref(files[i].iface);
        avro_schema_decref(files[i].schema);
    }
    plans_close(plans);
    arena_release(&arena);
    arena_release(&texts);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_has_a_schema_that_avro_c_takes),
        cmocka_unit_test(agrees_with_avro_c_on_random_values_of_every_version),
        cmocka_unit_test(agrees_by_plans_that_are_made_at_run_time_too),
        cmocka_unit_test(accepts_no_broken_bytes_that_avro_c_refuses),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
