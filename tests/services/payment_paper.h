/* payment_paper.h - what payment's tests share: the messages of one order, and an acquirer on paper. */
#ifndef PAYMENT_PAPER_H
#define PAYMENT_PAPER_H

#include "services/payment/payment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/rehearsal/rehearsal.h"

#define ORDER_TEXT "8a5f3f5e-6f52-5d3c-9f0e-2d1d0c5b7a10"
#define ORDER STR(ORDER_TEXT)

enum { TOTAL = 2697 };

/* The order names the card that is played as "a". */
extern struct pay_with card_a, card_b;
extern struct order_placed placed;
extern const struct stock_reserved reserved;
extern const struct order_cancelled cancelled;
extern const struct order_confirmed confirmed;
extern const struct order_rejected rejected;

/* It keeps one key, as the real one does. What becomes of the first ask is the test's choice. */
enum fate { ANSWERED, LOST, DONE_BUT_SILENT };

extern struct acquirer {
    enum fate first;
    bool declines;
    unsigned asks, charges, refunds;
    bool charged, voided, declined, refunded;
} acquirer;

/* For struct rehearsal's answer, and for every_order's setup. */
void acquire(struct rehearsal *r, const struct said *asked, const void *body);
void forget_acquirer(struct rehearsal *r);

int make_bodies(void **state);
void begin(struct rehearsal *r);
struct held_cards held_of(struct rehearsal *r);

/* The state it must be in; in one without an ask for a charge no card may be left. */
void expect(struct rehearsal *r, enum payment_state state);

/* The ask for the charge is out, its answer not heard. */
void come_to_ask(struct rehearsal *r);
void hear_answer(struct rehearsal *r, enum acquirer_answer word, enum decline_reason reason);

/* The faults are over: what is still asked is asked until it is answered. */
void let_it_end(struct rehearsal *r);

#endif
