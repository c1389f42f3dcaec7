/* story.c - a story in lines that a person can read: who said, heard, asked or did what, and why. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/saga/world.h"

enum { TIME_LEN = 16 };

static bool mentions(struct str text, struct str word)
{
    return word.len > 0 && text.len >= word.len && memmem(text.ptr, text.len, word.ptr, word.len);
}

/* What has no key concerns everybody. */
static bool concerns(const struct note *note, struct str key)
{
    return key.len == 0 || note->key.len == 0 || str_equal(note->key, key) || mentions(note->value, key);
}

static void print_time(int64_t at_ms)
{
    printf("%02" PRId64 ":%02" PRId64 ":%02" PRId64 ".%03" PRId64, at_ms / 3600000, at_ms / 60000 % 60,
           at_ms / 1000 % 60, at_ms % 1000);
}

static struct str json_of(const struct note *note, struct arena *arena)
{
    if (note->value.len == 0)
        return arena_printf(arena, "of " STR_FMT, STR_ARG(note->key));
    return msg_json(note->type, msg_decode_own(note->type, note->value, arena), arena);
}

static void print_note(const struct note *note, struct arena *arena)
{
    struct str json;

    print_time(note->time_ms - WORLD_START_MS);
    printf("  %-8s %s", note->who, note->verb);
    if (note->type == MSG_NONE) {
        printf(note->key.len ? " (" STR_FMT ")\n" : "\n", STR_ARG(note->key));
    } else if (note->because) {
        printf(" %s: %s -> %s, \"%s\" (%.8s)\n", msg_type_name(note->type), note->was, note->is, note->because,
               note->key.ptr);
    } else {
        json = json_of(note, arena);
        printf(" %s " STR_FMT "\n", msg_type_name(note->type), STR_ARG(json));
    }
}

void story_print(const struct world *world, struct str key)
{
    struct arena arena;

    arena_init(&arena);
    for (const struct note *note = world->notes; note; note = note->next)
        if (concerns(note, key)) {
            print_note(note, &arena);
            arena_clear(&arena);
        }
    arena_release(&arena);
}
