/* voice.c - saying things to Kafka. */
#include "gateway/voice.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"

void voice_report(void *context, void *ticket, enum status status, int32_t partition, int64_t offset, const char *why)
{
    struct ticket *waiter = ticket;

    (void)context, (void)partition;
    if (status != ST_OK)
        log_warning("a message was not written: %s", why ? why : "nobody says why");
    waiter->report(waiter, status, offset);
}

struct said *voice_compose(enum msg_type type, const void *body, struct id id, struct id correlation,
                           struct str traceparent, struct arena *arena)
{
    struct said *said = arena_new(arena, struct said);

    *said = (struct said){.type = type,
                          .key = msg_key(type, body),
                          .value = msg_encode(type, body, arena),
                          .id = id,
                          .correlation = correlation,
                          .causation = correlation,
                          .traceparent = traceparent,
                          .time_ms = clock_wall_ms()};
    return said;
}

/* "00-" 32 hex digits "-" 16 hex digits "-" 2 hex digits, and neither id all zeros. */
static bool is_traceparent(struct str text)
{
    bool trace = false, span = false;

    if (text.len != MSG_TRACEPARENT_LEN || memcmp(text.ptr, "00-", 3) != 0)
        return false;
    for (size_t i = 3; i < text.len; i++) {
        char c = text.ptr[i];

        if (i == 35 || i == 52) {
            if (c != '-')
                return false;
            continue;
        }
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        trace = trace || (i < 35 && c != '0');
        span = span || (i > 35 && i < 52 && c != '0');
    }
    return trace && span;
}

static void write_hex(char *to, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        snprintf(to + 2 * i, 3, "%02x", bytes[i]);
}

struct str voice_trace(struct str traceparent, struct arena *arena)
{
    struct id trace = id_random(), span = id_random();
    char trace_text[33], span_text[17];

    write_hex(trace_text, trace.bytes, 16);
    write_hex(span_text, span.bytes, 8);
    if (is_traceparent(traceparent))
        return arena_printf(arena, "%.36s%s%.3s", traceparent.ptr, span_text, traceparent.ptr + 52);
    return arena_printf(arena, "00-%s-%s-01", trace_text, span_text);
}
