/* paging.c - lists that are longer than a page: the first, the last, and those around the one that is shown. */
#include "gateway/paging.h"

enum { AROUND = 2, MAX_LINKS = 2 * AROUND + 3 };

struct str paging_escape(const struct visit *visit, struct str text)
{
    struct out out;
    struct str escaped;

    out_init(&out);
    out_put_url(&out, text);
    escaped = arena_copy(visit->arena, out_str(&out));
    out_release(&out);
    return escaped;
}

/* "page" of the query, from 1 to of. */
static size_t page_number(const struct visit *visit, size_t of)
{
    struct str text = form_value(&visit->request->form, "page");
    size_t number = 0;

    for (size_t i = 0; i < text.len && i < 6; i++)
        number = text.ptr[i] >= '0' && text.ptr[i] <= '9' ? number * 10 + (size_t)(text.ptr[i] - '0') : 0;
    return number < 1 ? 1 : number > of ? of : number;
}

static struct str page_path(const struct visit *visit, struct str path, size_t number)
{
    return arena_printf(visit->arena, STR_FMT "page=%zu", STR_ARG(path), number);
}

static struct shown_page_link_list links_of(const struct visit *visit, struct str path, size_t number, size_t of)
{
    struct shown_page_link *links = arena_array(visit->arena, MAX_LINKS, sizeof *links);
    size_t count = 0, last = 0;

    for (size_t i = 1; i <= of; i++) {
        if (i == 2 && number > AROUND + 2)
            i = number - AROUND;
        if (i == number + AROUND + 1)
            i = of;
        links[count++] = (struct shown_page_link){
            .number = (long)i, .path = page_path(visit, path, i), .current = i == number, .after_gap = i > last + 1};
        last = i;
    }
    return (struct shown_page_link_list){links, count};
}

const struct shown_pager *paging_of(const struct visit *visit, struct str path, size_t total, size_t *from)
{
    struct shown_pager *pager = arena_new(visit->arena, struct shown_pager);
    size_t of = (total + WINDOW_PER_PAGE - 1) / WINDOW_PER_PAGE;
    size_t number = page_number(visit, of ? of : 1);

    *from = (number - 1) * WINDOW_PER_PAGE;
    if (of <= 1)
        return NULL;
    pager->number = (long)number;
    pager->of = (long)of;
    if (number > 1)
        pager->earlier = page_path(visit, path, number - 1);
    if (number < of)
        pager->later = page_path(visit, path, number + 1);
    pager->links = links_of(visit, path, number, of);
    return pager;
}
