/* history_pages.c - GET /orders: what a shopper has ordered, a page at a time. */
#include "gateway/history.h"
#include "gateway/pages.h"
#include "pages/orders.h"

enum { MOST_PAGES = 100000 };

struct orders {
    struct page_orders page;
    long number;
};

/* From 1. */
static long page_number(struct str text)
{
    long number = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || number > MOST_PAGES)
            return 1;
        number = number * 10 + (text.ptr[i] - '0');
    }
    return number > 0 && number <= MOST_PAGES ? number : 1;
}

static void render(struct visit *visit)
{
    struct orders *orders = visit->more;

    orders->page.site = visit_site(visit);
    render_orders(&visit->request->out, &orders->page);
    answer_page(visit->request, MHD_HTTP_OK);
}

static void on_before(struct visit *visit, const struct history *history)
{
    struct orders *orders = visit->more;

    orders->page.before = history->rows;
    orders->page.before_total = (long)history->total;
    render(visit);
}

static const struct shown_pager *pager_of(struct visit *visit, long number, long of)
{
    struct shown_pager *pager = arena_new(visit->arena, struct shown_pager);

    pager->number = number;
    pager->of = of;
    if (number > 1)
        pager->earlier = arena_printf(visit->arena, "/orders?page=%ld", number - 1);
    if (number < of)
        pager->later = arena_printf(visit->arena, "/orders?page=%ld", number + 1);
    return pager;
}

static void on_history(struct visit *visit, const struct history *history)
{
    struct orders *orders = visit->more;
    long of = (long)((history->total + HISTORY_MAX_ROWS - 1) / HISTORY_MAX_ROWS);

    orders->page.away = history->away;
    orders->page.orders = history->rows;
    orders->page.total = (long)history->total;
    if (of > 1 || orders->number > 1)
        orders->page.pager = pager_of(visit, orders->number, of > 0 ? of : 1);
    if (visit->before.len && orders->number == 1 && !history->away)
        history_look(visit, visit->before, 0, HISTORY_MAX_ROWS, on_before);
    else
        render(visit);
}

static void read_orders(struct visit *visit)
{
    struct orders *orders = arena_new(visit->arena, struct orders);

    visit->more = orders;
    orders->number = page_number(form_value(&visit->request->form, "page"));
    history_look(visit, visit->user_id, (size_t)(orders->number - 1) * HISTORY_MAX_ROWS, HISTORY_MAX_ROWS, on_history);
}

void page_orders(struct request *request)
{
    visit_look(visit_begin(request), &(struct wish){.orders = 0}, read_orders);
}
