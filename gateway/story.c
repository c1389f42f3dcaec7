/* story.c - what was told of an order. Pure: it reads bytes and keeps nothing but in the arena. */
#include "gateway/story.h"

#include <stdlib.h>

bool told_read(const struct plans *plans, struct str text, struct arena *arena, struct told *told)
{
    int32_t schema_id;
    struct err err;
    size_t at = 0;

    told->time_ms = 0;
    while (at < text.len && at < 16 && text.ptr[at] >= '0' && text.ptr[at] <= '9')
        told->time_ms = told->time_ms * 10 + (text.ptr[at++] - '0');
    if (at == 0 || at == text.len || text.ptr[at] != ' ')
        return false;
    text = (struct str){text.ptr + at + 1, text.len - at - 1};
    return msg_decode(plans, text, arena, &told->type, &told->body, &schema_id, &err) == ST_OK && told->body;
}

void story_add(struct story *story, const struct plans *plans, struct str id, struct str text, struct arena *arena)
{
    struct told told = {0};

    if (story->count == STORY_MAX_EVENTS || !id_parse(id, &told.id))
        return;
    for (size_t i = 0; i < story->count; i++)
        if (id_equal(&story->items[i].id, &told.id))
            return;
    if (story->items == NULL)
        story->items = arena_array(arena, STORY_MAX_EVENTS, sizeof *story->items);
    if (told_read(plans, arena_copy(arena, text), arena, &told))
        story->items[story->count++] = told;
}

static int by_time(const void *a, const void *b)
{
    const struct told *left = a, *right = b;

    if (left->time_ms != right->time_ms)
        return left->time_ms < right->time_ms ? -1 : 1;
    return (left->type > right->type) - (left->type < right->type);
}

void story_sort(struct story *story)
{
    if (story->count)
        qsort(story->items, story->count, sizeof *story->items, by_time);
}

const struct told *story_find(const struct story *story, enum msg_type type)
{
    for (size_t i = 0; i < story->count; i++)
        if (story->items[i].type == type)
            return &story->items[i];
    return NULL;
}

/* "<id> <length> <text>" */
void story_pack(struct out *out, struct str id, struct str text)
{
    out_put_str(out, id);
    out_put(out, " ", 1);
    out_put_int(out, (long)text.len);
    out_put(out, " ", 1);
    out_put_str(out, text);
}

void story_unpack(struct story *story, const struct plans *plans, struct str packed, struct arena *arena)
{
    while (packed.len > ID_TEXT_LEN + 2) {
        size_t at = ID_TEXT_LEN + 1, len = 0;

        while (at < packed.len && packed.ptr[at] != ' ')
            len = len * 10 + (size_t)(packed.ptr[at++] - '0');
        at++;
        if (at > packed.len || len > packed.len - at)
            return;
        story_add(story, plans, (struct str){packed.ptr, ID_TEXT_LEN}, (struct str){packed.ptr + at, len}, arena);
        packed = (struct str){packed.ptr + at + len, packed.len - at - len};
    }
}
