/* headers.c - headers to lines and back. */
#include "run/headers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "run/producer.h"

enum { LINES_BYTES = 8192 };

/* The space of ids made from coordinates; any constant would do. */
static const struct id coordinates_space = {
    {0x5d, 0x1c, 0x0f, 0x3e, 0x1a, 0x52, 0x4b, 0x6f, 0x9b, 0x0d, 0x2e, 0x61, 0x7a, 0x90, 0x11, 0xc4}};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* In place is enough: the result is never longer. */
static size_t unescape(const char *from, size_t len, char *to)
{
    size_t used = 0;

    for (size_t i = 0; i < len; i++) {
        if (from[i] == '%' && i + 2 < len && hex_digit(from[i + 1]) >= 0 && hex_digit(from[i + 2]) >= 0) {
            to[used++] = (char)(hex_digit(from[i + 1]) * 16 + hex_digit(from[i + 2]));
            i += 2;
        } else {
            to[used++] = from[i];
        }
    }
    return used;
}

rd_kafka_headers_t *headers_of_lines(struct str lines)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    const char *at = lines.ptr, *end = lines.ptr + lines.len;
    char value[LINES_BYTES];

    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        const char *colon;

        line_end = line_end ? line_end : end;
        colon = memchr(at, ':', (size_t)(line_end - at));
        if (colon && line_end - colon >= 2 && line_end - colon - 2 < LINES_BYTES) {
            size_t used = unescape(colon + 2, (size_t)(line_end - colon - 2), value);

            rd_kafka_header_add(headers, at, colon - at, value, (ssize_t)used);
        }
        at = line_end + 1;
    }
    return headers;
}

static void print_escaped(FILE *out, struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];

        if (c < 0x20 || c > 0x7e || c == '%')
            fprintf(out, "%%%02X", (unsigned)c);
        else
            fputc(c, out);
    }
}

/* Names cannot hold the colon and the end of line that would make them lines of their own. */
static void print_name(FILE *out, const char *name)
{
    for (; *name; name++)
        fputc(*name > ' ' && *name < 0x7f && *name != ':' ? *name : '_', out);
}

struct str headers_lines(const rd_kafka_message_t *record, struct arena *arena)
{
    rd_kafka_headers_t *headers;
    char text[LINES_BYTES];
    FILE *out;
    size_t used = 0;
    const char *name;
    const void *value;
    size_t len;

    if (rd_kafka_message_headers(record, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return STR("");
    out = fmemopen(text, sizeof(text), "w");
    if (!out)
        abort();
    setvbuf(out, NULL, _IONBF, 0);
    for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &len) == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        if (!value || used + 3 * len + strlen(name) + 4 > sizeof(text))
            continue;
        print_name(out, name);
        fputs(": ", out);
        print_escaped(out, (struct str){value, len});
        fputc('\n', out);
        used = (size_t)ftell(out);
    }
    fclose(out);
    return arena_copy(arena, (struct str){text, used});
}

struct str headers_add(struct str lines, const char *name, struct str value, struct arena *arena)
{
    char *text = arena_alloc(arena, lines.len + strlen(name) + 3 * value.len + 4);
    FILE *out = fmemopen(text, lines.len + strlen(name) + 3 * value.len + 4, "w");
    size_t used;

    if (!out)
        abort();
    fwrite(lines.ptr, 1, lines.len, out);
    print_name(out, name);
    fputs(": ", out);
    print_escaped(out, value);
    fputc('\n', out);
    used = (size_t)ftell(out);
    fclose(out);
    return (struct str){text, used};
}

/* 2026-01-31T12:00:00.000Z */
static void write_time(int64_t time_ms, char text[32])
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm utc;
    size_t used;

    gmtime_r(&seconds, &utc);
    used = strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + used, 32 - used, ".%03dZ", (int)(time_ms % 1000));
}

/* The other way round; 0 for a text that is none of ours. */
static int64_t read_time(struct str text)
{
    struct tm utc = {0};
    char copy[32];
    const char *rest;

    if (text.len < 20 || text.len >= sizeof(copy))
        return 0;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    rest = strptime(copy, "%Y-%m-%dT%H:%M:%S", &utc);
    if (!rest || *rest != '.')
        return 0;
    return (int64_t)timegm(&utc) * 1000 + strtol(rest + 1, NULL, 10);
}

struct str said_headers(const struct said *said, const char *source, struct arena *arena)
{
    char id[ID_TEXT_LEN + 1], correlation[ID_TEXT_LEN + 1], causation[ID_TEXT_LEN + 1], time[32];

    id_write(&said->id, id);
    id_write(&said->correlation, correlation);
    id_write(&said->causation, causation);
    write_time(said->time_ms, time);
    return arena_printf(arena,
                        "ce-id: %s\nce-type: %s\nce-time: %s\nce-source: %s\ncorrelationid: %s\ncausationid: %s\n"
                        "%s" STR_FMT "%scontent-type: application/avro\n",
                        id, msg_type_name(said->type), time, source, correlation, causation,
                        said->traceparent.len ? "traceparent: " : "", STR_ARG(said->traceparent),
                        said->traceparent.len ? "\n" : "");
}

struct id headers_coordinates_id(const rd_kafka_message_t *record)
{
    char name[320];
    int len = snprintf(name, sizeof(name), "%s/%" PRId32 "/%" PRId64, rd_kafka_topic_name(record->rkt),
                       record->partition, record->offset);

    return id_named(&coordinates_space, (struct str){name, (size_t)len});
}

static struct str header_value(rd_kafka_headers_t *headers, const char *name)
{
    const void *value;
    size_t len;

    if (rd_kafka_header_get_last(headers, name, &value, &len) != RD_KAFKA_RESP_ERR_NO_ERROR || !value)
        return (struct str){0};
    return (struct str){value, len};
}

/* The value of a line, which for ours never needs unescaping; empty if there is none. */
static struct str line_value(struct str lines, const char *name)
{
    size_t name_len = strlen(name);

    while (lines.len > name_len + 2) {
        const char *end = memchr(lines.ptr, '\n', lines.len);
        size_t len = end ? (size_t)(end - lines.ptr) : lines.len;

        if (len > name_len + 2 && memcmp(lines.ptr, name, name_len) == 0 && lines.ptr[name_len] == ':')
            return (struct str){lines.ptr + name_len + 2, len - name_len - 2};
        len = len < lines.len ? len + 1 : len;
        lines = (struct str){lines.ptr + len, lines.len - len};
    }
    return (struct str){0};
}

void headers_read_lines(struct str lines, struct local *local)
{
    struct str trace = line_value(lines, "traceparent");
    struct id found;

    if (id_parse(line_value(lines, "correlationid"), &found))
        local->correlation = found;
    if (id_parse(line_value(lines, "causationid"), &found))
        local->causation = found;
    if (trace.len == MSG_TRACEPARENT_LEN)
        memcpy(local->traceparent, trace.ptr, trace.len);
}

void headers_read(const rd_kafka_message_t *record, struct msg *heard)
{
    rd_kafka_headers_t *headers;

    heard->id = heard->correlation = heard->causation = (struct id){{0}};
    heard->traceparent = (struct str){0};
    heard->said_ms = heard->time_ms;
    if (rd_kafka_message_headers(record, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        id_parse(header_value(headers, "ce-id"), &heard->id);
        id_parse(header_value(headers, "correlationid"), &heard->correlation);
        id_parse(header_value(headers, "causationid"), &heard->causation);
        heard->traceparent = header_value(headers, "traceparent");
        if (header_value(headers, "ce-time").len)
            heard->said_ms = read_time(header_value(headers, "ce-time"));
        if (heard->traceparent.len != MSG_TRACEPARENT_LEN)
            heard->traceparent = (struct str){0};
    }
    if (id_is_zero(&heard->id))
        heard->id = headers_coordinates_id(record);
    if (id_is_zero(&heard->correlation))
        heard->correlation = heard->id;
}
