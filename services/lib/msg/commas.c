/* commas.c - joining words, and taking them apart. */
#include "msg/commas.h"

struct str commas_join(struct str_list list, struct arena *arena)
{
    struct str text = {0};

    for (size_t i = 0; i < list.count; i++)
        text = arena_printf(arena, STR_FMT "%s" STR_FMT, STR_ARG(text), i ? "," : "", STR_ARG(list.items[i]));
    return text;
}

struct str_list commas_split(struct str text, struct arena *arena)
{
    struct str *items = arena_array(arena, text.len + 1, sizeof(*items));
    size_t count = 0;

    while (text.len > 0) {
        const char *comma = memchr(text.ptr, ',', text.len);
        size_t len = comma ? (size_t)(comma - text.ptr) : text.len;

        items[count++] = (struct str){text.ptr, len};
        text = comma ? (struct str){comma + 1, text.len - len - 1} : (struct str){0};
    }
    return (struct str_list){items, count};
}
