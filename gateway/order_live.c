/* order_live.c - the stream of an open order's page: whenever something is told of it, all that moves is sent again.
 *
 * A stream looks when it is woken, and every few seconds, because waiting has words of its own. */
#include <stdlib.h>

#include "base/clock.h"
#include "gateway/order_view.h"
#include "gateway/pages.h"
#include "pages/cart_badge.h"
#include "pages/order_live.h"

/* An order that has ended changes seldom, and then we are woken: its page is looked at every tenth time only. */
enum { LOOK_EVERY_S = 3, CALM_TIMES = 10, HEARTBEAT_S = 15, LIFE_S = 30 * 60 };

struct live {
    struct gateway *gateway;
    struct stream *stream; /* NULL: closed */
    struct wait *wait;
    struct event *timer;
    struct arena arena;
    struct out last, next; /* what was sent, and what is to be compared with it */
    char user_id[ID_TEXT_LEN + 1], order_id[ID_TEXT_LEN + 1];
    int64_t begun_us, sent_us;
    long things; /* in the cart, as last sent; -1: never */
    unsigned ticks;
    bool looking, again, cancelling, calm;
};

static void live_free(struct live *live)
{
    arena_release(&live->arena);
    out_release(&live->last);
    out_release(&live->next);
    event_free(live->timer);
    free(live);
}

static void on_closed(void *context)
{
    struct live *live = context;

    live->stream = NULL;
    wait_end(live->wait);
    evtimer_del(live->timer);
    if (!live->looking)
        live_free(live);
}

static void look(struct live *live);

static void send_badge(struct live *live, const struct cart_updated *cart)
{
    struct page_cart_badge badge = {.count = 0};
    struct out out;

    for (size_t i = 0; cart && i < cart->lines.count; i++)
        badge.count += cart->lines.items[i].quantity;
    if (badge.count == live->things)
        return;
    live->things = badge.count;
    out_init(&out);
    render_cart_badge(&out, &badge);
    stream_send(live->stream, "badge", out.len ? out_str(&out) : STR(" "));
    out_release(&out);
}

static void send_state(struct live *live, const struct timeline *timeline)
{
    struct page_order_live page = {.base = str_of(live->gateway->base), .order = timeline->order};
    int64_t now_us = clock_steady_us();

    out_clear(&live->next);
    render_order_live(&live->next, &page);
    if (!str_equal(out_str(&live->next), out_str(&live->last))) {
        struct out swap = live->last;

        stream_send(live->stream, "live", out_str(&live->next));
        live->last = live->next;
        live->next = swap;
        live->sent_us = now_us;
    } else if (now_us - live->sent_us > HEARTBEAT_S * 1000000L) {
        stream_send(live->stream, "", (struct str){NULL, 0});
        live->sent_us = now_us;
    }
}

static void on_look(struct request *request, const struct look *seen, void *context)
{
    struct live *live = context;
    struct timeline timeline;

    (void)request;
    live->looking = false;
    if (live->stream == NULL) {
        live_free(live);
        return;
    }
    timeline = timeline_of(&seen->story, str_of(live->order_id), clock_wall_ms(), &live->arena);
    timeline.order.cancelling = live->cancelling && timeline.order.state == SHOWN_ORDER_STATE_OPEN;
    order_name_carrier(live->gateway, &timeline.order);
    timeline.order.can_cancel = timeline.order.can_cancel && !live->cancelling;
    live->calm = timeline.order.state != SHOWN_ORDER_STATE_OPEN;
    send_state(live, &timeline);
    if (seen->cart_known && !seen->away)
        send_badge(live, seen->cart);
    if (order_is_settled(&timeline, seen)) {
        stream_send(live->stream, "end", STR("."));
        stream_end(live->stream);
    } else if (live->again) {
        look(live);
    }
}

static void look(struct live *live)
{
    live->again = live->looking;
    if (live->looking)
        return;
    live->looking = true;
    arena_clear(&live->arena);
    views_look_alone(live->gateway->views, &live->arena,
                     &(struct wish){.user_id = str_of(live->user_id), .order_id = str_of(live->order_id)}, on_look,
                     live);
}

static void on_heard(void *context, struct str message)
{
    (void)message;
    look(context);
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    struct live *live = context;

    (void)fd, (void)what;
    if (clock_steady_us() - live->begun_us > LIFE_S * 1000000L)
        stream_end(live->stream); /* the browser comes back by itself */
    else if (!live->calm || ++live->ticks % CALM_TIMES == 0)
        look(live);
}

static void begin(struct visit *visit)
{
    struct live *live = calloc(1, sizeof *live);
    struct timeval every = {LOOK_EVERY_S, 0};

    if (live == NULL)
        abort();
    live->gateway = visit->gateway;
    live->begun_us = live->sent_us = clock_steady_us();
    live->things = -1;
    live->cancelling = form_value(&visit->request->form, "cancelling").len > 0;
    memcpy(live->user_id, visit->session.user_id, sizeof live->user_id);
    memcpy(live->order_id, visit->request->part.ptr, ID_TEXT_LEN);
    arena_init(&live->arena);
    out_init(&live->last);
    out_init(&live->next);
    live->timer = event_new(visit->gateway->commands.base, -1, EV_PERSIST, on_timer, live);
    if (live->timer == NULL || event_add(live->timer, &every))
        abort();
    live->wait = wait_begin(visit->gateway->waits, views_order_key(str_of(live->order_id), visit->arena), on_heard,
                            live);
    live->stream = answer_stream(visit->request, on_closed, live);
    look(live);
}

static void check_owner(struct visit *visit)
{
    struct timeline timeline;

    if (order_view(visit, visit->request->part, &timeline) == ORDER_VIEW_OWN)
        begin(visit);
    else
        fault_page(visit, MHD_HTTP_NOT_FOUND, "There is no such order", "At least none of yours.", NULL, false);
}

void page_order_events(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct id id;

    if (visit->session.fresh || request->part.len != ID_TEXT_LEN || !id_parse(request->part, &id))
        fault_page(visit, MHD_HTTP_NOT_FOUND, "There is no such order", "At least none of yours.", NULL, false);
    else
        visit_look(visit, &(struct wish){.order_id = request->part}, check_owner);
}
