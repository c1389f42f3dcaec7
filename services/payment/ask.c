/* ask.c - what payment asks the acquirer, and how long it waits for an answer.
 *
 * Each ask carries the order as its key: the same one again does nothing new. */
#include "services/payment/payment.h"

#include "msg/say.h"

static int64_t doubled(int64_t first_ms, int32_t attempts)
{
    int64_t wait_ms = first_ms;

    for (int32_t i = 1; i < attempts && wait_ms < PAYMENT_ASK_MAX_MS; i++)
        wait_ms *= 2;
    return wait_ms < PAYMENT_ASK_MAX_MS ? wait_ms : PAYMENT_ASK_MAX_MS;
}

static void count_attempt(struct step *step, struct payment *row)
{
    step_asked_before(step, row->attempts++);
    step_remind_soon(step, MSG_ASK_OVERDUE, row->row.key, step->now_ms + doubled(PAYMENT_ASK_MS, row->attempts));
}

void ask_later(struct step *step, void *data)
{
    struct payment *row = data;

    step_remind_soon(step, MSG_ASK_OVERDUE, row->row.key, step->now_ms + doubled(PAYMENT_PAUSE_MS, row->attempts));
}

void ask_charge(struct step *step, void *data)
{
    struct payment *row = data;
    const struct sealed_to *card = held_named(step, row);

    count_attempt(step, row);
    ask_charge_card(step, &(struct charge_card){.order_id = row->row.key,
                                                .amount_minor = row->amount_minor,
                                                .currency = row->currency,
                                                .card = *card,
                                                .ordered_at_ms = row->ordered_at_ms});
}

void ask_whether_charged(struct step *step, void *data)
{
    struct payment *row = data;

    count_attempt(step, row);
    ask_query_charge(step, &(struct query_charge){.order_id = row->row.key});
}

void ask_void(struct step *step, void *data)
{
    struct payment *row = data;

    count_attempt(step, row);
    ask_void_charge(step, &(struct void_charge){.order_id = row->row.key});
}

void ask_refund(struct step *step, void *data)
{
    struct payment *row = data;

    count_attempt(step, row);
    ask_refund_charge(step, &(struct refund_charge){.order_id = row->row.key,
                                                    .transaction_id = row->transaction_id,
                                                    .amount_minor = row->charged_minor,
                                                    .currency = row->currency});
}
