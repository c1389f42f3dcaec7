/* checkout.h - the words of checkout: one order, from its placing to its one end. */
#ifndef CHECKOUT_CHECKOUT_H
#define CHECKOUT_CHECKOUT_H

#include "msg/rule.h"
#include "store/table.h"

enum checkout_state {
    CHECKOUT_NEW,       /* not placed; what others say of it already is remembered */
    CHECKOUT_UNWANTED,  /* its customer's cancellation came first */
    CHECKOUT_PLACED,    /* accepted and frozen; the others are at work */
    CHECKOUT_CONFIRMED, /* the end: everything happened */
    CHECKOUT_CANCELLED, /* the end: nothing happened, or is undone */
    CHECKOUT_REJECTED   /* the end: never accepted */
};

struct checkout_order {
    struct row row;                      /* key: the order's id */
    struct str user_id;                  /* whose it is; while it is unwanted: who took it back */
    struct str placed;                   /* the frozen Order, encoded; empty until it is placed */
    int32_t reason;                      /* enum cancel_reason: why there is no sale; 0 while there may be one */
    struct str detail;                   /* the sentence that goes with it */
    struct str carrier, tracking_number; /* of the parcel; empty until there is one */
};

struct checkout_settings {
    int64_t order_deadline_ms; /* from placing to giving up */
};

/* One of the three ends: from here on the row holds what was said of the order, and nothing else. */
void checkout_end(struct step *step, struct checkout_order *order, enum checkout_state state);

/* What the cart of that generation hears: it is being ordered; what was sold of it; it stays as it is, and why. */
void checkout_hold_cart(struct step *step, const struct checkout_order *order, int64_t generation);
void checkout_take_from_cart(struct step *step, const struct checkout_order *order, const struct order *placed);
void checkout_keep_cart(struct step *step, const struct checkout_order *order, int64_t generation);

/* adopt.c: what was said in a life that was lost. */
enum { CHECKOUT_ADOPTIONS = 8 };

extern const struct adoption checkout_adoptions[CHECKOUT_ADOPTIONS];

/* step->memory is a struct shelf, step->settings a struct checkout_settings. */
extern const struct rules checkout_rules;

/* For struct lane: a PlaceOrder or a CancelOrder that nobody will hear is rejected, or refused. */
void checkout_refuse(struct step *step, void *row);

extern const struct table checkout_table;

#endif
