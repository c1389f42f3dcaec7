/* out.c - growing, and escaping: text runs are copied whole, only what is special is looked at singly. */
#include "base/out.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

enum { FIRST_BYTES = 4096 };

void out_init(struct out *out)
{
    *out = (struct out){NULL, 0, 0};
}

void out_clear(struct out *out)
{
    out->len = 0;
}

void out_release(struct out *out)
{
    if (out == NULL)
        return;
    free(out->ptr);
    out_init(out);
}

char *out_reserve(struct out *out, size_t more_bytes)
{
    size_t size = out->size_bytes > 0 ? out->size_bytes : FIRST_BYTES;
    char *grown;

    if (out->ptr != NULL && out->size_bytes - out->len >= more_bytes)
        return out->ptr + out->len;
    if (more_bytes > SIZE_MAX / 2 - out->len)
        abort();
    while (size - out->len < more_bytes)
        size *= 2;
    grown = realloc(out->ptr, size);
    if (grown == NULL)
        abort();
    out->ptr = grown;
    out->size_bytes = size;
    return out->ptr + out->len;
}

static struct str html_of(unsigned char byte)
{
    switch (byte) {
    case '&':
        return STR("&amp;");
    case '<':
        return STR("&lt;");
    case '>':
        return STR("&gt;");
    case '"':
        return STR("&quot;");
    case '\'':
        return STR("&#39;");
    case '\t':
    case '\n':
    case '\r':
        return (struct str){NULL, 0};
    default:
        return byte < 0x20 || byte == 0x7f ? STR("\xEF\xBF\xBD") : (struct str){NULL, 0};
    }
}

void out_put_html(struct out *out, struct str text)
{
    size_t from = 0;

    for (size_t i = 0; i < text.len; i++) {
        struct str instead = html_of((unsigned char)text.ptr[i]);

        if (instead.len == 0)
            continue;
        out_put(out, text.ptr + from, i - from);
        out_put_str(out, instead);
        from = i + 1;
    }
    if (from < text.len)
        out_put(out, text.ptr + from, text.len - from);
}

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

void out_put_url(struct out *out, struct str text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        char encoded[3] = {'%', digits[byte >> 4], digits[byte & 15]};

        if (is_unreserved(text.ptr[i]))
            out_put(out, text.ptr + i, 1);
        else
            out_put(out, encoded, sizeof encoded);
    }
}

/* Browsers read a backslash as a slash and skip tabs and line ends, so "/\t/evil" is "//evil" to them. */
static bool is_path(struct str text)
{
    if (text.ptr[0] != '/' || (text.len > 1 && (text.ptr[1] == '/' || text.ptr[1] == '\\')))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];

        if (byte < 0x20 || byte == 0x7f)
            return false;
    }
    return true;
}

void out_put_path(struct out *out, struct str text)
{
    if (text.len > 0)
        out_put_html(out, is_path(text) ? text : STR("#"));
}

static bool starts_with(struct str text, struct str start)
{
    return text.len >= start.len && memcmp(text.ptr, start.ptr, start.len) == 0;
}

void out_put_link(struct out *out, struct str text)
{
    bool is_link = starts_with(text, STR("https://")) || starts_with(text, STR("http://"));

    out_put_html(out, is_link ? text : STR("#"));
}

void out_put_line(struct out *out, struct str text)
{
    char *to = out_reserve(out, text.len);

    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];

        to[i] = byte < 0x20 || byte == 0x7f ? ' ' : text.ptr[i];
    }
    out->len += text.len;
}

void out_put_int(struct out *out, long number)
{
    char digits[sizeof(long) * CHAR_BIT / 3 + 2];
    char *end = digits + sizeof digits;
    char *at = end;
    unsigned long rest = number < 0 ? 0UL - (unsigned long)number : (unsigned long)number;

    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        *--at = '-';
    out_put(out, at, (size_t)(end - at));
}
