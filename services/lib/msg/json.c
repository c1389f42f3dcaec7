/* json.c - messages as JSON, for logs and tools: a writer over the same tables, which never shows what is sealed. */
#include <math.h>
#include <stdio.h>

#include "msg/msg.h"
#include "msg/shape.h"
#include "msg/utf8.h"

enum { FIRST_BYTES = 512, HEX_MOST_BYTES = 64 };

struct text {
    char *ptr;
    size_t len, capacity;
    struct arena *arena;
};

static void add(struct text *text, const char *ptr, size_t len)
{
    if (text->capacity - text->len < len) {
        char *old = text->ptr;

        text->capacity = (text->capacity + len) * 2;
        text->ptr = arena_alloc(text->arena, text->capacity);
        if (text->len)
            memcpy(text->ptr, old, text->len);
    }
    if (len)
        memcpy(text->ptr + text->len, ptr, len);
    text->len += len;
}

static void add_text(struct text *text, const char *words)
{
    add(text, words, strlen(words));
}

static void add_long(struct text *text, int64_t value)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%lld", (long long)value);

    add(text, digits, (size_t)len);
}

/* JSON has no words for what is not finite. */
static void add_double(struct text *text, double value)
{
    char digits[40];
    int len = isfinite(value) ? snprintf(digits, sizeof(digits), "%.17g", value) : snprintf(digits, 5, "null");

    add(text, digits, (size_t)len);
}

/* One character, or one byte that is none. */
static size_t add_character(struct text *text, struct str rest)
{
    uint8_t first = (uint8_t)*rest.ptr;
    size_t len = utf8_length(rest);
    char escape[8];

    if (len == 0) {
        add_text(text, "\\ufffd");
        return 1;
    }
    if (first == '"' || first == '\\') {
        add_text(text, "\\");
        add(text, rest.ptr, 1);
    } else if (first < 0x20 || first == 0x7F) {
        snprintf(escape, sizeof(escape), "\\u%04x", first);
        add_text(text, escape);
    } else {
        add(text, rest.ptr, len);
    }
    return len;
}

static bool plain(char c)
{
    return (uint8_t)c >= 0x20 && (uint8_t)c < 0x7F && c != '"' && c != '\\';
}

static void add_string(struct text *text, struct str value)
{
    add_text(text, "\"");
    while (value.len) {
        size_t len = 0;

        while (len < value.len && plain(value.ptr[len]))
            len++;
        add(text, value.ptr, len);
        if (len < value.len)
            len += add_character(text, (struct str){value.ptr + len, value.len - len});
        value.ptr += len;
        value.len -= len;
    }
    add_text(text, "\"");
}

static void add_bytes(struct text *text, struct str value)
{
    char hex[3];

    add_text(text, "\"");
    if (value.len > HEX_MOST_BYTES) {
        add_long(text, (int64_t)value.len);
        add_text(text, " bytes");
    } else {
        for (size_t i = 0; i < value.len; i++) {
            snprintf(hex, sizeof(hex), "%02x", (uint8_t)value.ptr[i]);
            add(text, hex, 2);
        }
    }
    add_text(text, "\"");
}

static void add_value(struct text *text, const struct field *field, const char *base);

static void add_list(struct text *text, const struct field *field, const char *base)
{
    struct any_list list;

    memcpy(&list, base + field->offset, sizeof(list));
    add_text(text, "[");
    for (size_t i = 0; i < list.count; i++) {
        if (i)
            add_text(text, ",");
        add_value(text, &field->parts[0], (const char *)list.items + i * (size_t)field->size_bytes);
    }
    add_text(text, "]");
}

static void add_record(struct text *text, const struct field *field, const char *base)
{
    base += field->offset;
    if (field->record->sealed) {
        add_text(text, "{\"sealed\":");
        add_value(text, &field->parts[0], base);
        add_text(text, "}");
        return;
    }
    for (int32_t i = 0; i < field->part_count; i++) {
        add_text(text, i ? ",\"" : "{\"");
        add_text(text, field->parts[i].name);
        add_text(text, "\":");
        add_value(text, &field->parts[i], base);
    }
    add_text(text, "}");
}

static void add_number(struct text *text, const struct field *field, const char *member)
{
    int64_t wide;
    int32_t narrow;
    double real;

    switch (field->store) {
    case STORE_INT64:
        memcpy(&wide, member, sizeof(wide));
        add_long(text, wide);
        break;
    case STORE_DOUBLE:
        memcpy(&real, member, sizeof(real));
        add_double(text, real);
        break;
    case STORE_ENUM:
        memcpy(&narrow, member, sizeof(narrow));
        add_text(text, "\"");
        add_text(text, field->symbols->names[narrow >= 0 && narrow < field->symbols->count ? narrow : 0]);
        add_text(text, "\"");
        break;
    default:
        memcpy(&narrow, member, sizeof(narrow));
        add_long(text, narrow);
    }
}

static void add_value(struct text *text, const struct field *field, const char *base)
{
    const char *member = base + field->offset;
    struct str value;

    switch (field->store) {
    case STORE_TEXT:
    case STORE_BYTES:
        memcpy(&value, member, sizeof(value));
        (field->store == STORE_TEXT ? add_string : add_bytes)(text, value);
        break;
    case STORE_BOOL:
        add_text(text, *member ? "true" : "false");
        break;
    case STORE_LIST:
        add_list(text, field, base);
        break;
    case STORE_STRUCT:
        add_record(text, field, base);
        break;
    case STORE_OPTIONAL:
        if (base[field->parts[1].has_offset])
            add_value(text, &field->parts[1], base);
        else
            add_text(text, "null");
        break;
    default:
        add_number(text, field, member);
    }
}

struct str msg_json(enum msg_type type, const void *body, struct arena *arena)
{
    struct text text = {.ptr = arena_alloc(arena, FIRST_BYTES), .capacity = FIRST_BYTES, .arena = arena};

    if (body && msg_bodies[type].record != RECORD_COUNT)
        add_value(&text, &msg_records[msg_bodies[type].record].whole, body);
    else
        add_text(&text, "{}");
    return (struct str){text.ptr, text.len};
}
