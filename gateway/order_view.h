/* order_view.h - whose an order is, and how far: what its page and its live stream both start from. */
#ifndef GATEWAY_ORDER_VIEW_H
#define GATEWAY_ORDER_VIEW_H

#include "gateway/gateway.h"
#include "gateway/timeline.h"

enum order_view {
    ORDER_VIEW_OWN,  /* the visitor's own */
    ORDER_VIEW_NONE, /* there is none, or it is somebody else's: the same to a visitor */
    ORDER_VIEW_AWAY  /* it cannot be said at this moment */
};

/* After a look that asked for this order. timeline is made in any case. */
enum order_view order_view(const struct visit *visit, struct str order_id, struct timeline *timeline);

#endif
