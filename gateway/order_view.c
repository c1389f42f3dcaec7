/* order_view.c - whose an order is, and how far. An order's id follows from its shopper, so that the shopper can be
 * recognised before anybody has told of the order. */
#include "gateway/order_view.h"

#include "base/clock.h"
#include "gateway/forget/forget.h"

/* The order that the cart as we know it makes, or has just made. */
static bool is_of_cart(const struct visit *visit, struct str order_id)
{
    const struct cart_updated *cart = visit->look->cart;
    struct id id = id_of_order(visit->user_id, cart ? cart->generation : 0);
    struct id given;

    return cart && id_parse(order_id, &given) && id_equal(&id, &given);
}

int64_t order_generation(const struct visit *visit, const struct timeline *timeline)
{
    if (timeline->content)
        return timeline->content->cart_generation;
    return visit->look->cart ? visit->look->cart->generation : 0;
}

/* The visitor, or who this browser was before they signed in. */
static bool is_owner(const struct visit *visit, struct str user_id)
{
    return str_equal(user_id, visit->user_id) || (visit->before.len && str_equal(user_id, visit->before));
}

enum order_view order_view(const struct visit *visit, struct str order_id, struct timeline *timeline)
{
    const struct look *look = visit->look;

    *timeline = timeline_of(&look->story, order_id, clock_wall_ms(), visit->arena);
    timeline->order.cancelling = timeline->order.state == SHOWN_ORDER_STATE_OPEN &&
                                 form_value(&visit->request->form, "cancelling").len > 0;
    if (timeline->order.cancelling)
        timeline->order.can_cancel = false;
    if (forget_has(visit->gateway->forget, timeline->user_id))
        return ORDER_VIEW_FORGOTTEN;
    if (timeline->user_id.len)
        return is_owner(visit, timeline->user_id) ? ORDER_VIEW_OWN : ORDER_VIEW_NONE;
    if (look->cart_known && is_of_cart(visit, order_id))
        return ORDER_VIEW_OWN;
    return look->away ? ORDER_VIEW_AWAY : ORDER_VIEW_NONE;
}

bool order_was_heard_by_cart(const struct timeline *timeline, const struct look *look)
{
    return look->away || timeline->content == NULL ||
           (look->cart && look->cart->generation > timeline->content->cart_generation);
}

bool order_is_settled(const struct timeline *timeline, const struct look *look)
{
    return timeline->over && order_was_heard_by_cart(timeline, look);
}

void order_name_carrier(const struct gateway *gateway, struct shown_order *order)
{
    const struct tariff_updated *tariff = shelf_tariff(gateway->state.shelf, order->carrier);

    if (tariff)
        order->carrier = tariff->name;
}
