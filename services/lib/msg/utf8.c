/* utf8.c - UTF-8 by the table of the Unicode standard (3-7, well-formed byte sequences). */
#include "msg/utf8.h"

#include <stdint.h>

static bool follows(uint8_t byte, uint8_t low, uint8_t high)
{
    return byte >= low && byte <= high;
}

/* The second byte's range is what keeps out overlong forms, surrogates and what lies above U+10FFFF. */
static void second_range(uint8_t lead, uint8_t *low, uint8_t *high)
{
    *low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    *high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
}

size_t utf8_length(struct str text)
{
    const uint8_t *at = (const uint8_t *)text.ptr;
    size_t len = at[0] < 0x80 ? 1 : follows(at[0], 0xC2, 0xDF) ? 2 : follows(at[0], 0xE0, 0xEF) ? 3 : 4;
    uint8_t low, high;

    if (len == 1)
        return 1;
    if (len > text.len || (len == 4 && !follows(at[0], 0xF0, 0xF4)))
        return 0;
    second_range(at[0], &low, &high);
    if (!follows(at[1], low, high))
        return 0;
    for (size_t i = 2; i < len; i++)
        if (!follows(at[i], 0x80, 0xBF))
            return 0;
    return len;
}

/* Nearly all text here is ASCII: eight bytes at a time until one is not. */
static size_t ascii_prefix(struct str text)
{
    size_t done = 0;
    uint64_t word;

    for (; text.len - done >= sizeof(word); done += sizeof(word)) {
        memcpy(&word, text.ptr + done, sizeof(word));
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (done < text.len && (uint8_t)text.ptr[done] < 0x80)
        done++;
    return done;
}

bool utf8_valid(struct str text)
{
    while (text.len) {
        size_t len = ascii_prefix(text);

        if (len == 0)
            len = utf8_length(text);
        if (len == 0)
            return false;
        text.ptr += len;
        text.len -= len;
    }
    return true;
}

bool utf8_plain(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (c < 0x20 || c == 0x7f || (c == 0xc2 && i + 1 < text.len && (unsigned char)text.ptr[i + 1] < 0xa0))
            return false;
    }
    return utf8_valid(text);
}
