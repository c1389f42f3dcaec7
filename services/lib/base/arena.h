/* arena.h - memory of one step: taken in pieces, given back all at once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/str.h"

struct arena_block;

struct arena {
    struct arena_block *first, *current;
    size_t used_bytes;  /* of the current block */
    size_t block_bytes; /* of the next, 0: the usual; a piece that is larger gets one of its own size */
};

/* Takes nothing yet; out of memory aborts, so no function here fails. */
void arena_init(struct arena *arena);

/* The same with small blocks: for one message that is kept for a while, beside many others. */
void arena_init_small(struct arena *arena);

/* Everything that was taken is gone; the first block stays for the next step. */
void arena_clear(struct arena *arena);

/* Frees all blocks; the arena may be used again. */
void arena_release(struct arena *arena);

/* size_bytes zeroed bytes, aligned for any type. Zero bytes give a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size_bytes) __attribute__((returns_nonnull, malloc));

/* count elements of size_bytes; aborts when the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size_bytes) __attribute__((returns_nonnull, malloc));

#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

/* A copy that ends with a NUL beyond its length. */
struct str arena_copy(struct arena *arena, struct str text);

/* Formatted text, with a NUL beyond its length. */
struct str arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
