/* payment_test.c - money is taken once, for the order's own card, and given back whenever the order ends without a sale. */
/* links: services/payment/payment.c services/payment/ask.c services/payment/held.c services/payment/adopt.c tests/services/payment_paper.c tests/rehearsal msg base */
#include "tests/services/payment_paper.h"

#include <stdlib.h>

/* --- any order of arrival ----------------------------------------------------------------------------------------- */

static const char *check_books(struct rehearsal *r)
{
    const struct payment *row = rehearsal_row(r, ORDER);
    int64_t charges = (int64_t)rehearsal_said(r, MSG_PAYMENT_CHARGED);
    int64_t refunds = (int64_t)rehearsal_said(r, MSG_PAYMENT_REFUNDED);

    if (row->cards.len > 0 || rehearsal_due(r, MSG_CARD_OVERDUE, ORDER) != INT64_MIN)
        return "the card was kept";
    if (charges > 1 || acquirer.charges != charges || acquirer.refunds != refunds)
        return "what was said is not what the acquirer did";
    if (row->charged_minor - row->refunded_minor != TOTAL * (charges - refunds))
        return "the row is not what was said";
    return NULL;
}

static const char *must_be_paid(struct rehearsal *r, void *context)
{
    const char *wrong;

    let_it_end(r);
    if (rehearsal_state(r, ORDER) != PAYMENT_CHARGED || acquirer.charges != 1)
        return "it was not charged";
    wrong = check_books(r);
    return wrong ? wrong : rehearsal_same_outcome(r, context);
}

static const char *must_be_nothing(struct rehearsal *r, void *context)
{
    (void)context;
    let_it_end(r);
    return acquirer.charges != acquirer.refunds ? "money stayed although the order was cancelled" : check_books(r);
}

static const struct play story[] = {
    {.type = MSG_PAY_WITH, .body = &card_a, .name = "a"},
    {.type = MSG_ORDER_PLACED, .body = &placed, .name = "placed"},
    {.type = MSG_STOCK_RESERVED, .body = &reserved, .name = "reserved"},
    {.type = MSG_PAY_WITH, .body = &card_b, .name = "b"},
};

static const struct play cancelled_story[] = {
    {.type = MSG_PAY_WITH, .body = &card_a, .name = "a"},
    {.type = MSG_ORDER_PLACED, .body = &placed, .name = "placed"},
    {.type = MSG_STOCK_RESERVED, .body = &reserved, .name = "reserved"},
    {.type = MSG_ORDER_CANCELLED, .body = &cancelled, .name = "cancelled"},
};

static size_t play_all(const struct play *plays, rehearsal_check *check, unsigned rings)
{
    struct str outcome = {0};
    struct every_order every = {.messages = plays,
                                .count = 4,
                                .repeats = true,
                                .rings = rings,
                                .setup = forget_acquirer,
                                .check = check,
                                .context = &outcome,
                                .limit = 20000};
    struct rehearsal r;
    size_t count;

    begin(&r);
    r.answer = acquire;
    count = rehearsal_every_order(&r, &every);
    free((char *)(uintptr_t)outcome.ptr);
    rehearsal_release(&r);
    return count;
}

static void charges_once_whatever_comes_first(void **state)
{
    (void)state;
    for (enum fate first = ANSWERED; first <= DONE_BUT_SILENT; first++) {
        acquirer = (struct acquirer){.first = first};
        assert_true(play_all(story, must_be_paid, 0) > 100);
    }
}

static void keeps_no_money_of_a_cancelled_order(void **state)
{
    (void)state;
    for (enum fate first = ANSWERED; first <= DONE_BUT_SILENT; first++)
        for (int declines = 0; declines <= 1; declines++) {
            acquirer = (struct acquirer){.first = first, .declines = declines};
            assert_true(play_all(cancelled_story, must_be_nothing, 1) > 1000);
        }
}

/* --- which card --------------------------------------------------------------------------------------------------- */

static void charges_the_card_that_the_order_names(void **state)
{
    struct rehearsal r;
    const struct charge_card *ask;

    (void)state;
    begin(&r);
    rehearsal_hear(&r, MSG_PAY_WITH, &card_b, "b");
    rehearsal_hear(&r, MSG_STOCK_RESERVED, &reserved, "reserved");
    rehearsal_hear(&r, MSG_ORDER_PLACED, &placed, "placed");
    expect(&r, PAYMENT_COLLECTING);
    assert_int_equal(held_of(&r).cards.count, 0);
    rehearsal_hear(&r, MSG_PAY_WITH, &card_b, "b again");
    assert_int_equal(held_of(&r).cards.count, 0);
    rehearsal_hear(&r, MSG_PAY_WITH, &card_a, "a");
    expect(&r, PAYMENT_ASKING);
    ask = rehearsal_last_asked(&r, MSG_CHARGE_CARD);
    assert_true(str_is(ask->card.ciphertext, "card a"));
    assert_int_equal(ask->amount_minor, TOTAL);
    assert_true(str_is(ask->currency, "USD"));
    assert_int_equal(ask->ordered_at_ms, REHEARSAL_START_MS);
    rehearsal_release(&r);
}

static void erases_each_card_after_its_hour(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    rehearsal_hear(&r, MSG_PAY_WITH, &card_a, "a");
    r.now_ms += 1000;
    rehearsal_hear(&r, MSG_PAY_WITH, &card_b, "b");
    assert_int_equal(rehearsal_due(&r, MSG_CARD_OVERDUE, ORDER), REHEARSAL_START_MS + PAYMENT_CARD_KEPT_MS);
    rehearsal_ring(&r, MSG_CARD_OVERDUE, ORDER);
    assert_int_equal(held_of(&r).cards.items[0].card.ciphertext.len, 0);
    assert_int_equal(held_of(&r).cards.items[1].card.ciphertext.len, 6);
    rehearsal_ring(&r, MSG_CARD_OVERDUE, ORDER);
    assert_int_equal(held_of(&r).cards.items[1].card.ciphertext.len, 0);
    expect(&r, PAYMENT_COLLECTING);
    rehearsal_hear(&r, MSG_ORDER_PLACED, &placed, "placed");
    expect(&r, PAYMENT_DECLINED);
    assert_int_equal(((const struct payment_declined *)rehearsal_last(&r, MSG_PAYMENT_DECLINED))->reason,
                     DECLINE_REASON_CARD_UNREADABLE);
    rehearsal_release(&r);
}

static void declines_when_the_goods_took_longer_than_the_card_is_kept(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    rehearsal_hear(&r, MSG_PAY_WITH, &card_a, "a");
    rehearsal_hear(&r, MSG_ORDER_PLACED, &placed, "placed");
    rehearsal_ring(&r, MSG_CARD_OVERDUE, ORDER);
    expect(&r, PAYMENT_DECLINED);
    assert_int_equal(rehearsal_said(&r, MSG_PAYMENT_DECLINED), 1);
    rehearsal_release(&r);
}

/* --- answers, and their lack --------------------------------------------------------------------------------------- */

static void asks_whether_it_was_charged_until_there_is_an_answer(void **state)
{
    struct rehearsal r;
    int64_t wait_ms = 0;

    (void)state;
    begin(&r);
    come_to_ask(&r);
    for (int i = 0; i < 30; i++) {
        assert_int_equal(rehearsal_asked(&r, MSG_CHARGE_CARD), 1);
        assert_int_equal(rehearsal_asked(&r, MSG_QUERY_CHARGE), i);
        assert_true(rehearsal_due(&r, MSG_ASK_OVERDUE, ORDER) - r.now_ms >= wait_ms);
        wait_ms = rehearsal_due(&r, MSG_ASK_OVERDUE, ORDER) - r.now_ms;
        assert_true(wait_ms >= PAYMENT_ASK_MS && wait_ms <= PAYMENT_ASK_MAX_MS);
        rehearsal_ring(&r, MSG_ASK_OVERDUE, ORDER);
        expect(&r, PAYMENT_ASKING);
    }
    hear_answer(&r, ACQUIRER_ANSWER_UNKNOWN, 0);
    expect(&r, PAYMENT_ASKING);
    assert_int_equal(rehearsal_due(&r, MSG_ASK_OVERDUE, ORDER), r.now_ms + PAYMENT_ASK_MAX_MS);
    hear_answer(&r, ACQUIRER_ANSWER_CHARGED, 0);
    expect(&r, PAYMENT_CHARGED);
    assert_int_equal(rehearsal_due(&r, MSG_ASK_OVERDUE, ORDER), INT64_MIN);
    rehearsal_release(&r);
}

static void a_refusal_is_said_with_its_reason(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    come_to_ask(&r);
    hear_answer(&r, ACQUIRER_ANSWER_DECLINED, DECLINE_REASON_CARD_EXPIRED);
    expect(&r, PAYMENT_DECLINED);
    assert_int_equal(((const struct payment_declined *)rehearsal_last(&r, MSG_PAYMENT_DECLINED))->reason,
                     DECLINE_REASON_CARD_EXPIRED);
    rehearsal_release(&r);
}

static void a_key_that_the_acquirer_has_closed_is_a_refusal(void **state)
{
    static const enum acquirer_answer words[] = {ACQUIRER_ANSWER_VOIDED, ACQUIRER_ANSWER_REFUNDED};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct rehearsal r;

        begin(&r);
        come_to_ask(&r);
        hear_answer(&r, words[i], 0);
        expect(&r, PAYMENT_DECLINED);
        rehearsal_release(&r);
    }
}

/* An attempt before may have been charged, and only the acquirer knows. */
static void a_card_that_cannot_be_read_any_more_closes_nothing(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    come_to_ask(&r);
    rehearsal_ring(&r, MSG_ASK_OVERDUE, ORDER);
    hear_answer(&r, ACQUIRER_ANSWER_DECLINED, DECLINE_REASON_CARD_UNREADABLE);
    expect(&r, PAYMENT_CHECKING);
    assert_int_equal(rehearsal_asked(&r, MSG_VOID_CHARGE), 1);
    hear_answer(&r, ACQUIRER_ANSWER_DECLINED, DECLINE_REASON_CARD_UNREADABLE);
    hear_answer(&r, ACQUIRER_ANSWER_UNKNOWN, 0);
    rehearsal_ring(&r, MSG_ASK_OVERDUE, ORDER);
    expect(&r, PAYMENT_CHECKING);
    assert_int_equal(rehearsal_asked(&r, MSG_VOID_CHARGE), 2);
    hear_answer(&r, ACQUIRER_ANSWER_CHARGED, 0);
    expect(&r, PAYMENT_CHARGED);
    rehearsal_release(&r);
}

static void a_first_card_that_cannot_be_read_is_a_refusal(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    come_to_ask(&r);
    hear_answer(&r, ACQUIRER_ANSWER_DECLINED, DECLINE_REASON_CARD_UNREADABLE);
    expect(&r, PAYMENT_DECLINED);
    rehearsal_release(&r);
}

static void an_hour_without_an_answer_takes_the_card_but_not_the_question(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    come_to_ask(&r);
    rehearsal_ring(&r, MSG_CARD_OVERDUE, ORDER);
    expect(&r, PAYMENT_CHECKING);
    hear_answer(&r, ACQUIRER_ANSWER_VOIDED, 0);
    expect(&r, PAYMENT_DECLINED);
    rehearsal_release(&r);
}

static void a_cancellation_while_checking_keeps_no_money(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    come_to_ask(&r);
    rehearsal_ring(&r, MSG_CARD_OVERDUE, ORDER);
    rehearsal_hear(&r, MSG_ORDER_CANCELLED, &cancelled, "cancelled");
    expect(&r, PAYMENT_VOIDING);
    hear_answer(&r, ACQUIRER_ANSWER_CHARGED, 0);
    expect(&r, PAYMENT_REFUNDING);
    hear_answer(&r, ACQUIRER_ANSWER_UNKNOWN, 0);
    rehearsal_ring(&r, MSG_ASK_OVERDUE, ORDER);
    assert_int_equal(rehearsal_asked(&r, MSG_REFUND_CHARGE), 2);
    hear_answer(&r, ACQUIRER_ANSWER_REFUNDED, 0);
    hear_answer(&r, ACQUIRER_ANSWER_REFUNDED, 0);
    expect(&r, PAYMENT_REFUNDED);
    assert_int_equal(rehearsal_said(&r, MSG_PAYMENT_CHARGED), 1);
    assert_int_equal(rehearsal_said(&r, MSG_PAYMENT_REFUNDED), 1);
    rehearsal_release(&r);
}

static void a_charge_that_nobody_expects_any_more_goes_back(void **state)
{
    struct rehearsal r;

    (void)state;
    for (int closed = 0; closed <= 1; closed++) {
        begin(&r);
        come_to_ask(&r);
        if (closed) {
            rehearsal_hear(&r, MSG_ORDER_CANCELLED, &cancelled, "cancelled");
            rehearsal_ring(&r, MSG_ASK_OVERDUE, ORDER);
            hear_answer(&r, ACQUIRER_ANSWER_UNKNOWN, 0);
        }
        hear_answer(&r, closed ? ACQUIRER_ANSWER_VOIDED : ACQUIRER_ANSWER_DECLINED, 0);
        expect(&r, closed ? PAYMENT_VOIDED : PAYMENT_DECLINED);
        hear_answer(&r, ACQUIRER_ANSWER_CHARGED, 0);
        expect(&r, PAYMENT_REFUNDING);
        hear_answer(&r, ACQUIRER_ANSWER_REFUNDED, 0);
        expect(&r, PAYMENT_REFUNDED);
        rehearsal_release(&r);
    }
}

/* Who asked, and lost the memory of it, may hear the answer when the order is over. */
static void an_answer_to_a_lost_question_finds_the_order_closed(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    rehearsal_hear(&r, MSG_ORDER_PLACED, &placed, "placed");
    rehearsal_hear(&r, MSG_ORDER_CANCELLED, &cancelled, "cancelled");
    expect(&r, PAYMENT_CLOSED);
    hear_answer(&r, ACQUIRER_ANSWER_CHARGED, 0);
    expect(&r, PAYMENT_REFUNDING);
    assert_true(str_is(((const struct payment_charged *)rehearsal_last(&r, MSG_PAYMENT_CHARGED))->currency, "USD"));
    rehearsal_release(&r);
}

static void forgets_the_card_of_a_rejected_order(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    rehearsal_hear(&r, MSG_PAY_WITH, &card_a, "a");
    rehearsal_hear(&r, MSG_ORDER_REJECTED, &rejected, "rejected");
    expect(&r, PAYMENT_CLOSED);
    rehearsal_hear(&r, MSG_PAY_WITH, &card_b, "b");
    expect(&r, PAYMENT_CLOSED);
    assert_int_equal(rehearsal_due(&r, MSG_CARD_OVERDUE, ORDER), INT64_MIN);
    rehearsal_release(&r);
}

static void a_confirmation_changes_nothing(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    come_to_ask(&r);
    hear_answer(&r, ACQUIRER_ANSWER_CHARGED, 0);
    rehearsal_hear(&r, MSG_ORDER_CONFIRMED, &confirmed, "confirmed");
    expect(&r, PAYMENT_CHARGED);
    assert_int_equal(rehearsal_said(&r, MSG_PAYMENT_CHARGED), 1);
    rehearsal_release(&r);
}

static void hears_everything_in_every_state(void **state)
{
    (void)state;
    rehearsal_is_total(&payment_rules);
}

static void every_rule_was_seen_at_work(void **state)
{
    (void)state;
    rehearsal_all_rules_ran(&payment_rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hears_everything_in_every_state),
        cmocka_unit_test(charges_once_whatever_comes_first),
        cmocka_unit_test(keeps_no_money_of_a_cancelled_order),
        cmocka_unit_test(charges_the_card_that_the_order_names),
        cmocka_unit_test(erases_each_card_after_its_hour),
        cmocka_unit_test(declines_when_the_goods_took_longer_than_the_card_is_kept),
        cmocka_unit_test(asks_whether_it_was_charged_until_there_is_an_answer),
        cmocka_unit_test(a_refusal_is_said_with_its_reason),
        cmocka_unit_test(a_key_that_the_acquirer_has_closed_is_a_refusal),
        cmocka_unit_test(a_card_that_cannot_be_read_any_more_closes_nothing),
        cmocka_unit_test(a_first_card_that_cannot_be_read_is_a_refusal),
        cmocka_unit_test(an_hour_without_an_answer_takes_the_card_but_not_the_question),
        cmocka_unit_test(a_cancellation_while_checking_keeps_no_money),
        cmocka_unit_test(a_charge_that_nobody_expects_any_more_goes_back),
        cmocka_unit_test(an_answer_to_a_lost_question_finds_the_order_closed),
        cmocka_unit_test(forgets_the_card_of_a_rejected_order),
        cmocka_unit_test(a_confirmation_changes_nothing),
        cmocka_unit_test(every_rule_was_seen_at_work),
    };

    return cmocka_run_group_tests_name("payment", tests, make_bodies, NULL);
}
