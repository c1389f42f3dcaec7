/* advice.c - what a shopper can do about an order that ended without a sale. Pure. */
#include "gateway/advice.h"

/* Why a card was declined, and what may help, is payment's to say: the order's reason does. */
static const char *advice_on(enum cancel_reason reason)
{
    switch (reason) {
    case CANCEL_REASON_PAYMENT_DECLINED:
        return "Your cart and your address are kept: only the card has to be typed again.";
    case CANCEL_REASON_OUT_OF_STOCK:
        return "Your cart is as it was: take fewer of it, or leave it out, and order the rest.";
    case CANCEL_REASON_SHIPMENT_REFUSED:
        return "Your cart is as it was: please look at the address once more.";
    case CANCEL_REASON_OVERDUE:
        return "Your cart is as it was: please order again.";
    default:
        return "Your cart is as it was.";
    }
}

static void advise_on_rejection(struct shown_order *order, enum reject_reason reason)
{
    order->again = STR("Order again");
    switch (reason) {
    case REJECT_REASON_CANCELLED_FIRST:
    case REJECT_REASON_NOT_TAKEN:
        order->advice = STR("Your cart is as it was.");
        break;
    case REJECT_REASON_PRODUCT_UNKNOWN:
        order->advice = STR("Take it out of your cart, and order the rest.");
        break;
    case REJECT_REASON_EMPTY:
        order->again = (struct str){NULL, 0};
        break;
    default:
        order->advice = STR("Look at what it costs today; only your card has to be typed again.");
        order->again = STR("Try again with today's prices");
    }
}

void order_advise(struct shown_order *order, const struct story *story)
{
    const struct told *rejected = story_find(story, MSG_ORDER_REJECTED);
    const struct told *cancelled = story_find(story, MSG_ORDER_CANCELLED);

    if (rejected) {
        advise_on_rejection(order, ((const struct order_rejected *)rejected->body)->reason);
    } else if (cancelled) {
        enum cancel_reason reason = ((const struct order_cancelled *)cancelled->body)->reason;

        order->advice = str_of(advice_on(reason));
        order->again = reason == CANCEL_REASON_PAYMENT_DECLINED ? STR("Try another card") : STR("Order again");
    }
}
