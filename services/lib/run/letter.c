/* letter.c - the one place that knows how a dead letter is addressed and what it tells. */
#include "run/letter.h"

#include <inttypes.h>

#include "run/headers.h"

/* More of a record is not copied: one at the broker's limit would be over it with our headers. */
enum { COPY_BYTES = 512 * 1024 };

struct record letter_of(const rd_kafka_message_t *record, const struct msg *heard, const char *reader,
                        const char *outcome, const char *reason, struct arena *arena)
{
    struct str topic = str_of(rd_kafka_topic_name(record->rkt));
    struct str lines = headers_lines(record, arena);
    enum topic known = topic_named(topic);
    struct str value = {record->payload, record->len};
    struct id made = headers_coordinates_id(record);
    char id[ID_TEXT_LEN + 1];

    if (id_equal(&made, &heard->id)) {
        id_write(&made, id);
        lines = headers_add(lines, "ce-id", str_of(id), arena);
    }
    lines = headers_add(lines, "dlt-topic", topic, arena);
    lines = headers_add(lines, "dlt-partition", arena_printf(arena, "%" PRId32, record->partition), arena);
    lines = headers_add(lines, "dlt-offset", arena_printf(arena, "%" PRId64, record->offset), arena);
    lines = headers_add(lines, "dlt-time-ms", arena_printf(arena, "%" PRId64, heard->time_ms), arena);
    lines = headers_add(lines, "dlt-outcome", str_of(outcome), arena);
    lines = headers_add(lines, "dlt-reason", str_of(reason), arena);
    if (known != TOPIC_NONE && topic_info(known)->secret) {
        lines = headers_add(lines, "dlt-left-out", STR("the value: what this topic says is secret"), arena);
        value = STR("");
    } else if (value.len > COPY_BYTES) {
        lines = headers_add(lines, "dlt-bytes", arena_printf(arena, "%zu", value.len), arena);
        value.len = COPY_BYTES;
    }
    return (struct record){.topic = arena_printf(arena, STR_FMT ".%s.dlt", STR_ARG(topic), reader).ptr,
                           .key = {record->key, record->key_len},
                           .value = value,
                           .headers = lines};
}
