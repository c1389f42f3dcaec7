/* arena.c - blocks in a chain; a step that needs more than one block is rare. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 64 * 1024, SMALL_BLOCK_BYTES = 1024, ALIGN_BYTES = alignof(max_align_t) };

struct arena_block {
    struct arena_block *next;
    size_t size_bytes;
    alignas(max_align_t) char data[];
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

void arena_init_small(struct arena *arena)
{
    *arena = (struct arena){.block_bytes = SMALL_BLOCK_BYTES};
}

void arena_clear(struct arena *arena)
{
    struct arena_block *block = arena->first ? arena->first->next : NULL;

    while (block) {
        struct arena_block *next = block->next;

        free(block);
        block = next;
    }
    if (arena->first)
        arena->first->next = NULL;
    arena->current = arena->first;
    arena->used_bytes = 0;
}

void arena_release(struct arena *arena)
{
    arena_clear(arena);
    free(arena->first);
    *arena = (struct arena){.block_bytes = arena->block_bytes};
}

static void arena_grow(struct arena *arena, size_t size_bytes)
{
    size_t usual_bytes = arena->block_bytes ? arena->block_bytes : BLOCK_BYTES;
    size_t data_bytes = size_bytes > usual_bytes ? size_bytes : usual_bytes;
    struct arena_block *block = malloc(sizeof(*block) + data_bytes);

    if (!block)
        abort();
    block->next = NULL;
    block->size_bytes = data_bytes;
    if (arena->current)
        arena->current->next = block;
    else
        arena->first = block;
    arena->current = block;
    arena->used_bytes = 0;
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
    size_t rounded = (size_bytes + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
    void *piece;

    if (rounded < size_bytes)
        abort();
    if (!arena->current || arena->current->size_bytes - arena->used_bytes < rounded)
        arena_grow(arena, rounded);
    piece = arena->current->data + arena->used_bytes;
    arena->used_bytes += rounded;
    return memset(piece, 0, rounded);
}

void *arena_array(struct arena *arena, size_t count, size_t size_bytes)
{
    size_t product;

    if (__builtin_mul_overflow(count, size_bytes, &product))
        abort();
    return arena_alloc(arena, product);
}

struct str arena_copy(struct arena *arena, struct str text)
{
    char *copy = arena_alloc(arena, text.len + 1);

    if (text.len)
        memcpy(copy, text.ptr, text.len);
    return (struct str){copy, text.len};
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    char *text;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        abort();
    text = arena_alloc(arena, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return (struct str){text, (size_t)len};
}
