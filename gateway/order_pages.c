/* order_pages.c - an order's page, for its shopper only, and their change of mind. */
#include "base/clock.h"
#include "base/money.h"
#include "gateway/order_view.h"
#include "gateway/pages.h"
#include "gateway/recommend.h"
#include "pages/forgotten.h"
#include "pages/order.h"

enum { REFRESH_S = 2, CALM_REFRESH_S = 10 };

static void no_such_order(struct visit *visit)
{
    fault_page(visit, MHD_HTTP_NOT_FOUND, "There is no such order",
               "At least none of yours. It may belong to another browser.", NULL, false);
}

static void order_away(struct visit *visit)
{
    fault_page(visit, MHD_HTTP_SERVICE_UNAVAILABLE, "Your order is safe",
               "We cannot look it up at this moment; it goes on meanwhile.", "Try again in a moment.", true);
}

/* What it cost stands in the books; what it was, and where it went, is nobody's to know. */
static void show_forgotten(struct visit *visit, const struct timeline *timeline)
{
    struct page_forgotten page = {.site = visit_site(visit), .order_id = timeline->order.id};

    page.state = timeline->order.state;
    page.refund = timeline->order.refund;
    if (timeline->content) {
        page.shipping = money_text(timeline->content->shipping_minor, timeline->content->currency, visit->arena);
        page.total = money_text(timeline->content->total_minor, timeline->content->currency, visit->arena);
    }
    if (timeline->placed_ms) {
        page.placed = time_day(timeline->placed_ms, visit->arena);
        page.placed_iso = time_iso(timeline->placed_ms, visit->arena);
    }
    render_forgotten(&visit->request->out, &page);
    answer_page(visit->request, MHD_HTTP_OK);
}

typedef void own_order_fn(struct visit *visit, const struct timeline *timeline);

/* Nobody sees or cancels what is not theirs, and their orders are recognised without asking anybody. */
static void with_own_order(struct visit *visit, own_order_fn *then)
{
    struct timeline timeline;

    switch (order_view(visit, visit->request->part, &timeline)) {
    case ORDER_VIEW_OWN:
        then(visit, &timeline);
        break;
    case ORDER_VIEW_NONE:
        no_such_order(visit);
        break;
    case ORDER_VIEW_AWAY:
        order_away(visit);
        break;
    case ORDER_VIEW_FORGOTTEN:
        show_forgotten(visit, &timeline);
        break;
    }
}

static struct shown_order_line_list lines_of(const struct visit *visit, const struct order *order)
{
    struct shown_order_line *lines = arena_array(visit->arena, order->lines.count, sizeof *lines);

    for (size_t i = 0; i < order->lines.count; i++) {
        const struct order_line *line = &order->lines.items[i];
        const struct shown_product_card *card = window_card(visit->gateway->window, visit->currency, line->product_id);
        int64_t total;

        if (!money_multiply(line->unit_price_minor, line->quantity, &total))
            total = 0;
        lines[i] = (struct shown_order_line){.id = line->product_id,
                                             .name = line->name,
                                             .picture = card ? card->picture : window_any_picture,
                                             .quantity = line->quantity,
                                             .price = money_text(total, order->currency, visit->arena)};
    }
    return (struct shown_order_line_list){lines, order->lines.count};
}

static struct shown_product_card_list goes_with(const struct visit *visit, const struct order *order)
{
    struct str *ids = arena_array(visit->arena, order->lines.count, sizeof *ids);

    for (size_t i = 0; i < order->lines.count; i++)
        ids[i] = order->lines.items[i].product_id;
    return recommend(visit, &(struct recommend_about){.others = ids, .other_count = order->lines.count});
}

/* For browsers without scripts: after how long the page looks again; 0: there is nothing to wait for. */
static int refresh_s(const struct visit *visit, const struct timeline *timeline)
{
    switch (timeline->order.state) {
    case SHOWN_ORDER_STATE_CONFIRMED: /* the badge */
        return order_was_heard_by_cart(timeline, visit->look) ? 0 : REFRESH_S;
    case SHOWN_ORDER_STATE_CANCELLED: /* the money */
        return timeline->over ? 0 : CALM_REFRESH_S;
    case SHOWN_ORDER_STATE_REJECTED:
        return 0;
    case SHOWN_ORDER_STATE_OPEN:
        break;
    }
    return REFRESH_S;
}

static void show(struct visit *visit, const struct timeline *timeline)
{
    bool cancelling = timeline->order.cancelling;
    struct page_order page = {.site = visit_site(visit), .order = timeline->order};

    order_name_carrier(visit->gateway, &page.order);
    if (!order_is_settled(timeline, visit->look))
        page.events = arena_printf(visit->arena, "/order/" STR_FMT "/events%s", STR_ARG(timeline->order.id),
                                   cancelling ? "?cancelling=1" : "");
    if (timeline->content) {
        page.lines = lines_of(visit, timeline->content);
        page.shipping = money_text(timeline->content->shipping_minor, timeline->content->currency, visit->arena);
        page.total = money_text(timeline->content->total_minor, timeline->content->currency, visit->arena);
        page.recommendations = goes_with(visit, timeline->content);
    }
    if (timeline->placed_ms) {
        page.placed = time_day(timeline->placed_ms, visit->arena);
        page.placed_iso = time_iso(timeline->placed_ms, visit->arena);
    }
    page.site.refresh_s = refresh_s(visit, timeline);
    render_order(&visit->request->out, &page);
    answer_page(visit->request, MHD_HTTP_OK);
}

static void show_own(struct visit *visit)
{
    with_own_order(visit, show);
}

void page_order(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct id id;

    if (!id_parse(request->part, &id))
        no_such_order(visit);
    else
        visit_look(visit, &(struct wish){.order_id = id_text(&id, visit->arena), .orders = 1}, show_own);
}

/* --- a change of mind ------------------------------------------------------------------------------------------------------- */

struct cancelling {
    struct visit *visit;
    struct command_wish wish;
};

static bool is_answer(void *context, enum msg_type type, const void *body, int64_t offset)
{
    (void)context, (void)body, (void)offset;
    return type == MSG_ORDER_CANCELLED || type == MSG_CANCEL_REFUSED || type == MSG_ORDER_REJECTED;
}

static void on_done(struct request *request, enum command_outcome outcome, int64_t offset, void *context)
{
    const struct cancelling *cancelling = context;

    (void)offset;
    if (outcome == COMMAND_UNKNOWN || outcome == COMMAND_IMPOSSIBLE)
        unknown_page(cancelling->visit);
    else
        visit_redirect(cancelling->visit, MHD_HTTP_SEE_OTHER,
                       arena_printf(&request->arena, "/order/" STR_FMT "%s", STR_ARG(request->part),
                                    outcome == COMMAND_ACCEPTED ? "?cancelling=1" : ""));
}

static void send_cancel(struct visit *visit, const struct timeline *timeline)
{
    struct request *request = visit->request;
    struct cancelling *cancelling = arena_new(visit->arena, struct cancelling);
    struct str trace = voice_trace(request_header(request, "traceparent"), visit->arena);
    struct str owner = timeline->user_id.len ? timeline->user_id : visit->user_id; /* before they signed in, perhaps */
    struct cancel_order body = {
        .order_id = timeline->order.id, .user_id = owner, .cart_generation = order_generation(visit, timeline)};
    struct id user, id;

    if (!id_parse(owner, &user)) {
        no_such_order(visit);
        return;
    }
    id = id_named(&user, arena_printf(visit->arena, "cancel|" STR_FMT, STR_ARG(body.order_id)));
    cancelling->visit = visit;
    cancelling->wish = (struct command_wish){
        .said = voice_compose(MSG_CANCEL_ORDER, &body, id, id, trace, visit->arena),
        .channel = views_order_key(body.order_id, visit->arena),
        .look = {.order_id = body.order_id},
        .answers = is_answer,
        .then = on_done,
        .context = cancelling,
    };
    command_send(&visit->gateway->commands, request, &cancelling->wish);
}

static void cancel_own(struct visit *visit)
{
    with_own_order(visit, send_cancel);
}

void command_cancel(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct id id;

    if (visit->session.fresh || !id_parse(request->part, &id))
        no_such_order(visit);
    else if (!visit_is_ours(visit))
        foreign_page(visit);
    else
        visit_look(visit, &(struct wish){.order_id = id_text(&id, visit->arena)}, cancel_own);
}
