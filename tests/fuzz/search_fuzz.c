/* search_fuzz.c - any catalogue and any query: the lines of the input are products, the last one is the query. Nothing that
 * was not put is found, no page holds more than was asked for, and what was taken out is gone. */
/* links: gateway/search.c gateway/search_find.c gateway/search_words.c services/lib/msg/utf8.c base */
/* covers: gateway/search.c gateway/search_find.c gateway/search_words.c 90 */
#include "gateway/search.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 5 };

static struct str next_line(struct str *rest)
{
    const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    struct str line = {rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len};

    rest->ptr += end ? line.len + 1 : line.len;
    rest->len -= end ? line.len + 1 : line.len;
    return line;
}

static void check(const struct search_found *found, size_t put)
{
    if (found->count > MOST || found->count > found->total || found->total > put || found->words > 8)
        abort();
    for (size_t i = 0; i < found->count; i++)
        if (found->ids[i].len != 1)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char ids[] = "abcdefghijklmnop";
    struct str rest = {(const char *)data, size}, line = {NULL, 0};
    struct search *search = search_open();
    struct search_found found;
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0;; i++) {
        struct str description = line;

        line = next_line(&rest);
        if (rest.len == 0)
            break;
        (void)search_put(search, &(struct search_text){{ids + i % 16, 1}, line, description, &line, 1});
    }
    found = search_find(search, line, size % 3, MOST, &arena);
    check(&found, 16);
    for (size_t i = 0; i < 16; i++)
        (void)search_remove(search, (struct str){ids + i, 1});
    found = search_find(search, line, 0, MOST, &arena);
    check(&found, 0);
    search_close(search);
    arena_release(&arena);
    return 0;
}
