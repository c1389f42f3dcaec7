/* adopt.c - what checkout said in a life that its database has lost, taken over: an order keeps its one end. */
#include "msg/say.h"
#include "services/checkout/checkout.h"

static void adopt_placing(struct step *step, void *row)
{
    struct checkout_order *order = row;
    const struct order_placed *said = step->heard->body;

    checkout_hold_cart(step, &(struct checkout_order){.row = order->row, .user_id = said->user_id},
                       said->order.cart_generation);
    if (order->row.state >= CHECKOUT_PLACED)
        return;
    order->row.state = CHECKOUT_PLACED;
    order->user_id = said->user_id;
    order->placed = record_encode(RECORD_ORDER, &said->order, step->arena);
    step_remind(step, MSG_ORDER_OVERDUE, order->row.key, said->deadline_ms);
}

static void adopt_rejection(struct step *step, void *row)
{
    struct checkout_order *order = row;
    const struct order_rejected *said = step->heard->body;

    order->user_id = said->user_id;
    order->detail = said->detail;
    order->reason = CANCEL_REASON_UNKNOWN;
    checkout_end(step, order, CHECKOUT_REJECTED);
    if (said->generation >= 0) /* older ones did not say it */
        checkout_keep_cart(step, order, said->generation);
}

static void adopt_confirmation(struct step *step, void *row)
{
    struct checkout_order *order = row;
    const struct order_confirmed *said = step->heard->body;

    order->user_id = said->user_id;
    order->placed = record_encode(RECORD_ORDER, &said->order, step->arena);
    order->carrier = said->carrier;
    order->tracking_number = said->tracking_number;
    checkout_end(step, order, CHECKOUT_CONFIRMED);
    checkout_take_from_cart(step, order, &said->order);
}

static void adopt_cancellation(struct step *step, void *row)
{
    struct checkout_order *order = row;
    const struct order_cancelled *said = step->heard->body;

    order->user_id = said->user_id;
    order->placed = record_encode(RECORD_ORDER, &said->order, step->arena);
    order->reason = (int32_t)said->reason;
    order->detail = said->detail;
    checkout_end(step, order, CHECKOUT_CANCELLED);
    checkout_keep_cart(step, order, said->order.cart_generation);
}

// clang-format off
const struct adoption checkout_adoptions[CHECKOUT_ADOPTIONS] = {
    /* what was said          then                because */
    { MSG_ORDER_PLACED,       adopt_placing,      "it was accepted on these terms" },
    { MSG_ORDER_REJECTED,     adopt_rejection,    "it was never accepted" },
    { MSG_ORDER_CONFIRMED,    adopt_confirmation, "it is sold" },
    { MSG_ORDER_CANCELLED,    adopt_cancellation, "it ended without a sale" },
    { MSG_CANCEL_REFUSED,     NULL,               "an answer, and no more" },
    { MSG_CART_ORDERING,      NULL,               "said again with the placing, unless it stands there" },
    { MSG_CART_ORDERED,       NULL,               "said again with the confirmation, unless it stands there" },
    { MSG_CART_KEPT,          NULL,               "said again with the end, unless it stands there" },
};
// clang-format on
