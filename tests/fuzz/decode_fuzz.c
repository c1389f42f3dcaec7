/* decode_fuzz.c - any bytes as a value from a topic. What is accepted must survive being written and read again.
 *
 * Beside the published schemas stand two writers' that use all of Avro, so that each kind of skipping and converting runs:
 * one as a newer AddItem, one for a record of this file that has optional, real and missing fields. */
/* links: msg base */
/* covers: services/lib/msg/decode.c services/lib/msg/utf8.c 95 */
#include "msg/decode.h"
#include "msg/msg.h"
#include "msg/plan.h"
#include "tests/fuzz/sample.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NEWER_ITEM = 500, SAMPLE = 501, STRANGER = 502, UNREADABLE = 503, FRAME_BYTES = 5 };

static const char newer_item[] =
    "{\"type\":\"record\",\"name\":\"shop.AddItem\",\"fields\":[{\"name\":\"a\",\"type\":{\"type\":\"map\",\"values\":"
    "\"float\"}},{\"name\":\"quantity\",\"type\":[\"int\",\"null\"]},{\"name\":\"b\",\"type\":{\"type\":\"array\","
    "\"items\":{\"type\":\"record\",\"name\":\"B\",\"fields\":[{\"name\":\"f\",\"type\":{\"type\":\"fixed\",\"name\":\"F\","
    "\"size\":3}},{\"name\":\"g\",\"type\":[\"null\",\"F\",\"double\",\"bytes\"]}]}}},{\"name\":\"user_id\",\"type\":"
    "\"bytes\"},{\"name\":\"c\",\"type\":{\"type\":\"enum\",\"name\":\"C\",\"symbols\":[\"X\",\"Y\"]}},"
    "{\"name\":\"e\",\"type\":\"long\"},{\"name\":\"product_id\",\"type\":\"string\"},{\"name\":\"d\",\"type\":\"boolean\"}]}";

static const char newer_sample[] =
    "{\"type\":\"record\",\"name\":\"Sample\",\"fields\":[{\"name\":\"real\",\"type\":[\"float\",\"long\",\"double\"]},"
    "{\"name\":\"perhaps\",\"type\":[\"null\",\"string\"]},{\"name\":\"sure\",\"type\":\"string\"},"
    "{\"name\":\"longs\",\"type\":{\"type\":\"array\",\"items\":\"int\"}}]}";

static const char stranger[] = "{\"type\":\"record\",\"name\":\"Stranger\",\"fields\":[]}";

static struct plans *plans;
static const struct field *sample_plan;

static void must(bool right)
{
    if (!right)
        abort();
}

static void begin(void)
{
    static struct arena kept;
    struct err err;
    json_t *json = json_loads(newer_sample, 0, NULL);

    plans = plans_open();
    must(plans_learn(plans, NEWER_ITEM, str_of(newer_item), &err) == ST_OK);
    must(plans_learn(plans, STRANGER, str_of(stranger), &err) == ST_OK);
    must(plans_learn(plans, UNREADABLE, str_of("{}"), &err) == ST_REJECT);
    must(plan_make(json, &sample_record, &kept, &sample_plan, &err) == ST_OK);
    json_decref(json);
}

static void read_sample(struct str bytes, struct arena *arena)
{
    struct decoder decoder = {
        .at = (const uint8_t *)bytes.ptr, .end = (const uint8_t *)bytes.ptr + bytes.len, .arena = arena};
    struct sample sample = {0};

    if (!decode_value(&decoder, sample_plan, (char *)&sample)) {
        must(decoder.why != NULL);
        return;
    }
    must(sample.missing == 7 && sample.has_sure);
    must(sample.longs.count <= bytes.len);
}

static void read_again(enum msg_type type, const void *body, struct arena *arena)
{
    struct str value = msg_encode(type, body, arena);
    struct str json = msg_json(type, body, arena);

    must(msg_same(type, body, msg_decode_own(type, value, arena)));
    must(json.len >= 2 && json.ptr[0] == '{');
    must(msg_key(type, body).len <= value.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str value = {(const char *)data, size};
    enum msg_type type;
    const void *body;
    struct arena arena;
    struct err err = {0};
    int32_t schema_id;
    enum status status;

    if (!plans)
        begin();
    arena_init(&arena);
    status = msg_decode(plans, value, &arena, &type, &body, &schema_id, &err);
    must(status == ST_OK || (err.text[0] && !body));
    must(status != ST_OK || (type == MSG_UNKNOWN) == (body == NULL));
    if (status == ST_OK && body)
        read_again(type, body, &arena);
    if (status == ST_RETRY && schema_id == SAMPLE)
        read_sample((struct str){value.ptr + FRAME_BYTES, size - FRAME_BYTES}, &arena);
    arena_release(&arena);
    return 0;
}
