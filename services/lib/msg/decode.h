/* decode.h - bytes into a struct, by a plan. Internal to the library. */
#ifndef MSG_DECODE_H
#define MSG_DECODE_H

#include "base/arena.h"
#include "base/str.h"
#include "msg/shape.h"

struct decoder {
    const uint8_t *at, *end;
    struct arena *arena;
    const char *why;   /* after a failure: a phrase */
    const char *field; /* and the innermost field that has a name, or NULL */
};

/* Reads one value of the plan into the struct at base, which is zeroed. Text and bytes point into the input, lists lie in
 * the arena. False when the bytes are no such value. Never reads beyond end, never takes more memory than a fixed
 * multiple of the input. */
bool decode_value(struct decoder *decoder, const struct field *field, char *base);

#endif
