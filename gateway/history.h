/* history.h - a shopper's orders, newest first, a part of them at a time, read from the views. */
#ifndef GATEWAY_HISTORY_H
#define GATEWAY_HISTORY_H

#include "gateway/gateway.h"

enum { HISTORY_MAX_ROWS = 20 };

/* Lives in the request's arena. */
struct history {
    bool away; /* it cannot be said at this moment what there is */
    size_t total;
    struct shown_order_row_list rows;
};

typedef void history_fn(struct visit *visit, const struct history *history);

/* Reads count (at most HISTORY_MAX_ROWS) of user_id's orders, from the first-th on (0: the newest), in two round trips;
 * calls then once, never before it returned. */
void history_look(struct visit *visit, struct str user_id, size_t first, size_t count, history_fn *then);

#endif
