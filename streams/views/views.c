/* views.c - which key of Redis a message belongs to. Pure: no I/O. */
#include "streams/views/views.h"

#include <inttypes.h>

const enum topic view_topics[] = {TOPIC_CART_EVENTS,     TOPIC_ORDER_EVENTS, TOPIC_STOCK_EVENTS,   TOPIC_PAYMENT_EVENTS,
                                  TOPIC_SHIPMENT_EVENTS, TOPIC_EMAIL_EVENTS, TOPIC_CUSTOMER_EVENTS};
const size_t view_topic_count = sizeof(view_topics) / sizeof(view_topics[0]);

static struct str named(const char *prefix, struct str name, struct arena *arena)
{
    return arena_printf(arena, "%s" STR_FMT, prefix, STR_ARG(name));
}

/* The order's value may hold NUL bytes, which printf would stop at. */
static struct str dated(int64_t time_ms, struct str value, struct arena *arena)
{
    struct str date = arena_printf(arena, "%" PRId64 " ", time_ms);
    char *text = arena_alloc(arena, date.len + value.len);

    memcpy(text, date.ptr, date.len);
    if (value.len > 0)
        memcpy(text + date.len, value.ptr, value.len);
    return (struct str){text, date.len + value.len};
}

/* Whose list the order is put on: the one that placed it, or tried to. */
static struct str owner(const struct msg *msg)
{
    if (msg->type == MSG_ORDER_PLACED)
        return ((const struct order_placed *)msg->body)->user_id;
    if (msg->type == MSG_ORDER_REJECTED)
        return ((const struct order_rejected *)msg->body)->user_id;
    return (struct str){0};
}

static int64_t until(const struct msg *msg, int64_t keep_ms)
{
    return keep_ms > 0 ? msg->time_ms + keep_ms : 0;
}

static void view_cart(const struct msg *msg, int64_t version, struct str value, struct arena *arena, struct view *view)
{
    view->kind = VIEW_CART;
    view->key = named("cart:", msg->key, arena);
    view->version = version;
    view->value = arena_copy(arena, value);
}

static void view_event(const struct msg *msg, struct str value, struct arena *arena, struct view *view)
{
    struct str user = owner(msg);

    view->kind = VIEW_EVENT;
    view->key = named("order:", msg->key, arena);
    view->field = id_text(&msg->id, arena);
    view->value = dated(msg->time_ms, value, arena);
    view->time_ms = msg->time_ms;
    if (user.len > 0) {
        view->list = named("orders:", user, arena);
        view->member = arena_copy(arena, msg->key);
    }
}

/* The orders themselves stay: what they say of a person is sealed, and its key is gone. */
static void view_forgotten(const struct msg *msg, struct arena *arena, struct view *view)
{
    view->kind = VIEW_FORGOTTEN;
    view->key = named("forgotten:", msg->key, arena);
    view->list = named("orders:", msg->key, arena);
}

void view_of(const struct msg *msg, struct str value, const struct view_keep *keep, struct arena *arena,
             struct view *view)
{
    const struct cart_updated *cart = msg->body;

    *view = (struct view){.kind = VIEW_NOTHING};
    if (msg->type == MSG_UNKNOWN)
        return;
    if (msg->type == MSG_CART_UPDATED) {
        view_cart(msg, cart->version, value, arena, view);
        view->until_ms = cart->lines.count > 0 ? 0 : until(msg, keep->carts_ms);
    } else if (msg->type == MSG_CART_EXPIRED) {
        view_cart(msg, ((const struct cart_expired *)msg->body)->version, value, arena, view);
        view->until_ms = until(msg, keep->carts_ms);
    } else if (msg->type == MSG_CUSTOMER_FORGOTTEN) {
        view_forgotten(msg, arena, view);
    } else if (msg->topic != TOPIC_NONE && topic_kind(msg->topic) == KIND_ORDER) {
        view_event(msg, value, arena, view);
        view->until_ms = until(msg, keep->orders_ms);
    }
}
