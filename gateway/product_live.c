/* product_live.c - the streams of open product pages: price and stock are sent again when they have changed.
 *
 * A stream costs a comparison of two versions a few times a second, by one timer for all of them, which runs only while
 * there are any; text is made only when there is news of the product or of the rates. */
#include <stdlib.h>

#include "base/clock.h"
#include "gateway/pages.h"
#include "pages/product_live.h"

enum { LOOK_EVERY_MS = 250, HEARTBEAT_S = 15, LIFE_S = 30 * 60, ID_BYTES = 64, SEEN_BYTES = 48 };

struct product_live {
    struct product_live *next, *previous;
    struct gateway *gateway;
    struct stream *stream;
    int64_t product_version, rates_version; /* of what the page shows */
    int64_t begun_us, sent_us;
    char product_id[ID_BYTES + 1], currency[4];
};

static struct {
    struct product_live *first;
    struct event *timer;
} streams;

static int64_t rates_version(const struct gateway *gateway)
{
    const struct rates_updated *rates = shelf_rates(gateway->state.shelf);

    return rates ? rates->version : 0;
}

struct str product_seen(const struct gateway *gateway, const struct product_updated *product, struct arena *arena)
{
    return arena_printf(arena, "%lld.%lld", (long long)product->version, (long long)rates_version(gateway));
}

static void send_news(struct product_live *live, int64_t now_us)
{
    struct gateway *gateway = live->gateway;
    const struct product_updated *product = shelf_product(gateway->state.shelf, str_of(live->product_id));
    const struct shown_product_card *card;
    struct page_product_live page = {.stock = SHOWN_STOCK_NONE};
    struct out out;

    if (product == NULL || (product->version == live->product_version && rates_version(gateway) == live->rates_version))
        return;
    live->product_version = product->version;
    live->rates_version = rates_version(gateway);
    card = window_card(gateway->window, str_of(live->currency), product->product_id);
    if (card)
        page = (struct page_product_live){.price = card->price, .stock = card->stock, .left = card->left};
    out_init(&out);
    render_product_live(&out, &page);
    stream_send(live->stream, "live", out_str(&out));
    out_release(&out);
    live->sent_us = now_us;
}

static void look(evutil_socket_t fd, short what, void *context)
{
    int64_t now_us = clock_steady_us();

    (void)fd, (void)what, (void)context;
    for (struct product_live *live = streams.first; live; live = live->next) {
        send_news(live, now_us);
        if (now_us - live->begun_us > LIFE_S * 1000000L) {
            stream_end(live->stream); /* the browser comes back by itself */
        } else if (now_us - live->sent_us > HEARTBEAT_S * 1000000L) {
            stream_send(live->stream, "", (struct str){NULL, 0});
            live->sent_us = now_us;
        }
    }
}

static void on_closed(void *context)
{
    struct product_live *live = context;

    if (live->previous)
        live->previous->next = live->next;
    else
        streams.first = live->next;
    if (live->next)
        live->next->previous = live->previous;
    if (streams.first == NULL && streams.timer) {
        event_free(streams.timer);
        streams.timer = NULL;
    }
    free(live);
}

/* What the page has shown, as it says; nothing that can be believed is older than everything. */
static void read_seen(struct product_live *live, struct str seen)
{
    char text[SEEN_BYTES], *point, *end;
    int64_t product, rates;

    live->product_version = live->rates_version = -1;
    if (seen.len == 0 || seen.len >= sizeof text)
        return;
    memcpy(text, seen.ptr, seen.len);
    text[seen.len] = 0;
    product = strtoll(text, &point, 10);
    if (point == text || *point != '.')
        return;
    rates = strtoll(point + 1, &end, 10);
    if (end == point + 1)
        return;
    live->product_version = product;
    live->rates_version = rates;
}

static void enlist(struct product_live *live)
{
    struct timeval every = {0, LOOK_EVERY_MS * 1000};

    live->next = streams.first;
    if (live->next)
        live->next->previous = live;
    streams.first = live;
    if (streams.timer)
        return;
    streams.timer = event_new(live->gateway->commands.base, -1, EV_PERSIST, look, NULL);
    if (streams.timer == NULL || event_add(streams.timer, &every))
        abort();
}

void page_product_events(struct request *request)
{
    struct visit *visit = visit_begin(request);
    struct str product_id = path_decoded(request->part, visit->arena);
    struct product_live *live;

    if (product_id.len > ID_BYTES || shelf_product(visit->gateway->state.shelf, product_id) == NULL) {
        no_such_product(visit);
        return;
    }
    live = calloc(1, sizeof *live);
    if (live == NULL)
        abort();
    live->gateway = visit->gateway;
    live->begun_us = live->sent_us = clock_steady_us();
    memcpy(live->product_id, product_id.ptr, product_id.len);
    memcpy(live->currency, visit->currency.ptr, visit->currency.len < 3 ? visit->currency.len : 3);
    read_seen(live, form_value(&request->form, "seen"));
    live->stream = answer_stream(request, on_closed, live);
    enlist(live);
    send_news(live, live->begun_us);
}
