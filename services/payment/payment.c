/* payment.c - taking money for an order, and giving it back.
 *
 * The order id is the acquirer's idempotency key, so every ask may be repeated; only an answer ends one, never silence. */
#include "services/payment/payment.h"

#include "msg/say.h"

/* --- asking ------------------------------------------------------------------------------------------------------- */

static void begin_refund(struct step *step, void *data)
{
    struct payment *row = data;

    row->row.state = PAYMENT_REFUNDING;
    row->attempts = 0;
    ask_refund(step, row);
}

static void begin_void(struct step *step, void *data)
{
    struct payment *row = data;

    held_erase(step, row);
    row->row.state = PAYMENT_VOIDING;
    row->attempts = 0;
    ask_void(step, row);
}

/* Without the card nothing can be charged any more; whether it was, only the acquirer knows. A mere question would leave
 * room for an ask that is still under way: a void settles it, for its answer is either "voided" or "charged". */
static void begin_check(struct step *step, void *data)
{
    begin_void(step, data);
    ((struct payment *)data)->row.state = PAYMENT_CHECKING;
}

/* --- how it ends -------------------------------------------------------------------------------------------------- */

void payment_end(struct step *step, struct payment *row, enum payment_state state)
{
    held_erase(step, row);
    step_forget(step, MSG_ASK_OVERDUE, row->row.key);
    row->row.state = state;
    row->placed = row->reserved = false;
    row->pay_with_id = (struct str){0};
    row->amount_minor = row->ordered_at_ms = 0;
    row->attempts = 0;
}

static void decline(struct step *step, struct payment *row, enum decline_reason reason, struct str detail)
{
    payment_end(step, row, PAYMENT_DECLINED);
    say_payment_declined(step,
                         &(struct payment_declined){
                             .order_id = row->row.key, .reason = reason, .detail = detail, .currency = row->currency});
}

static void charged(struct step *step, struct payment *row, const struct acquirer_answered *answer)
{
    payment_end(step, row, PAYMENT_CHARGED);
    row->transaction_id = answer->transaction_id;
    row->charged_minor = answer->amount_minor;
    say_payment_charged(step, &(struct payment_charged){.order_id = row->row.key,
                                                        .amount_minor = answer->amount_minor,
                                                        .currency = row->currency,
                                                        .transaction_id = answer->transaction_id,
                                                        .card_brand = answer->card_brand,
                                                        .card_last4 = answer->card_last4,
                                                        .charged_at_ms = answer->at_ms});
}

/* The money was taken and nobody wants it: both is said, so that the books agree with the acquirer's. */
static void charged_in_vain(struct step *step, struct payment *row, const struct acquirer_answered *answer)
{
    charged(step, row, answer);
    begin_refund(step, row);
}

static void close_unpaid(struct step *step, void *data)
{
    payment_end(step, data, PAYMENT_CLOSED);
}

static void voided(struct step *step, struct payment *row)
{
    payment_end(step, row, PAYMENT_VOIDED);
    say_payment_voided(step, &(struct payment_voided){.order_id = row->row.key, .currency = row->currency});
}

/* Where the goods were set aside the acquirer may have been asked, in a life that was lost with its card: to be sure. */
static void close_or_void(struct step *step, void *data)
{
    if (((struct payment *)data)->reserved)
        begin_void(step, data);
    else
        close_unpaid(step, data);
}

/* Should the money have been taken all the same, this is what it is counted in. */
static void note_currency(struct step *step, void *data)
{
    ((struct payment *)data)->currency = ((const struct order_placed *)step->heard->body)->order.currency;
}

/* --- what is needed before the acquirer is asked ------------------------------------------------------------------- */

static void charge_when_complete(struct step *step, struct payment *row)
{
    const struct sealed_to *card = row->placed ? held_named(step, row) : NULL;

    if (card && card->ciphertext.len == 0) {
        decline(step, row, DECLINE_REASON_CARD_UNREADABLE,
                STR("Your card waited for longer than we keep one. Please order again."));
    } else if (card && row->reserved) {
        row->row.state = PAYMENT_ASKING;
        ask_charge(step, row);
    }
}

static void take_card(struct step *step, void *data)
{
    struct payment *row = data;
    const struct pay_with *heard = step->heard->body;
    struct str id = id_text(&step->heard->id, step->arena);

    if (row->placed && !str_equal(row->pay_with_id, id))
        return;
    held_add(step, row, id, &heard->card);
    charge_when_complete(step, row);
}

static void take_order(struct step *step, void *data)
{
    struct payment *row = data;
    const struct order_placed *heard = step->heard->body;

    row->placed = true;
    row->pay_with_id = heard->pay_with_id;
    row->amount_minor = heard->order.total_minor;
    row->currency = heard->order.currency;
    row->ordered_at_ms = step->heard->time_ms;
    held_keep_named(step, row);
    charge_when_complete(step, row);
}

static void take_stock(struct step *step, void *data)
{
    struct payment *row = data;

    row->reserved = true;
    charge_when_complete(step, row);
}

static void erase_old_cards(struct step *step, void *data)
{
    held_erase_old(step, data);
    charge_when_complete(step, data);
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

static void hear_charge(struct step *step, void *data)
{
    struct payment *row = data;
    const struct acquirer_answered *heard = step->heard->body;

    switch (heard->answer) {
    case ACQUIRER_ANSWER_CHARGED:
        charged(step, row, heard);
        break;
    case ACQUIRER_ANSWER_DECLINED:
        /* An unreadable card never reached the acquirer; an earlier attempt with it may have. */
        if (heard->decline == DECLINE_REASON_CARD_UNREADABLE && row->attempts > 1)
            begin_check(step, row);
        else
            decline(step, row, heard->decline, heard->detail);
        break;
    case ACQUIRER_ANSWER_VOIDED:
    case ACQUIRER_ANSWER_REFUNDED:
        /* We asked for neither while asking: the acquirer closed the key by itself. */
        decline(step, row, DECLINE_REASON_REFUSED_BY_BANK,
                STR("The bank has closed this payment, and keeps no money for it. Please order again."));
        break;
    case ACQUIRER_ANSWER_NOT_FOUND:
        ask_charge(step, row); /* the ask before was lost, or comes yet: it has the same key */
        break;
    default:
        ask_later(step, row);
    }
}

static void hear_check(struct step *step, void *data)
{
    struct payment *row = data;
    const struct acquirer_answered *heard = step->heard->body;

    if (heard->answer == ACQUIRER_ANSWER_CHARGED)
        charged(step, row, heard);
    else if (heard->answer == ACQUIRER_ANSWER_VOIDED)
        decline(step, row, DECLINE_REASON_CARD_UNREADABLE,
                STR("The bank did not answer while we held your card. Please order again."));
    else if (heard->answer == ACQUIRER_ANSWER_UNKNOWN)
        ask_later(step, row);
}

static void hear_void(struct step *step, void *data)
{
    struct payment *row = data;
    const struct acquirer_answered *heard = step->heard->body;

    if (heard->answer == ACQUIRER_ANSWER_CHARGED)
        charged_in_vain(step, row, heard);
    else if (heard->answer == ACQUIRER_ANSWER_VOIDED)
        voided(step, row);
    else if (heard->answer == ACQUIRER_ANSWER_UNKNOWN)
        ask_later(step, row);
}

static void hear_refund(struct step *step, void *data)
{
    struct payment *row = data;
    const struct acquirer_answered *heard = step->heard->body;

    if (heard->answer == ACQUIRER_ANSWER_UNKNOWN) {
        ask_later(step, row);
    } else if (heard->answer == ACQUIRER_ANSWER_REFUNDED) {
        payment_end(step, row, PAYMENT_REFUNDED);
        row->refund_id = heard->refund_id;
        row->refunded_minor = row->charged_minor;
        say_payment_refunded(step, &(struct payment_refunded){.order_id = row->row.key,
                                                              .amount_minor = row->refunded_minor,
                                                              .currency = row->currency,
                                                              .transaction_id = row->transaction_id,
                                                              .refund_id = row->refund_id});
    }
}

static void hear_late(struct step *step, void *data)
{
    const struct acquirer_answered *heard = step->heard->body;

    if (heard->answer == ACQUIRER_ANSWER_CHARGED)
        charged_in_vain(step, data, heard);
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static const char *const states[] = {
    [PAYMENT_COLLECTING] = "collecting", [PAYMENT_ASKING] = "asking",     [PAYMENT_CHECKING] = "checking",
    [PAYMENT_CHARGED] = "charged",       [PAYMENT_DECLINED] = "declined", [PAYMENT_VOIDING] = "voiding",
    [PAYMENT_REFUNDING] = "refunding",   [PAYMENT_REFUNDED] = "refunded", [PAYMENT_VOIDED] = "voided",
    [PAYMENT_CLOSED] = "closed",
};

/* clang-format off */
static const struct rule table[] = {
    /* when             hears                  then                 because */
    {PAYMENT_COLLECTING, MSG_PAY_WITH,          take_card,           "a card for the order: charge when all is known"},
    {PAYMENT_COLLECTING, MSG_ORDER_PLACED,      take_order,          "the amount, and which card: charge when all is known"},
    {PAYMENT_COLLECTING, MSG_STOCK_RESERVED,    take_stock,          "the goods are set aside: charge when all is known"},
    {PAYMENT_COLLECTING, MSG_ORDER_REJECTED,    close_unpaid,        "the order was not accepted: forget the card"},
    {PAYMENT_COLLECTING, MSG_ORDER_CONFIRMED,   NULL,                "only what is paid is confirmed"},
    {PAYMENT_COLLECTING, MSG_ORDER_CANCELLED,   close_or_void,       "cancelled before anything was charged; were the goods set aside, the acquirer is told"},
    {PAYMENT_COLLECTING, MSG_ACQUIRER_ANSWERED, NULL,                "nothing was asked"},
    {PAYMENT_COLLECTING, MSG_ASK_OVERDUE,       NULL,                "nothing was asked"},
    {PAYMENT_COLLECTING, MSG_CARD_OVERDUE,      erase_old_cards,     "a card is kept for an hour at most"},

    {PAYMENT_ASKING,     MSG_PAY_WITH,          NULL,                "the card is known"},
    {PAYMENT_ASKING,     MSG_ORDER_PLACED,      NULL,                "said twice"},
    {PAYMENT_ASKING,     MSG_STOCK_RESERVED,    NULL,                "said twice"},
    {PAYMENT_ASKING,     MSG_ORDER_REJECTED,    NULL,                "it was placed: it cannot be rejected"},
    {PAYMENT_ASKING,     MSG_ORDER_CONFIRMED,   NULL,                "only what is paid is confirmed"},
    {PAYMENT_ASKING,     MSG_ORDER_CANCELLED,   begin_void,          "cancelled: the acquirer shall forget it, or say that it charged"},
    {PAYMENT_ASKING,     MSG_ACQUIRER_ANSWERED, hear_charge,         "the acquirer's answer; void if the card is unreadable by now"},
    {PAYMENT_ASKING,     MSG_ASK_OVERDUE,       ask_whether_charged, "no answer: did you charge it?"},
    {PAYMENT_ASKING,     MSG_CARD_OVERDUE,      begin_check,         "the card must go: void the charge, or hear that it was made"},

    {PAYMENT_CHECKING,   MSG_PAY_WITH,          NULL,                "it is too late for another card"},
    {PAYMENT_CHECKING,   MSG_ORDER_PLACED,      NULL,                "said twice"},
    {PAYMENT_CHECKING,   MSG_STOCK_RESERVED,    NULL,                "said twice"},
    {PAYMENT_CHECKING,   MSG_ORDER_REJECTED,    NULL,                "it was placed: it cannot be rejected"},
    {PAYMENT_CHECKING,   MSG_ORDER_CONFIRMED,   NULL,                "only what is paid is confirmed"},
    {PAYMENT_CHECKING,   MSG_ORDER_CANCELLED,   begin_void,          "cancelled: whatever the acquirer says, no money stays"},
    {PAYMENT_CHECKING,   MSG_ACQUIRER_ANSWERED, hear_check,          "what the void came to: nothing was taken, or it was charged before"},
    {PAYMENT_CHECKING,   MSG_ASK_OVERDUE,       ask_void,            "no answer: the same question again"},
    {PAYMENT_CHECKING,   MSG_CARD_OVERDUE,      NULL,                "the card is gone"},

    {PAYMENT_CHARGED,    MSG_PAY_WITH,          NULL,                "it is paid"},
    {PAYMENT_CHARGED,    MSG_ORDER_PLACED,      NULL,                "said twice"},
    {PAYMENT_CHARGED,    MSG_STOCK_RESERVED,    NULL,                "said twice"},
    {PAYMENT_CHARGED,    MSG_ORDER_REJECTED,    NULL,                "it was placed: it cannot be rejected"},
    {PAYMENT_CHARGED,    MSG_ORDER_CONFIRMED,   NULL,                "the sale stands"},
    {PAYMENT_CHARGED,    MSG_ORDER_CANCELLED,   begin_refund,        "a later step failed: give it back"},
    {PAYMENT_CHARGED,    MSG_ACQUIRER_ANSWERED, NULL,                "said twice"},
    {PAYMENT_CHARGED,    MSG_ASK_OVERDUE,       NULL,                "it was answered"},
    {PAYMENT_CHARGED,    MSG_CARD_OVERDUE,      NULL,                "the card is gone"},

    {PAYMENT_DECLINED,   MSG_PAY_WITH,          NULL,                "one order, one card"},
    {PAYMENT_DECLINED,   MSG_ORDER_PLACED,      NULL,                "said twice"},
    {PAYMENT_DECLINED,   MSG_STOCK_RESERVED,    NULL,                "there is nothing to charge"},
    {PAYMENT_DECLINED,   MSG_ORDER_REJECTED,    NULL,                "it was placed: it cannot be rejected"},
    {PAYMENT_DECLINED,   MSG_ORDER_CONFIRMED,   NULL,                "only what is paid is confirmed"},
    {PAYMENT_DECLINED,   MSG_ORDER_CANCELLED,   NULL,                "nothing was taken"},
    {PAYMENT_DECLINED,   MSG_ACQUIRER_ANSWERED, hear_late,           "should it have been charged all the same, it goes back"},
    {PAYMENT_DECLINED,   MSG_ASK_OVERDUE,       NULL,                "it was answered"},
    {PAYMENT_DECLINED,   MSG_CARD_OVERDUE,      NULL,                "the card is gone"},

    {PAYMENT_VOIDING,    MSG_PAY_WITH,          NULL,                "the order is over"},
    {PAYMENT_VOIDING,    MSG_ORDER_PLACED,      NULL,                "said twice"},
    {PAYMENT_VOIDING,    MSG_STOCK_RESERVED,    NULL,                "said twice"},
    {PAYMENT_VOIDING,    MSG_ORDER_REJECTED,    NULL,                "it was placed: it cannot be rejected"},
    {PAYMENT_VOIDING,    MSG_ORDER_CONFIRMED,   NULL,                "it was cancelled"},
    {PAYMENT_VOIDING,    MSG_ORDER_CANCELLED,   NULL,                "said twice"},
    {PAYMENT_VOIDING,    MSG_ACQUIRER_ANSWERED, hear_void,           "nothing was taken, or what was taken goes back"},
    {PAYMENT_VOIDING,    MSG_ASK_OVERDUE,       ask_void,            "no answer: the same question again"},
    {PAYMENT_VOIDING,    MSG_CARD_OVERDUE,      NULL,                "the card is gone"},

    {PAYMENT_REFUNDING,  MSG_PAY_WITH,          NULL,                "the order is over"},
    {PAYMENT_REFUNDING,  MSG_ORDER_PLACED,      NULL,                "said twice"},
    {PAYMENT_REFUNDING,  MSG_STOCK_RESERVED,    NULL,                "said twice"},
    {PAYMENT_REFUNDING,  MSG_ORDER_REJECTED,    NULL,                "it was placed: it cannot be rejected"},
    {PAYMENT_REFUNDING,  MSG_ORDER_CONFIRMED,   NULL,                "it was cancelled"},
    {PAYMENT_REFUNDING,  MSG_ORDER_CANCELLED,   NULL,                "said twice"},
    {PAYMENT_REFUNDING,  MSG_ACQUIRER_ANSWERED, hear_refund,         "the money is on its way back"},
    {PAYMENT_REFUNDING,  MSG_ASK_OVERDUE,       ask_refund,          "no answer: the same question again"},
    {PAYMENT_REFUNDING,  MSG_CARD_OVERDUE,      NULL,                "the card is gone"},

    {PAYMENT_REFUNDED,   MSG_PAY_WITH,          NULL,                "the order is over"},
    {PAYMENT_REFUNDED,   MSG_ORDER_PLACED,      NULL,                "said twice"},
    {PAYMENT_REFUNDED,   MSG_STOCK_RESERVED,    NULL,                "said twice"},
    {PAYMENT_REFUNDED,   MSG_ORDER_REJECTED,    NULL,                "it was placed: it cannot be rejected"},
    {PAYMENT_REFUNDED,   MSG_ORDER_CONFIRMED,   NULL,                "it was cancelled"},
    {PAYMENT_REFUNDED,   MSG_ORDER_CANCELLED,   NULL,                "said twice"},
    {PAYMENT_REFUNDED,   MSG_ACQUIRER_ANSWERED, NULL,                "said twice"},
    {PAYMENT_REFUNDED,   MSG_ASK_OVERDUE,       NULL,                "it was answered"},
    {PAYMENT_REFUNDED,   MSG_CARD_OVERDUE,      NULL,                "the card is gone"},

    {PAYMENT_VOIDED,     MSG_PAY_WITH,          NULL,                "the order is over"},
    {PAYMENT_VOIDED,     MSG_ORDER_PLACED,      NULL,                "said twice"},
    {PAYMENT_VOIDED,     MSG_STOCK_RESERVED,    NULL,                "said twice"},
    {PAYMENT_VOIDED,     MSG_ORDER_REJECTED,    NULL,                "it was placed: it cannot be rejected"},
    {PAYMENT_VOIDED,     MSG_ORDER_CONFIRMED,   NULL,                "it was cancelled"},
    {PAYMENT_VOIDED,     MSG_ORDER_CANCELLED,   NULL,                "said twice"},
    {PAYMENT_VOIDED,     MSG_ACQUIRER_ANSWERED, hear_late,           "should it have been charged all the same, it goes back"},
    {PAYMENT_VOIDED,     MSG_ASK_OVERDUE,       NULL,                "it was answered"},
    {PAYMENT_VOIDED,     MSG_CARD_OVERDUE,      NULL,                "the card is gone"},

    {PAYMENT_CLOSED,     MSG_PAY_WITH,          NULL,                "the order is over: the card is not kept"},
    {PAYMENT_CLOSED,     MSG_ORDER_PLACED,      note_currency,       "the cancellation overtook it"},
    {PAYMENT_CLOSED,     MSG_STOCK_RESERVED,    begin_void,          "the cancellation overtook it; in a life that was lost it may have been charged"},
    {PAYMENT_CLOSED,     MSG_ORDER_REJECTED,    NULL,                "said twice"},
    {PAYMENT_CLOSED,     MSG_ORDER_CONFIRMED,   NULL,                "it was cancelled"},
    {PAYMENT_CLOSED,     MSG_ORDER_CANCELLED,   NULL,                "said twice"},
    {PAYMENT_CLOSED,     MSG_ACQUIRER_ANSWERED, hear_late,           "should it have been charged all the same, it goes back"},
    {PAYMENT_CLOSED,     MSG_ASK_OVERDUE,       NULL,                "it was answered"},
    {PAYMENT_CLOSED,     MSG_CARD_OVERDUE,      NULL,                "the card is gone"},
};
/* clang-format on */

const struct rules payment_rules = {
    .name = "payment",
    .kind = KIND_ORDER,
    .states = states,
    .state_count = sizeof(states) / sizeof(states[0]),
    .row_size = sizeof(struct payment),
    .table = table,
    .rule_count = sizeof(table) / sizeof(table[0]),
    .adoptions = payment_adoptions,
    .adoption_count = PAYMENT_ADOPTIONS,
};
