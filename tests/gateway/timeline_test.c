/* timeline_test.c - an order's story in every state that a shopper can meet it in. */
/* links: tests/gateway/told_story.c gateway/timeline.c gateway/advice.c gateway/mail_note.c gateway/story.c msg base */
#include "told_story.h"

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
    assert_true(timeline.order.uncharged); /* the bank is not asked before the goods are set aside */
    assert_int_equal(timeline.order.refund.len, 0);
    assert_true(str_is(timeline.order.reason, "Somebody stayed silent."));
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
    tell(MSG_EMAIL_FAILED,
         &(struct email_failed){ORDER_ID, EMAIL_KIND_SHIPPED, STR("The mail server refused the mail (550).")}, 10);
    timeline = now(11);
    assert_true(str_is(timeline.order.mail,
                       "We've sent you a confirmation email. The email about the parcel's departure "
                       "could not be sent: The mail server refused the mail (550). "
                       "This page says all of it."));
    tell(MSG_EMAIL_SENT, &(struct email_sent){.order_id = ORDER_ID, .kind = EMAIL_KIND_SHIPPED}, 12);
    timeline = now(13);
    assert_true(
        str_is(timeline.order.mail, "We've sent you a confirmation email, and another one when the parcel left."));
}

static void names_the_mail_that_failed(void **state)
{
    struct timeline timeline;

    (void)state;
    tell_placed(1);
    tell(MSG_EMAIL_FAILED, &(struct email_failed){ORDER_ID, EMAIL_KIND_CONFIRMATION, STR("No.")}, 2);
    timeline = now(3);
    assert_true(str_is(timeline.order.mail, "The confirmation email could not be sent: No. This page says all of it."));
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
        TEST(says_what_became_of_the_mails),
        TEST(names_the_mail_that_failed),
        TEST(an_event_told_twice_is_told_once),
        TEST(what_cannot_be_read_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
