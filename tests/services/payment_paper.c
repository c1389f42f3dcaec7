/* payment_paper.c - the messages of one order, and an acquirer on paper. */
#include "tests/services/payment_paper.h"

struct pay_with card_a, card_b;
struct order_placed placed;
const struct stock_reserved reserved = {.order_id = STR_INIT(ORDER_TEXT)};
const struct order_cancelled cancelled = {.order_id = STR_INIT(ORDER_TEXT)};
const struct order_confirmed confirmed = {.order_id = STR_INIT(ORDER_TEXT)};
const struct order_rejected rejected = {.order_id = STR_INIT(ORDER_TEXT)};

struct acquirer acquirer;

static void do_ask(enum msg_type ask)
{
    if (ask == MSG_CHARGE_CARD && !acquirer.charged && !acquirer.voided && !acquirer.declined) {
        acquirer.declined = acquirer.declines;
        acquirer.charged = !acquirer.declines;
        acquirer.charges += acquirer.charged;
    } else if (ask == MSG_VOID_CHARGE && !acquirer.charged && !acquirer.declined) {
        acquirer.voided = true;
    } else if (ask == MSG_REFUND_CHARGE) {
        assert_true(acquirer.charged);
        acquirer.refunds += !acquirer.refunded;
        acquirer.refunded = true;
    }
}

static enum acquirer_answer word_on(enum msg_type ask)
{
    if (ask == MSG_QUERY_CHARGE && !acquirer.charged && !acquirer.declined && !acquirer.voided)
        return ACQUIRER_ANSWER_NOT_FOUND;
    if (acquirer.refunded)
        return ask == MSG_VOID_CHARGE ? ACQUIRER_ANSWER_VOIDED : ACQUIRER_ANSWER_REFUNDED;
    if (acquirer.charged)
        return ACQUIRER_ANSWER_CHARGED;
    return acquirer.declined && ask != MSG_VOID_CHARGE ? ACQUIRER_ANSWER_DECLINED : ACQUIRER_ANSWER_VOIDED;
}

static struct acquirer_answered answer_of(enum acquirer_answer word)
{
    struct acquirer_answered body = {.order_id = ORDER, .answer = word};

    if (word == ACQUIRER_ANSWER_CHARGED || word == ACQUIRER_ANSWER_REFUNDED) {
        body.transaction_id = STR("ch_1");
        body.amount_minor = TOTAL;
        body.card_brand = STR("visa");
        body.card_last4 = STR("0454");
    }
    if (word == ACQUIRER_ANSWER_REFUNDED)
        body.refund_id = STR("re_1");
    if (word == ACQUIRER_ANSWER_DECLINED)
        body.decline = DECLINE_REASON_INSUFFICIENT_FUNDS;
    return body;
}

void acquire(struct rehearsal *r, const struct said *asked, const void *asked_body)
{
    bool first = acquirer.asks++ == 0;
    struct acquirer_answered body;

    (void)asked_body;
    if (!first || acquirer.first != LOST)
        do_ask(asked->type);
    body = answer_of(first && acquirer.first != ANSWERED ? ACQUIRER_ANSWER_UNKNOWN : word_on(asked->type));
    rehearsal_later(r, &(struct play){.type = MSG_ACQUIRER_ANSWERED, .body = &body});
}

void forget_acquirer(struct rehearsal *r)
{
    (void)r;
    acquirer = (struct acquirer){.first = acquirer.first, .declines = acquirer.declines};
}

/* --- helpers ------------------------------------------------------------------------------------------------------ */

struct held_cards held_of(struct rehearsal *r)
{
    const struct payment *row = rehearsal_row(r, ORDER);
    struct held_cards held = {{0}};

    if (row->cards.len > 0)
        assert_int_equal(record_decode(RECORD_HELD_CARDS, row->cards, &r->arena, &held, NULL), ST_OK);
    return held;
}

int make_bodies(void **state)
{
    static char id[ID_TEXT_LEN];
    struct rehearsal r;

    (void)state;
    card_a = (struct pay_with){.order_id = ORDER, .card = {STR("k"), STR("e"), STR("card a")}};
    card_b = (struct pay_with){.order_id = ORDER, .card = {STR("k"), STR("e"), STR("card b")}};
    rehearsal_init(&r, &payment_rules, NULL, NULL);
    rehearsal_hear(&r, MSG_PAY_WITH, &card_a, "a"); /* tells the id that the rehearsal gives to this name */
    memcpy(id, held_of(&r).cards.items[0].pay_with_id.ptr, sizeof(id));
    rehearsal_release(&r);
    placed = (struct order_placed){
        .order_id = ORDER, .pay_with_id = {id, sizeof(id)}, .order = {.currency = STR("USD"), .total_minor = TOTAL}};
    return 0;
}

void begin(struct rehearsal *r)
{
    rehearsal_init(r, &payment_rules, NULL, NULL);
}

void expect(struct rehearsal *r, enum payment_state state)
{
    const struct payment *row = rehearsal_row(r, ORDER);

    assert_int_equal(rehearsal_state(r, ORDER), state);
    if (row && state != PAYMENT_COLLECTING && state != PAYMENT_ASKING)
        assert_int_equal(row->cards.len, 0);
}

void come_to_ask(struct rehearsal *r)
{
    rehearsal_hear(r, MSG_PAY_WITH, &card_a, "a");
    rehearsal_hear(r, MSG_ORDER_PLACED, &placed, "placed");
    rehearsal_hear(r, MSG_STOCK_RESERVED, &reserved, "reserved");
    expect(r, PAYMENT_ASKING);
}

void hear_answer(struct rehearsal *r, enum acquirer_answer word, enum decline_reason reason)
{
    struct acquirer_answered body = answer_of(word);

    body.decline = reason;
    rehearsal_hear(r, MSG_ACQUIRER_ANSWERED, &body, NULL);
}

void let_it_end(struct rehearsal *r)
{
    for (unsigned i = 0; i < 20; i++) {
        rehearsal_settle(r);
        if (rehearsal_due(r, MSG_ASK_OVERDUE, ORDER) == INT64_MIN)
            return;
        rehearsal_ring(r, MSG_ASK_OVERDUE, ORDER);
    }
    fail_msg("asked for ever");
}
