/* schema_fuzz.c - any text as a writer's schema, as a registry might send it: refused with a sentence, or made into a plan
 * that then reads any bytes. The text ends at a NUL; what follows is read by the plan. */
/* links: msg base */
/* covers: services/lib/msg/plan.c services/lib/msg/schema.c 95 */
#include "msg/decode.h"
#include "msg/msg.h"
#include "msg/plan.h"
#include "tests/fuzz/sample.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ID = 500, FRAME_BYTES = 5 };

static void must(bool right)
{
    if (!right)
        abort();
}

/* The same schema for a reader that has optional fields and defaults. */
static void read_sample(struct str schema, struct str rest, struct arena *arena)
{
    json_t *json = json_loadb(schema.ptr, schema.len, JSON_REJECT_DUPLICATES, NULL);
    const uint8_t *start = (const uint8_t *)rest.ptr;
    struct decoder decoder = {.at = start, .end = start + rest.len, .arena = arena};
    struct sample sample = {0};
    const struct field *plan;
    struct err err = {0};

    if (json && plan_make(json, &sample_record, arena, &plan, &err) == ST_OK)
        must(decode_value(&decoder, plan, (char *)&sample) || decoder.why);
    else
        must(!json || err.text[0]);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    struct str schema = {(const char *)data, end ? (size_t)(end - data) : size};
    struct str rest = {(const char *)data + schema.len, size - schema.len};
    struct plans *plans = plans_open();
    struct arena arena;
    struct err err = {0};
    char *value;

    arena_init(&arena);
    if (plans_learn(plans, ID, schema, &err) == ST_OK) {
        enum msg_type type;
        const void *body;
        int32_t schema_id;

        value = arena_alloc(&arena, rest.len + FRAME_BYTES);
        value[3] = ID >> 8;
        value[4] = (char)(ID & 0xFF);
        if (rest.len > 1)
            memcpy(value + FRAME_BYTES, rest.ptr + 1, rest.len - 1);
        (void)!msg_decode(plans, (struct str){value, FRAME_BYTES + (rest.len ? rest.len - 1 : 0)}, &arena, &type, &body,
                          &schema_id, &err);
    } else {
        must(err.text[0]);
    }
    read_sample(schema, rest, &arena);
    arena_release(&arena);
    plans_close(plans);
    return 0;
}
