/* intern.h - numbers for byte strings: the same bytes have the same number, so that states are compared as numbers. */
#ifndef MODEL_INTERN_H
#define MODEL_INTERN_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct interned {
    struct arena arena;
    struct str *list; /* list[0] is the empty string, whose number is 0 */
    uint32_t count, room;
    uint32_t *slots; /* a power of two of them; 0: free */
    uint32_t slot_count;
};

void interned_init(struct interned *interned);
void interned_release(struct interned *interned);

/* The number of these bytes; a new one when they were never seen. */
uint32_t intern(struct interned *interned, const void *bytes, size_t len);

/* The bytes of a number; valid until the release. */
struct str interned_text(const struct interned *interned, uint32_t number);

uint64_t hash_bytes(const void *bytes, size_t len);

/* A set of hashes, for what was visited. */
struct hash_set {
    uint64_t *slots;
    size_t count, size;
};

void hash_set_release(struct hash_set *set);

/* False when it was in the set already. */
bool hash_set_add(struct hash_set *set, uint64_t hash);

#endif
