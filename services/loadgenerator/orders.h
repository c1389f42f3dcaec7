/* orders.h - following orders to their end: each is looked at, as its shopper would, until its page says what became of it. */
#ifndef LOADGENERATOR_ORDERS_H
#define LOADGENERATOR_ORDERS_H

#include "services/loadgenerator/client.h"
#include "services/loadgenerator/cookies.h"
#include "services/loadgenerator/journeys.h"

struct orders;

/* An order that shows no end within patience_ms counts as unknown. */
struct orders *orders_new(struct client *client, const struct journeys *journeys, int64_t patience_ms);

/* What is open counts as unknown. NULL is allowed. */
void orders_free(struct orders *orders);

/* The shop has accepted an order: path is its page, body what the page said at once, intended_us when its shopper wanted
 * to order. cookies are copied. */
void orders_follow(struct orders *orders, struct str path, const struct cookies *cookies, struct str body,
                   int64_t intended_us);

/* How many are still followed. */
size_t orders_open(const struct orders *orders);

#endif
