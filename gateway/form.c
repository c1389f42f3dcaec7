/* form.c - what a browser sends in a form. Every byte here was chosen by a stranger: each index is checked against what
 * is left, nothing is read twice, and the work is linear in the length of the body. */
#include "gateway/form.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

void form_init(struct form *form)
{
    form->count = 0;
}

/* --- text -------------------------------------------------------------------------------------------------------- */

/* How many bytes the character at p has, or 0 when it is none. */
static size_t character_len(const uint8_t *p, size_t left)
{
    uint8_t low = 0x80, high = 0xBF;
    size_t len;

    if (p[0] < 0x80)
        return p[0] != 0;
    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        len = 2;
    else if (p[0] >= 0xE0 && p[0] <= 0xEF)
        len = 3;
    else if (p[0] >= 0xF0 && p[0] <= 0xF4)
        len = 4;
    else
        return 0;
    if (p[0] == 0xE0) /* overlong */
        low = 0xA0;
    if (p[0] == 0xED) /* surrogates */
        high = 0x9F;
    if (p[0] == 0xF0)
        low = 0x90;
    if (p[0] == 0xF4)
        high = 0x8F;
    if (len > left || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if (p[i] < 0x80 || p[i] > 0xBF)
            return 0;
    return len;
}

bool text_is_clean(struct str text)
{
    const uint8_t *p = (const uint8_t *)text.ptr;
    size_t len;

    for (size_t at = 0; at < text.len; at += len) {
        len = character_len(p + at, text.len - at);
        if (len == 0)
            return false;
    }
    return true;
}

struct str text_cut(struct str text, size_t most_bytes)
{
    if (text.len <= most_bytes)
        return text;
    text.len = most_bytes;
    while (text.len && ((uint8_t)text.ptr[text.len] & 0xC0) == 0x80)
        text.len--;
    return text;
}

static struct str from(struct str text, size_t start)
{
    return (struct str){text.ptr + start, text.len - start};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct str trimmed(struct str text)
{
    while (text.len && is_blank(text.ptr[0]))
        text = from(text, 1);
    while (text.len && is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

/* Takes everything up to separator off the front of *text, and the separator; all of it when there is none. */
static struct str take_until(struct str *text, char separator)
{
    const char *found = text->len ? memchr(text->ptr, separator, text->len) : NULL;
    struct str taken = *text;

    if (found == NULL) {
        *text = (struct str){NULL, 0};
        return taken;
    }
    taken.len = (size_t)(found - text->ptr);
    *text = from(*text, taken.len + 1);
    return taken;
}

static bool same_word(struct str text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

static enum form_result add(struct form *form, struct str name, struct str value)
{
    if (form->count == FORM_MAX_FIELDS)
        return FORM_TOO_MANY;
    if (!text_is_clean(name) || !text_is_clean(value))
        return FORM_MALFORMED;
    form->fields[form->count++] = (struct form_field){name, value};
    return FORM_OK;
}

/* --- application/x-www-form-urlencoded ----------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct str url_decoded(struct str text, bool plus_is_blank, struct arena *arena)
{
    char *to = arena_alloc(arena, text.len);
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        int high = i + 2 < text.len && text.ptr[i] == '%' ? hex_digit(text.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text.ptr[i + 2]) : -1;

        if (low >= 0) {
            to[len++] = (char)(high * 16 + low);
            i += 2;
        } else {
            to[len++] = text.ptr[i] == '+' && plus_is_blank ? ' ' : text.ptr[i];
        }
    }
    return (struct str){to, len};
}

struct str path_decoded(struct str segment, struct arena *arena)
{
    struct str text = url_decoded(segment, false, arena);

    return text_is_clean(text) ? text : (struct str){NULL, 0};
}

enum form_result form_add_urlencoded(struct form *form, struct str text, struct arena *arena)
{
    while (text.len) {
        struct str pair = take_until(&text, '&');
        struct str name = take_until(&pair, '=');
        enum form_result result;

        if (name.len == 0)
            continue;
        result = add(form, url_decoded(name, true, arena), url_decoded(pair, true, arena));
        if (result != FORM_OK)
            return result;
    }
    return FORM_OK;
}

/* --- multipart/form-data ------------------------------------------------------------------------------------------ */

/* The value of `name=value` or `name="value"` among the parameters after a header's first ';'. */
static struct str parameter(struct str header, const char *name)
{
    take_until(&header, ';');
    while (header.len) {
        struct str key = trimmed(take_until(&header, '='));
        struct str value;

        header = header.len ? trimmed(header) : header;
        if (header.len && header.ptr[0] == '"') {
            header = from(header, 1);
            value = take_until(&header, '"');
            take_until(&header, ';');
        } else {
            value = trimmed(take_until(&header, ';'));
        }
        if (same_word(key, name))
            return value;
    }
    return (struct str){NULL, 0};
}

/* Takes a line and its line end off the front of *text; false when there is no line end. */
static bool take_line(struct str *text, struct str *line)
{
    const char *end = text->len ? memmem(text->ptr, text->len, "\r\n", 2) : NULL;

    if (end == NULL)
        return false;
    *line = (struct str){text->ptr, (size_t)(end - text->ptr)};
    *text = from(*text, line->len + 2);
    return true;
}

/* Takes the headers of a part up to the empty line; only Content-Disposition matters. */
static bool take_headers(struct str *text, struct str *disposition)
{
    struct str line;

    *disposition = (struct str){NULL, 0};
    while (take_line(text, &line)) {
        struct str name;

        if (line.len == 0)
            return true;
        name = take_until(&line, ':');
        if (same_word(name, "Content-Disposition"))
            *disposition = trimmed(line);
    }
    return false;
}

static enum form_result add_part(struct form *form, struct str disposition, struct str content)
{
    struct str kind = disposition;

    kind = trimmed(take_until(&kind, ';'));
    if (!same_word(kind, "form-data") || parameter(disposition, "name").len == 0)
        return FORM_MALFORMED;
    if (parameter(disposition, "filename").ptr != NULL)
        return FORM_OK; /* no form of ours sends files */
    return add(form, parameter(disposition, "name"), content);
}

/* body starts behind a delimiter: "--" ends it, a line end opens a part. */
static enum form_result add_parts(struct form *form, struct str body, struct str delimiter)
{
    while (body.len < 2 || memcmp(body.ptr, "--", 2) != 0) {
        struct str line, disposition, content;
        const char *end;
        enum form_result result;

        if (!take_line(&body, &line) || trimmed(line).len || !take_headers(&body, &disposition))
            return FORM_MALFORMED;
        end = body.len ? memmem(body.ptr, body.len, delimiter.ptr, delimiter.len) : NULL;
        if (end == NULL)
            return FORM_MALFORMED;
        content = (struct str){body.ptr, (size_t)(end - body.ptr)};
        body = from(body, content.len + delimiter.len);
        result = add_part(form, disposition, content);
        if (result != FORM_OK)
            return result;
    }
    return FORM_OK;
}

static enum form_result add_multipart(struct form *form, struct str boundary, struct str body, struct arena *arena)
{
    struct str delimiter;
    const char *first;

    if (boundary.len == 0 || boundary.len > 70)
        return FORM_MALFORMED;
    delimiter = arena_printf(arena, "\r\n--" STR_FMT, STR_ARG(boundary));
    if (body.len >= delimiter.len - 2 && memcmp(body.ptr, delimiter.ptr + 2, delimiter.len - 2) == 0)
        return add_parts(form, from(body, delimiter.len - 2), delimiter);
    first = body.len ? memmem(body.ptr, body.len, delimiter.ptr, delimiter.len) : NULL;
    if (first == NULL)
        return FORM_MALFORMED;
    return add_parts(form, from(body, (size_t)(first - body.ptr) + delimiter.len), delimiter);
}

/* --- either --------------------------------------------------------------------------------------------------------- */

static struct str media_type(struct str content_type)
{
    return trimmed(take_until(&content_type, ';'));
}

bool form_reads(struct str content_type)
{
    struct str type = media_type(content_type);

    return same_word(type, "application/x-www-form-urlencoded") || same_word(type, "multipart/form-data");
}

enum form_result form_add_body(struct form *form, struct str content_type, struct str body, struct arena *arena)
{
    if (!form_reads(content_type))
        return FORM_UNSUPPORTED;
    if (same_word(media_type(content_type), "multipart/form-data"))
        return add_multipart(form, parameter(content_type, "boundary"), body, arena);
    return form_add_urlencoded(form, body, arena);
}

struct str form_value(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (str_is(form->fields[i].name, name))
            return trimmed(form->fields[i].value);
    return (struct str){NULL, 0};
}
