/* timeline_test.c - an order's story in every state that a shopper can meet it in. */
/* links: gateway/timeline.c gateway/advice.c gateway/story.c msg base */
#include "gateway/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define ORDER_ID STR("11111111-2222-5333-8444-555555555555")
#define USER_ID STR("99999999-2222-4333-8444-555555555555")

static struct arena arena;
static struct plans *plans;
static struct story story;

static void tell(enum msg_type type, const void *body, int64_t time_ms)
{
    struct id id = id_random();
    struct str value = msg_encode(type, body, &arena);
    struct str text = arena_printf(&arena, "%lld ", (long long)time_ms);
    char *whole = arena_alloc(&arena, text.len + value.len);

    memcpy(whole, text.ptr, text.len);
    memcpy(whole + text.len, value.ptr, value.len);
    story_add(&story, plans, id_text(&id, &arena), (struct str){whole, text.len + value.len}, &arena);
    story_sort(&story);
}

static const struct order content = {.currency = {"USD", 3}, .shipping_minor = 899, .total_minor = 1798};

static void tell_placed(int64_t time_ms)
{
    tell(MSG_ORDER_PLACED, &(struct order_placed){.order_id = ORDER_ID, .user_id = USER_ID, .order = content}, time_ms);
}

static void tell_reserved(int64_t time_ms)
{
    tell(MSG_STOCK_RESERVED, &(struct stock_reserved){.order_id = ORDER_ID}, time_ms);
}

static void tell_charged(int64_t time_ms)
{
    tell(MSG_PAYMENT_CHARGED,
         &(struct payment_charged){.order_id = ORDER_ID,
                                   .amount_minor = 1798,
                                   .currency = STR("USD"),
                                   .card_brand = STR("visa"),
                                   .card_last4 = STR("0454")},
         time_ms);
}

static void tell_parcel(int64_t time_ms)
{
    tell(MSG_SHIPMENT_CREATED, &(struct shipment_created){ORDER_ID, STR("parcel"), STR("AB-1-2"), 0}, time_ms);
}

static void tell_cancelled(int64_t time_ms)
{
    tell(MSG_ORDER_CANCELLED,
         &(struct order_cancelled){.order_id = ORDER_ID, .user_id = USER_ID, .detail = STR("Somebody stayed silent.")},
         time_ms);
}

static struct timeline now(int64_t now_ms)
{
    return timeline_of(&story, ORDER_ID, now_ms, &arena);
}

static enum shown_step_state state_of(const struct timeline *timeline, const char *name)
{
    for (size_t i = 0; i < timeline->order.steps.count; i++)
        if (str_is(timeline->order.steps.items[i].name, name))
            return timeline->order.steps.items[i].state;
    fail_msg("there is no step '%s'", name);
    return SHOWN_STEP_STATE_NEXT;
}

static bool has_step(const struct timeline *timeline, const char *name)
{
    for (size_t i = 0; i < timeline->order.steps.count; i++)
        if (str_is(timeline->order.steps.items[i].name, name))
            return true;
    return false;
}

static void waits_for_the_first_step_when_nothing_was_told(void **state)
{
    struct timeline timeline = now(1000);

    (void)state;
    assert_int_equal(timeline.order.state, SHOWN_ORDER_STATE_OPEN);
    assert_int_equal(state_of(&timeline, "Order placed"), SHOWN_STEP_STATE_WAITING);
    assert_int_equal(state_of(&timeline, "Payment"), SHOWN_STEP_STATE_NEXT);
    assert_true(timeline.order.can_cancel);
    assert_int_equal(timeline.user_id.len, 0);
    assert_false(timeline.over);
}

static void knows_the_content_as_soon_as_it_was_sent(void **state)
{
    struct place_order sent = {.order_id = ORDER_ID, .user_id = USER_ID, .order = content};
    struct timeline timeline;

    (void)state;
    tell(MSG_PLACE_ORDER, &sent, 1000);
    timeline = now(1500);
    assert_true(str_equal(timeline.user_id, USER_ID));
    assert_int_equal(timeline.content->total_minor, 1798);
    assert_int_equal(state_of(&timeline, "Order placed"), SHOWN_STEP_STATE_WAITING);
}

static void waits_for_the_first_step_that_has_not_happened(void **state)
{
    struct timeline timeline;

    (void)state;
    tell_charged(3000); /* told first, happened last */
    tell_reserved(2000);
    tell_placed(1000);
    timeline = now(3500);
    assert_int_equal(state_of(&timeline, "Payment"), SHOWN_STEP_STATE_DONE);
    assert_int_equal(state_of(&timeline, "Parcel"), SHOWN_STEP_STATE_WAITING);
    assert_int_equal(state_of(&timeline, "Confirmed"), SHOWN_STEP_STATE_NEXT);
    assert_true(str_is(timeline.order.reason, "We are preparing the parcel."));
    assert_true(str_is(timeline.order.steps.items[2].note, "$17.98 from your Visa card that ends in 0454."));
    assert_true(str_is(timeline.order.steps.items[2].time, "00:00:03"));
    assert_true(str_is(timeline.order.steps.items[2].time_iso, "1970-01-01T00:00:03Z"));
    assert_true(str_is(time_day(1767225599999, &arena), "31 December 2025, 23:59 UTC"));
}

static void says_why_it_waits_when_it_waits_long(void **state)
{
    struct timeline timeline;

    (void)state;
    tell_placed(1000);
    timeline = now(1000 + 5000);
    assert_non_null(strstr(timeline.order.reason.ptr, "catalogue is away"));
    timeline = now(1000 + 90000);
    assert_non_null(strstr(timeline.order.reason.ptr, "(Since 00:00:01 UTC.)"));
}

static void tell_moved(enum shipment_stage stage, int64_t time_ms)
{
    tell(MSG_SHIPMENT_MOVED,
         &(struct shipment_moved){
             .order_id = ORDER_ID, .stage = stage, .days = stage == SHIPMENT_STAGE_DELIVERED ? 0 : 3},
         time_ms);
}

static struct str note_of(const struct timeline *timeline, const char *name)
{
    for (size_t i = 0; i < timeline->order.steps.count; i++)
        if (str_is(timeline->order.steps.items[i].name, name))
            return timeline->order.steps.items[i].note;
    fail_msg("there is no step %s", name);
    return STR("");
}

static void a_confirmed_order_shows_its_parcels_way_until_it_is_delivered(void **state)
{
    struct timeline timeline;

    (void)state;
    tell_placed(1), tell_reserved(2), tell_charged(3), tell_parcel(4);
    tell(MSG_ORDER_CONFIRMED, &(struct order_confirmed){.order_id = ORDER_ID, .user_id = USER_ID, .order = content}, 5);
    timeline = now(6);
    assert_int_equal(timeline.order.state, SHOWN_ORDER_STATE_CONFIRMED);
    assert_true(str_is(timeline.order.tracking, "AB-1-2"));
    assert_false(timeline.order.can_cancel);
    assert_false(timeline.over);
    assert_int_equal(timeline.order.steps.count, 9);
    assert_int_equal(state_of(&timeline, "Mail"), SHOWN_STEP_STATE_WAITING);
    tell(MSG_EMAIL_SENT, &(struct email_sent){.order_id = ORDER_ID}, 7);
    timeline = now(8);
    assert_false(timeline.over);
    assert_true(now(8 + 30 * 60000).over); /* nobody waits for days */
    assert_int_equal(state_of(&timeline, "Packed"), SHOWN_STEP_STATE_WAITING);
    assert_int_equal(state_of(&timeline, "On its way"), SHOWN_STEP_STATE_NEXT);
    assert_int_equal(timeline.order.reason.len, 0);
    tell_moved(SHIPMENT_STAGE_IN_TRANSIT, 10); /* before the other is seen */
    timeline = now(60000 * 5);
    assert_int_equal(state_of(&timeline, "Packed"), SHOWN_STEP_STATE_WAITING);
    assert_true(str_is(note_of(&timeline, "Packed"), "We are taking your things from the shelves.")); /* no alarm */
    assert_true(str_is(note_of(&timeline, "On its way"), "The carrier has it. Usually 3 days to your door."));
    tell_moved(SHIPMENT_STAGE_PICKED, 9);
    timeline = now(11);
    assert_int_equal(state_of(&timeline, "Packed"), SHOWN_STEP_STATE_DONE);
    assert_int_equal(state_of(&timeline, "Delivered"), SHOWN_STEP_STATE_WAITING);
    assert_false(timeline.over);
    tell_moved(SHIPMENT_STAGE_DELIVERED, 12);
    timeline = now(13);
    assert_int_equal(state_of(&timeline, "Delivered"), SHOWN_STEP_STATE_DONE);
    assert_true(str_is(note_of(&timeline, "Delivered"), "It was delivered."));
    assert_true(timeline.over);
}

static void a_cancelled_order_leaves_out_what_never_began(void **state)
{
    struct timeline timeline;

    (void)state;
    tell_placed(1);
    tell(MSG_STOCK_REFUSED, &(struct stock_refused){.order_id = ORDER_ID}, 2);
    tell_cancelled(3);
    timeline = now(4);
    assert_int_equal(timeline.order.state, SHOWN_ORDER_STATE_CANCELLED);
    assert_int_equal(state_of(&timeline, "Goods set aside"), SHOWN_STEP_STATE_FAILED);
    assert_int_equal(state_of(&timeline, "Cancelled"), SHOWN_STEP_STATE_FAILED);
    assert_false(has_step(&timeline, "Payment"));
    assert_int_equal(timeline.order.refund.len, 0);
    assert_true(str_is(timeline.order.reason, "Somebody stayed silent."));
}

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
    tell(MSG_PAYMENT_REFUNDED, &(struct payment_refunded){.order_id = ORDER_ID}, 8);
    tell(MSG_STOCK_RELEASED, &(struct stock_released){.order_id = ORDER_ID}, 9);
    tell(MSG_SHIPMENT_CANCELLED, &(struct shipment_cancelled){.order_id = ORDER_ID}, 10);
    timeline = now(11);
    assert_true(timeline.order.refunded);
    assert_true(timeline.over);
    assert_int_equal(state_of(&timeline, "Payment"), SHOWN_STEP_STATE_UNDONE);
    assert_int_equal(state_of(&timeline, "Parcel"), SHOWN_STEP_STATE_UNDONE);
    assert_int_equal(timeline.order.tracking.len, 0);
}

static void a_rejected_order_says_why_and_is_over(void **state)
{
    struct timeline timeline;

    (void)state;
    tell(MSG_ORDER_REJECTED,
         &(struct order_rejected){.order_id = ORDER_ID, .user_id = USER_ID, .detail = STR("Mug costs $9 now.")}, 1);
    timeline = now(2);
    assert_int_equal(timeline.order.state, SHOWN_ORDER_STATE_CANCELLED);
    assert_true(str_is(timeline.order.reason, "Mug costs $9 now."));
    assert_true(str_equal(timeline.user_id, USER_ID));
    assert_true(timeline.over);
    assert_int_equal(timeline.order.steps.count, 1);
}

static void says_what_became_of_the_mails(void **state)
{
    struct timeline timeline;

    (void)state;
    tell_placed(1), tell_reserved(2), tell_charged(3), tell_parcel(4);
    tell(MSG_ORDER_CONFIRMED, &(struct order_confirmed){.order_id = ORDER_ID, .user_id = USER_ID, .order = content}, 5);
    tell(MSG_EMAIL_SENT, &(struct email_sent){.order_id = ORDER_ID, .kind = EMAIL_KIND_CONFIRMATION}, 6);
    timeline = now(7);
    assert_true(str_is(timeline.order.mail, "We've sent you a confirmation email."));
    tell(MSG_EMAIL_SENT, &(struct email_sent){.order_id = ORDER_ID, .kind = EMAIL_KIND_SHIPPED}, 8);
    timeline = now(9);
    assert_true(
        str_is(timeline.order.mail, "We've sent you a confirmation email, and another one when the parcel left."));
    tell(MSG_EMAIL_FAILED,
         &(struct email_failed){ORDER_ID, EMAIL_KIND_SHIPPED, STR("The mail server refused the mail (550).")}, 10);
    timeline = now(11);
    assert_true(str_is(timeline.order.mail, "A mail to you could not be sent: The mail server refused the mail (550). "
                                            "This page says all of it."));
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

static void an_event_told_twice_is_told_once(void **state)
{
    struct str text;
    struct str id = STR("aaaaaaaa-2222-4333-8444-555555555555");
    struct out packed;
    struct story unpacked = {0};

    (void)state;
    text = msg_encode(MSG_STOCK_RESERVED, &(struct stock_reserved){.order_id = ORDER_ID}, &arena);
    out_init(&packed);
    out_put_str(&packed, STR("5 "));
    out_put_str(&packed, text);
    text = arena_copy(&arena, out_str(&packed));
    story_add(&story, plans, id, text, &arena);
    story_add(&story, plans, id, text, &arena);
    assert_int_equal(story.count, 1);

    out_clear(&packed);
    story_pack(&packed, id, text);
    story_pack(&packed, STR("not an id, but thirty-six characters"), text);
    story_unpack(&unpacked, plans, out_str(&packed), &arena);
    assert_int_equal(unpacked.count, 1);
    assert_int_equal(unpacked.items[0].time_ms, 5);
    for (size_t len = 0; len < packed.len; len++) /* cut short anywhere: never more than was there */
        story_unpack(&(struct story){0}, plans, (struct str){packed.ptr, len}, &arena);
    out_release(&packed);
}

static void what_cannot_be_read_is_not_told(void **state)
{
    struct str id = STR("aaaaaaaa-2222-4333-8444-555555555555");

    (void)state;
    story_add(&story, plans, id, STR(""), &arena);
    story_add(&story, plans, id, STR("12"), &arena);
    story_add(&story, plans, id, STR("12 "), &arena);
    story_add(&story, plans, id, STR("x \0\0\0\0\1"), &arena);
    story_add(&story, plans, id, STR("12 \0\0\0\0\1zzz"), &arena);
    assert_int_equal(story.count, 0);
}

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    story = (struct story){0};
    plans = plans_open();
    return 0;
}

static int end(void **state)
{
    (void)state;
    plans_close(plans);
    arena_release(&arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(waits_for_the_first_step_when_nothing_was_told),
        TEST(knows_the_content_as_soon_as_it_was_sent),
        TEST(waits_for_the_first_step_that_has_not_happened),
        TEST(says_why_it_waits_when_it_waits_long),
        TEST(a_confirmed_order_shows_its_parcels_way_until_it_is_delivered),
        TEST(a_cancelled_order_leaves_out_what_never_began),
        TEST(a_cancelled_order_is_over_when_the_money_is_back),
        TEST(a_rejected_order_says_why_and_is_over),
        TEST(says_what_became_of_the_mails),
        TEST(says_what_can_be_done_about_each_end),
        TEST(an_event_told_twice_is_told_once),
        TEST(what_cannot_be_read_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
