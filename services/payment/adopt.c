/* adopt.c - what payment said in a life that its database has lost, taken over: nothing is charged or given back twice. */
#include "services/payment/payment.h"

/* Was it cancelled as far as this row knows, the money is on its way back, or is asked for again. */
static void adopt_charge(struct step *step, void *data)
{
    struct payment *row = data;
    const struct payment_charged *said = step->heard->body;
    bool unwanted = row->row.state == PAYMENT_DECLINED || row->row.state == PAYMENT_VOIDING ||
                    row->row.state >= PAYMENT_VOIDED;

    if (row->charged_minor > 0)
        return;
    payment_end(step, row, PAYMENT_CHARGED);
    row->transaction_id = said->transaction_id;
    row->charged_minor = said->amount_minor;
    row->currency = said->currency;
    if (!unwanted)
        return;
    row->row.state = PAYMENT_REFUNDING;
    step_remind_soon(step, MSG_ASK_OVERDUE, row->row.key, step->now_ms);
}

static void adopt_refund(struct step *step, void *data)
{
    struct payment *row = data;
    const struct payment_refunded *said = step->heard->body;

    payment_end(step, row, PAYMENT_REFUNDED);
    row->refund_id = said->refund_id;
    row->refunded_minor = said->amount_minor;
}

static void adopt_decline(struct step *step, void *data)
{
    payment_end(step, data, PAYMENT_DECLINED);
    ((struct payment *)data)->currency = ((const struct payment_declined *)step->heard->body)->currency;
}

static void adopt_void(struct step *step, void *data)
{
    payment_end(step, data, PAYMENT_VOIDED);
    ((struct payment *)data)->currency = ((const struct payment_voided *)step->heard->body)->currency;
}

/* clang-format off */
const struct adoption payment_adoptions[PAYMENT_ADOPTIONS] = {
    /* what was said         then           because */
    {MSG_PAYMENT_CHARGED,  adopt_charge,  "the acquirer took the money: it is not asked again"},
    {MSG_PAYMENT_DECLINED, adopt_decline, "no money was taken, and none will be"},
    {MSG_PAYMENT_REFUNDED, adopt_refund,  "all of it was given back"},
    {MSG_PAYMENT_VOIDED,   adopt_void,    "the acquirer has closed the order"},
};
/* clang-format on */
