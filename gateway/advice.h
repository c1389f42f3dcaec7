/* advice.h - what a shopper can do about an order that ended without a sale. */
#ifndef GATEWAY_ADVICE_H
#define GATEWAY_ADVICE_H

#include "gateway/story.h"
#include "pages/types.h"

/* Fills in order->advice, a sentence, and order->again, the words on the button that leads back to the checkout with the
 * cart and the address as they were; nothing for an order that is open or confirmed. order->state is known already. */
void order_advise(struct shown_order *order, const struct story *story);

#endif
