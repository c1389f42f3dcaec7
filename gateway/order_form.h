/* order_form.h - what a shopper typed to order: read, checked field by field, and shown again. */
#ifndef GATEWAY_ORDER_FORM_H
#define GATEWAY_ORDER_FORM_H

#include "gateway/form.h"
#include "msg/types.h"
#include "pages/types.h"

struct order_form {
    struct str email, country, zip_code;
    struct str country_code; /* of base/country.h; empty: the address is taken as typed */
    struct str carrier;      /* empty: the form had no choice of carriers, as the original shop's */
    struct postal_address address;
    struct card card;
    struct str again;            /* why it is filled in as an earlier order was; empty: it is not */
    bool good;                   /* all of it can be ordered with */
    struct shown_checkout shown; /* the same for a page: values and errors, but never a card's number or CVV */
};

/* year and month are today's; in the arena. */
void order_form_read(struct order_form *read, const struct form *form, int year, int month, struct arena *arena);

/* The same of a form that is not finished yet: nothing is wrong with it but a country that nobody knows, and a card is
 * not kept. */
void order_form_unfinished(struct order_form *read, const struct form *form, int year, struct arena *arena);

/* Another country and another carrier for a form that is not finished; empty: the same. */
void order_form_send_to(struct order_form *form, struct str country, struct str carrier);

/* An empty form with the example's values, so that trying the shop is one press. */
void order_form_example(struct order_form *example, int year, struct arena *arena);

/* A local part without stray dots, one @, and a domain of at least two labels, the last no number: what a mail address can be
 * at all. */
bool is_email(struct str text);

#endif
