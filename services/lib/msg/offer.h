/* offer.h - what may be offered: one rule for the keeper's tool, which says so at once, and for the catalogue, which decides. */
#ifndef MSG_OFFER_H
#define MSG_OFFER_H

#include "msg/msg.h"

/* In minor units; a dearer cart could not be added up in every currency. */
#define OFFER_MOST_MINOR INT64_C(1000000000000)

/* What keeps this product from being offered, as a sentence that lives for ever; NULL: nothing. */
const char *offer_fault(const struct add_product *offer);

#endif
