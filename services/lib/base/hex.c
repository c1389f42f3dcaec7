/* hex.c - bytes as lower-case digits, and back. */
#include "base/hex.h"

struct str hex_write(const uint8_t *bytes, size_t count, struct arena *arena)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(arena, 2 * count + 1);

    for (size_t i = 0; i < count; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return (struct str){text, 2 * count};
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_read(struct str text, uint8_t *bytes, size_t count)
{
    if (text.len != 2 * count)
        return false;
    for (size_t i = 0; i < count; i++) {
        int high = digit(text.ptr[2 * i]), low = digit(text.ptr[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
    return true;
}
