/* search_pages.c - what a shopper is looking for. Made from memory, like the shop window. */
#include "gateway/pages.h"
#include "gateway/paging.h"
#include "pages/search.h"

enum { SHOWN_QUERY_BYTES = 100 };

static struct shown_product_card_list cards_of(const struct visit *visit, const struct search_found *found)
{
    struct shown_product_card *cards = arena_array(visit->arena, found->count, sizeof *cards);
    size_t count = 0;

    for (size_t i = 0; i < found->count; i++) {
        const struct shown_product_card *card = window_card(visit->gateway->window, visit->currency, found->ids[i]);

        if (card)
            cards[count++] = *card;
    }
    return (struct shown_product_card_list){cards, count};
}

static void show_search(struct visit *visit)
{
    struct gateway *gateway = visit->gateway;
    struct str query = text_cut(form_value(&visit->request->form, "q"), SHOWN_QUERY_BYTES);
    struct str path = arena_printf(visit->arena, "/search?q=" STR_FMT "&", STR_ARG(paging_escape(visit, query)));
    struct page_search page = {.site = visit_site(visit), .query = query};
    struct search_found found = search_find(gateway->state.search, query, 0, WINDOW_PER_PAGE, visit->arena);
    size_t from, more;

    page.pager = paging_of(visit, path, found.total, &from);
    if (from)
        found = search_find(gateway->state.search, query, from, WINDOW_PER_PAGE, visit->arena);
    page.site.query = query;
    page.common = found.words == 0;
    page.total = (long)found.total;
    page.partly = found.partly;
    page.read_as = found.read_as;
    page.products = cards_of(visit, &found);
    page.categories = window_categories(gateway->window, (struct str){NULL, 0}, &more, visit->arena);
    page.ad = visit_ad(visit, (struct str){NULL, 0}, (struct str_list){NULL, 0}, query);
    render_search(&visit->request->out, &page);
    answer_page(visit->request, MHD_HTTP_OK);
}

void page_search(struct request *request)
{
    visit_look(visit_begin(request), &(struct wish){.orders = 0}, show_search);
}
