/* payment_answers_test.c - asks and answers on a line that delays, doubles and loses them: in whatever order they arrive, no
 * order is charged twice, and no cancelled one stays charged. */
/* links: services/payment/payment.c services/payment/ask.c services/payment/held.c services/payment/adopt.c tests/services/payment_paper.c tests/rehearsal msg base */
#include <stdio.h>
#include <stdlib.h>

#include "tests/services/payment_paper.h"

enum { STORIES = 20000, LINE_MAX = 64, TURNS_MAX = 60 };

/* The acquirer's page of the order. What it does, it does once, in the order in which asks reach it. */
static struct book {
    enum { NEW, CHARGED, DECLINED, VOIDED, REFUNDED } state;
    unsigned charges, refunds;
    bool poor;
} book;

/* On the way to the acquirer, and back from it. An ask that payment has given up may arrive all the same. */
static struct {
    enum msg_type asks[LINE_MAX];
    size_t ask_count;
    struct acquirer_answered answers[LINE_MAX];
    size_t answer_count;
} line;

static unsigned seed;

static bool chance(unsigned percent)
{
    return (unsigned)rand_r(&seed) % 100 < percent;
}

static size_t any_of(size_t count)
{
    return (size_t)rand_r(&seed) % count;
}

static struct acquirer_answered word(enum acquirer_answer answer)
{
    return (struct acquirer_answered){.order_id = ORDER,
                                      .answer = answer,
                                      .transaction_id = STR("ch_1"),
                                      .refund_id = STR("re_1"),
                                      .amount_minor = TOTAL,
                                      .decline = DECLINE_REASON_INSUFFICIENT_FUNDS,
                                      .at_ms = 1};
}

static struct acquirer_answered do_at_acquirer(enum msg_type ask)
{
    static const enum acquirer_answer words[] = {ACQUIRER_ANSWER_NOT_FOUND, ACQUIRER_ANSWER_CHARGED,
                                                 ACQUIRER_ANSWER_DECLINED, ACQUIRER_ANSWER_VOIDED,
                                                 ACQUIRER_ANSWER_REFUNDED};

    if (ask == MSG_CHARGE_CARD && book.state == NEW) {
        book.state = book.poor ? DECLINED : CHARGED;
        book.charges += !book.poor;
    } else if (ask == MSG_VOID_CHARGE && book.state == NEW) {
        book.state = VOIDED;
    } else if (ask == MSG_REFUND_CHARGE && book.state == CHARGED) {
        book.state = REFUNDED;
        book.refunds++;
    }
    if (ask == MSG_REFUND_CHARGE && book.state != REFUNDED)
        return word(ACQUIRER_ANSWER_UNKNOWN);
    if (ask == MSG_VOID_CHARGE && book.state != CHARGED)
        return word(ACQUIRER_ANSWER_VOIDED);
    return word(words[book.state]);
}

static void put_ask(struct rehearsal *r, const struct said *asked, const void *body)
{
    (void)r, (void)body;
    assert_true(line.ask_count < LINE_MAX);
    line.asks[line.ask_count++] = asked->type;
}

static void put_answer(struct acquirer_answered answer)
{
    if (line.answer_count < LINE_MAX)
        line.answers[line.answer_count++] = answer;
}

/* An ask reaches the acquirer. Its answer may be lost, or come twice. */
static void ask_arrives(bool faults)
{
    size_t i = any_of(line.ask_count);
    struct acquirer_answered answer = do_at_acquirer(line.asks[i]);

    line.asks[i] = line.asks[--line.ask_count];
    if (faults && chance(25))
        return;
    put_answer(answer);
    if (faults && chance(25))
        put_answer(answer);
}

static void answer_arrives(struct rehearsal *r)
{
    size_t i = any_of(line.answer_count);
    struct acquirer_answered answer = line.answers[i];

    line.answers[i] = line.answers[--line.answer_count];
    rehearsal_hear(r, MSG_ACQUIRER_ANSWERED, &answer, NULL);
}

static bool ring_one(struct rehearsal *r, enum msg_type deadline)
{
    if (rehearsal_due(r, deadline, ORDER) == INT64_MIN)
        return false;
    rehearsal_ring(r, deadline, ORDER);
    return true;
}

static void any_turn(struct rehearsal *r, bool *was_cancelled)
{
    unsigned dice = (unsigned)rand_r(&seed) % 100;

    if (dice < 35 && line.ask_count > 0)
        ask_arrives(true);
    else if (dice < 65 && line.answer_count > 0)
        answer_arrives(r);
    else if (dice < 75)
        rehearsal_hear(r, MSG_ACQUIRER_ANSWERED, &(struct acquirer_answered){.order_id = ORDER}, NULL); /* silence */
    else if (dice < 92)
        ring_one(r, MSG_ASK_OVERDUE);
    else if (dice < 94)
        ring_one(r, MSG_CARD_OVERDUE);
    else if (dice < 96 && !*was_cancelled) {
        *was_cancelled = true;
        rehearsal_hear(r, MSG_ORDER_CANCELLED, &cancelled, NULL);
    }
}

/* The faults are over: what is on the line arrives, in any order, and what is still open is asked until it is answered. */
static void come_to_rest(struct rehearsal *r)
{
    for (int i = 0; i < 200; i++) {
        if (line.ask_count > 0 && (line.answer_count == 0 || chance(50)))
            ask_arrives(false);
        else if (line.answer_count > 0)
            answer_arrives(r);
        else if (!ring_one(r, MSG_ASK_OVERDUE))
            return;
    }
    fail_msg("it asks for ever");
}

static const char *check(struct rehearsal *r, bool was_cancelled)
{
    const struct payment *row = rehearsal_row(r, ORDER);
    unsigned charged = (unsigned)rehearsal_said(r, MSG_PAYMENT_CHARGED);
    unsigned refunded = (unsigned)rehearsal_said(r, MSG_PAYMENT_REFUNDED);

    if (book.charges > 1)
        return "it was charged twice";
    if (book.charges != charged || book.refunds != refunded)
        return "what was said is not what the acquirer did";
    if (was_cancelled && book.charges != book.refunds)
        return "it was cancelled, and the money stayed";
    if (rehearsal_said(r, MSG_PAYMENT_DECLINED) && book.charges != book.refunds)
        return "it was declined, and charged";
    if (!was_cancelled && charged + rehearsal_said(r, MSG_PAYMENT_DECLINED) == 0)
        return "it has no outcome";
    if (row->charged_minor - row->refunded_minor != (int64_t)TOTAL * (book.charges - book.refunds))
        return "the row is not what was said";
    return row->cards.len ? "the card was kept" : NULL;
}

static void tell(unsigned story, unsigned *outcomes)
{
    bool was_cancelled = false;
    struct rehearsal r;
    const char *wrong;

    seed = story;
    book = (struct book){.poor = chance(15)};
    line.ask_count = line.answer_count = 0;
    begin(&r);
    r.answer = put_ask;
    rehearsal_hear(&r, MSG_PAY_WITH, &card_a, "a");
    rehearsal_hear(&r, MSG_ORDER_PLACED, &placed, "placed");
    rehearsal_hear(&r, MSG_STOCK_RESERVED, &reserved, "reserved");
    for (size_t i = any_of(TURNS_MAX); i > 0 && line.ask_count < LINE_MAX - 4; i--)
        any_turn(&r, &was_cancelled);
    come_to_rest(&r);
    wrong = check(&r, was_cancelled);
    if (wrong)
        fail_msg("story %u: %s", story, wrong);
    outcomes[rehearsal_state(&r, ORDER)]++;
    rehearsal_release(&r);
}

static void charges_once_or_gives_back_whatever_arrives_in_which_order(void **state)
{
    unsigned outcomes[PAYMENT_CLOSED + 1] = {0};

    (void)state;
    for (unsigned story = 1; story <= STORIES; story++)
        tell(story, outcomes);
    assert_true(outcomes[PAYMENT_CHARGED] > STORIES / 10); /* all ends were come to */
    assert_true(outcomes[PAYMENT_DECLINED] > STORIES / 100);
    assert_true(outcomes[PAYMENT_REFUNDED] > STORIES / 100);
    assert_true(outcomes[PAYMENT_VOIDED] > STORIES / 100);
    assert_int_equal(outcomes[PAYMENT_CHARGED] + outcomes[PAYMENT_DECLINED] + outcomes[PAYMENT_REFUNDED] +
                         outcomes[PAYMENT_VOIDED],
                     STORIES);
}

/* The card is gone with the database and from the log; the goods tell that the bank may have been asked. */
static void voids_what_may_have_been_charged_in_a_life_that_was_lost(void **state)
{
    struct rehearsal r;

    (void)state;
    for (int overtaken = 0; overtaken <= 1; overtaken++) {
        begin(&r);
        rehearsal_hear(&r, MSG_ORDER_PLACED, &placed, "placed");
        if (!overtaken)
            rehearsal_hear(&r, MSG_STOCK_RESERVED, &reserved, "reserved");
        rehearsal_hear(&r, MSG_ORDER_CANCELLED, &cancelled, "cancelled");
        if (overtaken)
            rehearsal_hear(&r, MSG_STOCK_RESERVED, &reserved, "reserved");
        expect(&r, PAYMENT_VOIDING);
        hear_answer(&r, ACQUIRER_ANSWER_VOIDED, 0);
        expect(&r, PAYMENT_VOIDED);
        assert_int_equal(rehearsal_said(&r, MSG_PAYMENT_VOIDED), 1);
        rehearsal_release(&r);
    }
}

static void keeps_only_so_many_cards(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    for (int i = 0; i < PAYMENT_CARDS_MAX + 5; i++)
        rehearsal_hear(&r, MSG_PAY_WITH, &card_b, NULL);
    assert_int_equal(held_of(&r).cards.count, PAYMENT_CARDS_MAX);
    rehearsal_release(&r);
}

static void asks_for_the_same_charge_again_when_the_acquirer_never_heard_of_it(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    come_to_ask(&r);
    for (int i = 2; i < 10; i++) {
        const struct charge_card *ask;

        rehearsal_ring(&r, MSG_ASK_OVERDUE, ORDER);
        hear_answer(&r, ACQUIRER_ANSWER_NOT_FOUND, 0);
        ask = rehearsal_last_asked(&r, MSG_CHARGE_CARD);
        assert_int_equal(rehearsal_asked(&r, MSG_CHARGE_CARD), i);
        assert_int_equal(ask->amount_minor, TOTAL);
        assert_true(str_is(ask->card.ciphertext, "card a"));
    }
    hear_answer(&r, ACQUIRER_ANSWER_CHARGED, 0);
    hear_answer(&r, ACQUIRER_ANSWER_NOT_FOUND, 0); /* a late word on the question before */
    expect(&r, PAYMENT_CHARGED);
    assert_int_equal(rehearsal_asked(&r, MSG_CHARGE_CARD), 9);
    rehearsal_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_the_same_charge_again_when_the_acquirer_never_heard_of_it),
        cmocka_unit_test(charges_once_or_gives_back_whatever_arrives_in_which_order),
        cmocka_unit_test(voids_what_may_have_been_charged_in_a_life_that_was_lost),
        cmocka_unit_test(keeps_only_so_many_cards),
    };

    return cmocka_run_group_tests_name("payment's answers", tests, make_bodies, NULL);
}
