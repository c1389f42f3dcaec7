/* terms.h - whether the shop sells on the terms that an order names. */
#ifndef CHECKOUT_TERMS_H
#define CHECKOUT_TERMS_H

#include "msg/shelf.h"

enum { TERMS_LINES_MAX = 100, TERMS_QUANTITY_MAX = 99 };

/* REJECT_REASON_UNKNOWN when it does. Otherwise the reason, and in *detail a sentence for the shopper, in the arena.
 * Prices must be what the shelf gives today, or come from a newer version than the shelf has: its owner said that one,
 * and the shopper saw it. */
enum reject_reason terms_check(const struct shelf *shelf, const struct order *order, struct arena *arena,
                               struct str *detail);

#endif
