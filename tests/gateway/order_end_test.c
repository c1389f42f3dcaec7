/* order_end_test.c - what a page says of an order that ended without a sale: its money, and what can be done. */
/* links: tests/gateway/told_story.c gateway/timeline.c gateway/advice.c gateway/mail_note.c gateway/story.c msg base */
#include "told_story.h"

static void a_cancelled_order_is_over_when_the_money_is_back(void **state)
{
    struct timeline timeline;

    (void)state;
    tell_placed(1), tell_reserved(2), tell_charged(3), tell_parcel(4), tell_cancelled(5);
    tell(MSG_EMAIL_SENT, &(struct email_sent){.order_id = ORDER_ID}, 6);
    timeline = now(7);
    assert_true(str_is(timeline.order.refund, "$17.98"));
    assert_false(timeline.order.refunded);
    assert_false(timeline.over);
    tell(MSG_PAYMENT_REFUNDED,
         &(struct payment_refunded){.order_id = ORDER_ID, .amount_minor = 1798, .currency = STR("USD")}, 8);
    tell(MSG_STOCK_RELEASED, &(struct stock_released){.order_id = ORDER_ID}, 9);
    tell(MSG_SHIPMENT_CANCELLED, &(struct shipment_cancelled){.order_id = ORDER_ID}, 10);
    timeline = now(11);
    assert_true(timeline.order.refunded);
    assert_true(timeline.over);
    assert_int_equal(state_of(&timeline, "Payment"), SHOWN_STEP_STATE_UNDONE);
    assert_int_equal(state_of(&timeline, "Parcel"), SHOWN_STEP_STATE_UNDONE);
    assert_int_equal(timeline.order.tracking.len, 0);
}

/* The bank may charge long after the cancellation: silence is not "nothing was charged", and the page does not end. */
static void a_cancelled_order_waits_for_word_of_a_charge(void **state)
{
    struct timeline timeline;

    (void)state;
    tell_placed(1), tell_reserved(2), tell_cancelled(3);
    tell(MSG_EMAIL_SENT, &(struct email_sent){.order_id = ORDER_ID}, 4);
    timeline = now(5);
    assert_false(timeline.order.uncharged);
    assert_int_equal(timeline.order.refund.len, 0);
    assert_false(timeline.over);
    assert_false(now(4 + 29 * 60000).over);
    assert_true(now(4 + 30 * 60000).over); /* payment need not say that it closed */
    tell_charged(20000);
    timeline = now(20001);
    assert_true(str_is(timeline.order.refund, "$17.98"));
    assert_false(timeline.over);
    tell(MSG_PAYMENT_REFUNDED,
         &(struct payment_refunded){.order_id = ORDER_ID, .amount_minor = 1798, .currency = STR("USD")}, 20002);
    timeline = now(20003);
    assert_true(str_is(timeline.order.refund, "$17.98"));
    assert_true(timeline.order.refunded);
    assert_true(timeline.over);
}

/* Before the goods are set aside the bank is not asked; but they may be, unheard of here. */
static void of_an_order_without_goods_it_is_said_that_no_bank_is_asked(void **state)
{
    (void)state;
    tell_placed(1), tell_cancelled(2);
    assert_true(now(3).order.unasked);
    assert_false(now(3).order.uncharged);
    tell_reserved(4);
    assert_false(now(5).order.unasked);
    tell_charged(6);
    assert_false(now(7).order.unasked);
    assert_true(str_is(now(7).order.refund, "$17.98"));
}

static void the_reason_is_said_once(void **state)
{
    static const char why[] = "There is not enough money on this card.";
    struct timeline timeline;

    (void)state;
    tell_placed(1), tell_reserved(2);
    tell(MSG_PAYMENT_DECLINED, &(struct payment_declined){.order_id = ORDER_ID, .detail = str_of(why)}, 3);
    tell(MSG_ORDER_CANCELLED,
         &(struct order_cancelled){.order_id = ORDER_ID, .user_id = USER_ID, .detail = str_of(why)}, 4);
    tell(MSG_STOCK_RELEASED, &(struct stock_released){.order_id = ORDER_ID}, 5);
    timeline = now(6);
    assert_true(str_is(timeline.order.reason, why));
    assert_int_equal(state_of(&timeline, "Payment"), SHOWN_STEP_STATE_FAILED);
    for (size_t i = 0; i < timeline.order.steps.count; i++) {
        assert_false(str_is(timeline.order.steps.items[i].note, why));
        if (str_is(timeline.order.steps.items[i].name, "Goods set aside")) /* what is another reason stays */
            assert_true(str_is(timeline.order.steps.items[i].note, "The things are back on the shelf."));
    }
}

static void nothing_was_charged_when_it_is_known(void **state)
{
    (void)state;
    tell_placed(1), tell_reserved(2), tell_cancelled(3);
    assert_false(now(4).order.uncharged);
    tell(MSG_PAYMENT_DECLINED, &(struct payment_declined){.order_id = ORDER_ID}, 5);
    assert_true(now(6).order.uncharged);
    tell(MSG_EMAIL_SENT, &(struct email_sent){.order_id = ORDER_ID}, 7);
    assert_true(now(8).over);
    tell_charged(9); /* all the same, it happens */
    assert_false(now(10).order.uncharged);
    assert_false(now(10).over);
}

static void the_bank_confirms_that_nothing_was_charged(void **state)
{
    struct timeline timeline;

    (void)state;
    tell_placed(1), tell_reserved(2), tell_cancelled(3);
    tell(MSG_EMAIL_SENT, &(struct email_sent){.order_id = ORDER_ID}, 4);
    assert_false(now(5).order.uncharged);
    tell(MSG_PAYMENT_VOIDED, &(struct payment_voided){.order_id = ORDER_ID, .currency = STR("USD")}, 6);
    timeline = now(7);
    assert_true(timeline.order.uncharged);
    assert_true(timeline.order.voided);
    assert_true(timeline.over);
    assert_int_equal(state_of(&timeline, "Payment"), SHOWN_STEP_STATE_UNDONE);
    tell_charged(8); /* an answer that was on its way: then the money is what counts */
    timeline = now(9);
    assert_false(timeline.order.uncharged);
    assert_false(timeline.order.voided);
    assert_true(str_is(timeline.order.refund, "$17.98"));
    assert_int_equal(state_of(&timeline, "Payment"), SHOWN_STEP_STATE_DONE);
}

static void a_rejected_order_says_why_and_is_over(void **state)
{
    struct timeline timeline;

    (void)state;
    tell(MSG_ORDER_REJECTED,
         &(struct order_rejected){.order_id = ORDER_ID, .user_id = USER_ID, .detail = STR("Mug costs $9 now.")}, 1);
    timeline = now(2);
    assert_int_equal(timeline.order.state, SHOWN_ORDER_STATE_REJECTED);
    assert_true(str_is(timeline.order.reason, "Mug costs $9 now."));
    assert_true(str_is(timeline.order.again, "Try again with today's prices"));
    assert_true(timeline.order.advice.len > 0);
    assert_true(str_equal(timeline.user_id, USER_ID));
    assert_true(timeline.over);
    assert_int_equal(timeline.order.steps.count, 1);
}

static void an_order_that_was_cancelled_before_it_was_read_is_cancelled(void **state)
{
    struct timeline timeline;

    (void)state;
    tell(MSG_ORDER_REJECTED,
         &(struct order_rejected){.order_id = ORDER_ID, .user_id = USER_ID, .reason = REJECT_REASON_CANCELLED_FIRST},
         1);
    timeline = now(2);
    assert_int_equal(timeline.order.state, SHOWN_ORDER_STATE_CANCELLED);
    assert_true(timeline.order.uncharged);
    assert_true(str_is(timeline.order.again, "Order again"));
    assert_true(timeline.over);
}

static void cancelled_for(enum cancel_reason reason)
{
    tell(MSG_ORDER_CANCELLED,
         &(struct order_cancelled){.order_id = ORDER_ID, .user_id = USER_ID, .reason = reason, .order = content}, 9);
}

static void says_what_can_be_done_about_each_end(void **state)
{
    static const struct {
        enum cancel_reason reason;
        const char *advice, *again;
    } cases[] = {
        {CANCEL_REASON_PAYMENT_DECLINED, "address are kept", "Try another card"},
        {CANCEL_REASON_OUT_OF_STOCK, "take fewer of it", "Order again"},
        {CANCEL_REASON_SHIPMENT_REFUSED, "look at the address", "Order again"},
        {CANCEL_REASON_OVERDUE, "order again", "Order again"},
        {CANCEL_REASON_BY_CUSTOMER, "Your cart is as it was.", "Order again"},
    };

    (void)state;
    tell_placed(1);
    assert_int_equal(now(2).order.again.len, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct timeline timeline;

        story = (struct story){0};
        tell_placed(1);
        cancelled_for(cases[i].reason);
        timeline = now(10);
        assert_non_null(strstr(timeline.order.advice.ptr, cases[i].advice));
        assert_true(str_is(timeline.order.again, cases[i].again));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_cancelled_order_is_over_when_the_money_is_back),
        TEST(a_cancelled_order_waits_for_word_of_a_charge),
        TEST(of_an_order_without_goods_it_is_said_that_no_bank_is_asked),
        TEST(the_reason_is_said_once),
        TEST(nothing_was_charged_when_it_is_known),
        TEST(the_bank_confirms_that_nothing_was_charged),
        TEST(an_order_that_was_cancelled_before_it_was_read_is_cancelled),
        TEST(a_rejected_order_says_why_and_is_over),
        TEST(says_what_can_be_done_about_each_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
