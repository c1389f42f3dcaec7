/* put.h - Avro's binary forms, written without looking at room: the generated encoders measured it before.
 *
 * Each writes at `at` and returns the end. Internal to the library. */
#ifndef MSG_PUT_H
#define MSG_PUT_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static inline uint8_t *put_long(uint8_t *at, int64_t value)
{
    uint64_t rest = ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);

    while (rest >= 0x80) {
        *at++ = (uint8_t)(rest | 0x80);
        rest >>= 7;
    }
    *at++ = (uint8_t)rest;
    return at;
}

static inline uint8_t *put_boolean(uint8_t *at, bool value)
{
    *at++ = value;
    return at;
}

static inline uint8_t *put_double(uint8_t *at, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    bits = htole64(bits);
    memcpy(at, &bits, sizeof(bits));
    return at + sizeof(bits);
}

static inline uint8_t *put_bytes(uint8_t *at, struct str text)
{
    at = put_long(at, (int64_t)text.len);
    if (text.len)
        memcpy(at, text.ptr, text.len);
    return at + text.len;
}

/* A value that is none of the enum's is a broken invariant of the caller's. */
static inline uint8_t *put_enum(uint8_t *at, int32_t value, int32_t count)
{
    if (value < 0 || value >= count)
        abort();
    return put_long(at, value);
}

#endif
