/* json.c - writing JSON. Pure. */
#include "services/loadgenerator/json.h"

#include <stdarg.h>
#include <stdio.h>

void json_format(struct out *out, const char *format, ...)
{
    char text[512];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len > 0)
        out_put(out, text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

/* How many bytes the character at the beginning has; 0: it is none. */
static size_t character(struct str text)
{
    unsigned char first = (unsigned char)text.ptr[0];
    size_t len = first < 0x80 ? 1 : first >= 0xC2 && first < 0xE0 ? 2 : first < 0xF0 && first >= 0xE0 ? 3 : 0;

    if (first >= 0xF0 && first < 0xF5)
        len = 4;
    if (len > text.len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if (((unsigned char)text.ptr[i] & 0xC0) != 0x80)
            return 0;
    if ((first == 0xE0 && (unsigned char)text.ptr[1] < 0xA0) || (first == 0xED && (unsigned char)text.ptr[1] >= 0xA0) ||
        (first == 0xF0 && (unsigned char)text.ptr[1] < 0x90) || (first == 0xF4 && (unsigned char)text.ptr[1] >= 0x90))
        return 0;
    return len;
}

void json_text(struct out *out, struct str text)
{
    out_put(out, "\"", 1);
    while (text.len) {
        size_t len = character(text);
        unsigned char c = (unsigned char)*text.ptr;

        if (len == 0)
            out_put(out, "?", 1);
        else if (c == '"' || c == '\\')
            json_format(out, "\\%c", c);
        else if (c < 0x20)
            json_format(out, "\\u%04x", c);
        else
            out_put(out, text.ptr, len);
        text = (struct str){text.ptr + (len ? len : 1), text.len - (len ? len : 1)};
    }
    out_put(out, "\"", 1);
}
