/* log.c - a line is built on the stack and leaves in one write: threads and processes do not cut each other's lines.
 *
 * Text comes from anywhere, a topic included: what could end the string, the line or the terminal's patience is escaped,
 * and bytes that are no UTF-8 become U+FFFD. */
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { LINE_BYTES = 8192, TEXT_BYTES = 4096, TAIL_BYTES = 16 };

struct line {
    char bytes[LINE_BYTES];
    size_t len;
};

static const char *const level_names[] = {"debug", "info", "warning", "error"};
static const char *own_service = "";
static enum log_level own_threshold = LOG_INFO;

void log_init(const char *service, const char *level_name)
{
    struct str name = str_of(level_name);

    own_service = service;
    own_threshold = LOG_INFO;
    for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++)
        if (str_is(name, level_names[i]))
            own_threshold = (enum log_level)i;
}

enum log_level log_threshold(void)
{
    return own_threshold;
}

/* All of it or nothing, so that no escape is cut in two; the tail is kept for closing the object. */
static bool put(struct line *line, const char *bytes, size_t len)
{
    if (line->len + len > sizeof(line->bytes) - TAIL_BYTES)
        return false;
    memcpy(line->bytes + line->len, bytes, len);
    line->len += len;
    return true;
}

/* The length of the UTF-8 character at text (RFC 3629: no surrogates, nothing overlong), 0 if there is none. */
static size_t character_len(const unsigned char *text, size_t len)
{
    unsigned char first = text[0];
    size_t want = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;

    if (want == 0 || want > len)
        return 0;
    for (size_t i = 1; i < want; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if ((first == 0xe0 && text[1] < 0xa0) || (first == 0xed && text[1] > 0x9f) || (first == 0xf0 && text[1] < 0x90) ||
        (first == 0xf4 && text[1] > 0x8f))
        return 0;
    return want;
}

static bool put_character(struct line *line, const unsigned char *character, size_t len)
{
    char escaped[8];
    int escaped_len;

    if (len == 0 || character[0] == '\0') /* many readers of JSON refuse \u0000 */
        return put(line, "\\ufffd", 6);
    if (character[0] == '"' || character[0] == '\\') {
        escaped[0] = '\\';
        escaped[1] = (char)character[0];
        return put(line, escaped, 2);
    }
    if (character[0] == '\n')
        return put(line, "\\n", 2);
    if (character[0] >= 0x20 && character[0] != 0x7f && !(character[0] == 0xc2 && character[1] < 0xa0))
        return put(line, (const char *)character, len);
    /* C0, DEL and C1: a terminal would obey them. */
    escaped_len = snprintf(escaped, sizeof(escaped), "\\u%04x", len == 2 ? character[1] : character[0]);
    return put(line, escaped, (size_t)escaped_len);
}

/* "name":"text", cut where the line is full. */
static void put_text(struct line *line, const char *name, struct str text)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    size_t mark = line->len;

    if (!put(line, ",\"", 2) || !put(line, name, strlen(name)) || !put(line, "\":\"", 3)) {
        line->len = mark;
        return;
    }
    for (size_t i = 0; i < text.len;) {
        size_t len = character_len(bytes + i, text.len - i);

        if (!put_character(line, bytes + i, len))
            break;
        i += len ? len : 1;
    }
    line->bytes[line->len++] = '"'; /* there is room: the tail */
}

static void put_number(struct line *line, const char *name, int64_t number)
{
    char text[64];
    int len = snprintf(text, sizeof(text), ",\"%s\":%" PRId64, name, number);

    (void)put(line, text, (size_t)len);
}

static void put_time(struct line *line)
{
    int64_t now_ms = clock_wall_ms();
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm tm;
    char text[64];
    size_t len = strftime(text, sizeof(text), "{\"time\":\"%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &tm));

    len += (size_t)snprintf(text + len, sizeof(text) - len, ".%03dZ\"", (int)(now_ms % 1000));
    (void)put(line, text, len);
}

static void put_context(struct line *line, const struct log_context *where)
{
    if (where->topic.len)
        put_text(line, "topic", where->topic);
    if (where->partition >= 0)
        put_number(line, "partition", where->partition);
    if (where->offset >= 0)
        put_number(line, "offset", where->offset);
    if (where->key.len)
        put_text(line, "key", where->key);
    if (where->message_id.len)
        put_text(line, "message_id", where->message_id);
    if (where->trace_id.len)
        put_text(line, "trace_id", where->trace_id);
}

/* A pipe that is gone is nobody's reason to stop. */
static void write_all(const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        bytes += written;
        len -= (size_t)written;
    }
}

void log_at(enum log_level level, const struct log_context *where, const char *format, ...)
{
    struct line line;
    char text[TEXT_BYTES];
    va_list args;
    int len;

    if (level < own_threshold)
        return;
    va_start(args, format);
    len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len < 0)
        len = 0;
    line.len = 0;
    put_time(&line);
    put_text(&line, "severity", str_of(level_names[level]));
    put_text(&line, "service", str_of(own_service));
    /* Coordinates first: a message that fills the line must not push them out. */
    if (where)
        put_context(&line, where);
    put_text(&line, "message", (struct str){text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1});
    line.bytes[line.len++] = '}';
    line.bytes[line.len++] = '\n';
    write_all(line.bytes, line.len);
}
