/* id.h - UUIDs (RFC 9562): random ones for what begins, named ones for what follows from something else. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum { ID_TEXT_LEN = 36 };

struct id {
    uint8_t bytes[16];
};

/* Version 4, from the system's random source. Aborts when there is none. */
struct id id_random(void);

/* Version 5: the same space and name give the same id, always and everywhere. */
struct id id_named(const struct id *space, struct str name);

/* The order of a cart's generation: version 5 of "<user>:<generation>" in the shop's own space. */
struct id id_of_order(struct str user_id, int64_t cart_generation);

bool id_equal(const struct id *a, const struct id *b);
bool id_is_zero(const struct id *id);

/* The 36 characters in lower case, in the arena. */
struct str id_text(const struct id *id, struct arena *arena);

/* Writes 36 characters and a NUL. */
void id_write(const struct id *id, char text[ID_TEXT_LEN + 1]);

/* False, and a zero id, when text is not a UUID. */
bool id_parse(struct str text, struct id *id);

#endif
