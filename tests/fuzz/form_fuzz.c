/* form_fuzz.c - any content type with any body: the first line of the input is the type, the rest is the body. Whatever
 * the parser returns must lie in what it was given, and be clean text. */
/* links: gateway/form.c base */
/* covers: gateway/form.c 95 */
#include "gateway/form.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *end = size ? memchr(text, '\n', size) : NULL;
    struct str type = {text, end ? (size_t)(end - text) : 0};
    struct str body = {end ? end + 1 : text, size - (end ? type.len + 1 : 0)};
    struct arena arena;
    struct form form;

    arena_init(&arena);
    form_init(&form);
    (void)form_add_body(&form, type, body, &arena);
    (void)form_add_urlencoded(&form, body, &arena);
    if (form.count > FORM_MAX_FIELDS)
        abort();
    for (size_t i = 0; i < form.count; i++)
        if (!text_is_clean(form.fields[i].name) || !text_is_clean(form.fields[i].value))
            abort();
    (void)form_value(&form, "quantity");
    if (text_cut(body, type.len).len > type.len || !text_is_clean(path_decoded(body, &arena)))
        abort();
    arena_release(&arena);
    return 0;
}
