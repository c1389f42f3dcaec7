/* advice.c - what a shopper can do about an order that ended without a sale. Pure. */
#include "gateway/advice.h"

static const char *advice_on_card(enum decline_reason reason)
{
    switch (reason) {
    case DECLINE_REASON_CARD_INVALID:
    case DECLINE_REASON_CARD_UNREADABLE:
        return "Please look at its number, or take another card.";
    case DECLINE_REASON_CARD_NOT_ACCEPTED:
        return "We take Visa and Mastercard.";
    case DECLINE_REASON_CARD_EXPIRED:
        return "Please take a card that is still good.";
    case DECLINE_REASON_INSUFFICIENT_FUNDS:
    case DECLINE_REASON_LIMIT_EXCEEDED:
        return "Another card may do, or fewer things in the cart.";
    case DECLINE_REASON_SECURITY_CODE_WRONG:
        return "Please look at the digits on its back, or take another card.";
    default:
        return "Your bank can say why; another card may do.";
    }
}

static const char *advice_on(enum cancel_reason reason, const struct payment_declined *declined)
{
    switch (reason) {
    case CANCEL_REASON_PAYMENT_DECLINED:
        return advice_on_card(declined ? declined->reason : DECLINE_REASON_UNKNOWN);
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

void order_advise(struct shown_order *order, const struct story *story)
{
    const struct told *cancelled = story_find(story, MSG_ORDER_CANCELLED);
    const struct told *declined = story_find(story, MSG_PAYMENT_DECLINED);
    enum cancel_reason reason;

    if (cancelled == NULL)
        return;
    reason = ((const struct order_cancelled *)cancelled->body)->reason;
    order->advice = str_of(advice_on(reason, declined ? declined->body : NULL));
    order->again = reason == CANCEL_REASON_PAYMENT_DECLINED ? STR("Try another card") : STR("Order again");
}
