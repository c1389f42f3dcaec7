/* hex.h - bytes as text that a cookie, a key of Redis or a statement can hold. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* Two lower-case digits a byte, in the arena. */
struct str hex_write(const uint8_t *bytes, size_t count, struct arena *arena);

/* False unless text is exactly count bytes in lower-case digits. */
bool hex_read(struct str text, uint8_t *bytes, size_t count);

#endif
