/* order_view.h - whose an order is, and how far: what its page and its live stream both start from. */
#ifndef GATEWAY_ORDER_VIEW_H
#define GATEWAY_ORDER_VIEW_H

#include "gateway/gateway.h"
#include "gateway/timeline.h"

enum order_view {
    ORDER_VIEW_OWN,       /* the visitor's own */
    ORDER_VIEW_NONE,      /* there is none, or it is somebody else's: the same to a visitor */
    ORDER_VIEW_AWAY,      /* it cannot be said at this moment */
    ORDER_VIEW_FORGOTTEN, /* its shopper is forgotten, so it is nobody's: whoever has the address may see that */
};

/* After a look that asked for this order. timeline is made in any case. */
enum order_view order_view(const struct visit *visit, struct str order_id, struct timeline *timeline);

/* The generation of the cart that an order of the visitor's own was made from. */
int64_t order_generation(const struct visit *visit, const struct timeline *timeline);

/* Whether the cart has heard how the order ended: until then it counts what was bought. True when nobody can say. */
bool order_was_heard_by_cart(const struct timeline *timeline, const struct look *look);

/* Whether its page has nothing more to wait for: the story is over, and the cart has heard of it. */
bool order_is_settled(const struct timeline *timeline, const struct look *look);

/* The carrier's name instead of the word that services know it by. */
void order_name_carrier(const struct gateway *gateway, struct shown_order *order);

#endif
