/* email_test.c - one mail for the end of an order, one when its parcel leaves: each until somebody takes it or a day is over. */
/* links: services/email/email.c tests/rehearsal msg base */
#include "services/email/email.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/rehearsal/rehearsal.h"

#define COUNT(array) (sizeof(array) / sizeof(array[0]))
#define ORDER_ID "56dd8359-29f5-50a4-820a-ad35dc23dbc2"

static const struct str order_id = STR_INIT(ORDER_ID);
static struct rehearsal r;
static enum email_outcome outcome; /* what the mail server says */

static const struct order_confirmed confirmed = {.order_id = STR_INIT(ORDER_ID),
                                                 .order = {.currency = STR_INIT("USD"), .total_minor = 1798},
                                                 .carrier = STR_INIT("flat"),
                                                 .tracking_number = STR_INIT("KD-1-2")};
static const struct order_cancelled cancelled = {.order_id = STR_INIT(ORDER_ID),
                                                 .order = {.currency = STR_INIT("USD"), .total_minor = 1798},
                                                 .reason = CANCEL_REASON_OUT_OF_STOCK,
                                                 .detail = STR_INIT("Sold out.")};
static const struct order_cancelled by_customer = {.order_id = STR_INIT(ORDER_ID), .reason = CANCEL_REASON_BY_CUSTOMER};
static const struct payment_charged charged = {.order_id = STR_INIT(ORDER_ID), .amount_minor = 1798};
static const struct payment_declined declined = {.order_id = STR_INIT(ORDER_ID)};
static const struct payment_voided voided = {.order_id = STR_INIT(ORDER_ID)};
static const struct payment_refunded refunded = {.order_id = STR_INIT(ORDER_ID), .amount_minor = 1798};
static const struct shipment_moved picked = {.order_id = STR_INIT(ORDER_ID), .stage = SHIPMENT_STAGE_PICKED};
static const struct shipment_moved in_transit = {
    .order_id = STR_INIT(ORDER_ID), .stage = SHIPMENT_STAGE_IN_TRANSIT, .days = 3};
static const struct shipment_moved delivered = {.order_id = STR_INIT(ORDER_ID), .stage = SHIPMENT_STAGE_DELIVERED};

#define CONFIRMED                                                            \
    {                                                                        \
        .type = MSG_ORDER_CONFIRMED, .body = &confirmed, .name = "confirmed" \
    }
#define CANCELLED                                                            \
    {                                                                        \
        .type = MSG_ORDER_CANCELLED, .body = &cancelled, .name = "cancelled" \
    }

static void answer(struct rehearsal *rehearsal, const struct said *asked, const void *body)
{
    const struct send_email *ask = body;
    struct email_answered answered = {
        .order_id = ask->order_id, .kind = ask->kind, .outcome = outcome, .detail = STR("because")};

    (void)asked;
    rehearsal_later(rehearsal, &(struct play){.type = MSG_EMAIL_ANSWERED, .body = &answered});
}

static int begin(void **state)
{
    (void)state;
    rehearsal_init(&r, &email_rules, NULL, NULL);
    r.answer = answer;
    outcome = EMAIL_OUTCOME_ACCEPTED;
    return 0;
}

static int end(void **state)
{
    (void)state;
    rehearsal_release(&r);
    return 0;
}

static void hear(const struct play play)
{
    rehearsal_play(&r, &play);
}

static void sends_one_mail_for_a_confirmed_order(void **state)
{
    const struct send_email *asked;
    const struct email_sent *sent;

    (void)state;
    hear((struct play)CONFIRMED);
    asked = rehearsal_last_asked(&r, MSG_SEND_EMAIL);
    assert_non_null(asked);
    assert_int_equal(asked->kind, EMAIL_KIND_CONFIRMATION);
    assert_int_equal(asked->at_ms, REHEARSAL_START_MS);
    assert_int_equal(asked->order.total_minor, 1798);
    assert_true(str_is(asked->tracking_number, "KD-1-2"));
    rehearsal_settle(&r);
    sent = rehearsal_last(&r, MSG_EMAIL_SENT);
    assert_non_null(sent);
    assert_int_equal(sent->kind, EMAIL_KIND_CONFIRMATION);
    assert_true(str_is(sent->message_id, "<" ORDER_ID "-confirmation@hipster.shop>"));
    assert_true(str_is(asked->message_id, "<" ORDER_ID "-confirmation@hipster.shop>"));
}

static void says_why_an_order_was_cancelled(void **state)
{
    const struct send_email *asked;

    (void)state;
    hear((struct play)CANCELLED);
    asked = rehearsal_last_asked(&r, MSG_SEND_EMAIL);
    assert_non_null(asked);
    assert_int_equal(asked->kind, EMAIL_KIND_CANCELLATION);
    assert_true(str_is(asked->detail, "Sold out."));
    assert_true(str_is(asked->message_id, "<" ORDER_ID "-cancellation@hipster.shop>"));
    rehearsal_settle(&r);
    assert_int_equal(rehearsal_said(&r, MSG_EMAIL_SENT), 1);
}

/* --- what becomes of the money -------------------------------------------------------------------------------------- */

static const struct send_email *cancel_after(enum msg_type heard, const void *body)
{
    rehearsal_clear(&r);
    if (heard)
        rehearsal_hear(&r, heard, body, NULL);
    rehearsal_hear(&r, MSG_ORDER_CANCELLED, &by_customer, NULL);
    return rehearsal_last_asked(&r, MSG_SEND_EMAIL);
}

static void says_how_much_goes_back(void **state)
{
    const struct send_email *asked;

    (void)state;
    asked = cancel_after(MSG_PAYMENT_CHARGED, &charged);
    assert_int_equal(asked->refund, REFUND_NEWS_ALL_GOES_BACK);
    assert_int_equal(asked->refund_minor, 1798);
    asked = cancel_after(MSG_PAYMENT_REFUNDED, &refunded);
    assert_int_equal(asked->refund, REFUND_NEWS_ALL_GOES_BACK);
    assert_int_equal(cancel_after(MSG_PAYMENT_DECLINED, &declined)->refund, REFUND_NEWS_NOTHING_CHARGED);
    assert_int_equal(cancel_after(MSG_PAYMENT_VOIDED, &voided)->refund, REFUND_NEWS_VOIDED);
    rehearsal_clear(&r);
    hear((struct play)CANCELLED);
    asked = rehearsal_last_asked(&r, MSG_SEND_EMAIL);
    assert_int_equal(asked->refund, REFUND_NEWS_NOTHING_CHARGED); /* no goods: the bank was not asked */
}

static void waits_a_little_for_word_of_the_money(void **state)
{
    static const struct {
        enum msg_type hears;
        const void *body;
        enum refund_news news;
    } cases[] = {
        {MSG_PAYMENT_CHARGED, &charged, REFUND_NEWS_ALL_GOES_BACK},
        {MSG_PAYMENT_REFUNDED, &refunded, REFUND_NEWS_ALL_GOES_BACK},
        {MSG_PAYMENT_DECLINED, &declined, REFUND_NEWS_NOTHING_CHARGED},
        {MSG_PAYMENT_VOIDED, &voided, REFUND_NEWS_VOIDED},
        {MSG_MAIL_OVERDUE, NULL, REFUND_NEWS_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct send_email *asked;

        assert_null(cancel_after(MSG_NONE, NULL));
        assert_int_equal(rehearsal_state(&r, order_id), EMAIL_ASKING_AROUND);
        assert_int_equal(rehearsal_due(&r, MSG_MAIL_OVERDUE, order_id), REHEARSAL_START_MS + EMAIL_MONEY_MS);
        if (cases[i].body)
            rehearsal_hear(&r, cases[i].hears, cases[i].body, NULL);
        else
            rehearsal_ring(&r, MSG_MAIL_OVERDUE, order_id);
        asked = rehearsal_last_asked(&r, MSG_SEND_EMAIL);
        assert_non_null(asked);
        assert_int_equal(asked->kind, EMAIL_KIND_CANCELLATION);
        assert_int_equal(asked->refund, cases[i].news);
        rehearsal_settle(&r);
        assert_int_equal(rehearsal_said(&r, MSG_EMAIL_SENT), 1);
    }
}

/* --- the parcel ------------------------------------------------------------------------------------------------------ */

static void writes_once_when_the_parcel_leaves(void **state)
{
    const struct send_email *asked;

    (void)state;
    hear((struct play)CONFIRMED);
    rehearsal_settle(&r);
    rehearsal_hear(&r, MSG_SHIPMENT_MOVED, &picked, NULL);
    assert_int_equal(rehearsal_asked(&r, MSG_SEND_EMAIL), 1);
    rehearsal_hear(&r, MSG_SHIPMENT_MOVED, &in_transit, NULL);
    asked = rehearsal_last_asked(&r, MSG_SEND_EMAIL);
    assert_int_equal(asked->kind, EMAIL_KIND_SHIPPED);
    assert_int_equal(asked->days, 3);
    assert_true(str_is(asked->carrier, "flat"));
    assert_true(str_is(asked->tracking_number, "KD-1-2"));
    assert_true(str_is(asked->message_id, "<" ORDER_ID "-shipped@hipster.shop>"));
    rehearsal_settle(&r);
    rehearsal_hear(&r, MSG_SHIPMENT_MOVED, &in_transit, NULL);
    rehearsal_hear(&r, MSG_SHIPMENT_MOVED, &delivered, NULL);
    assert_int_equal(rehearsal_asked(&r, MSG_SEND_EMAIL), 2);
    assert_int_equal(((const struct email_sent *)rehearsal_last(&r, MSG_EMAIL_SENT))->kind, EMAIL_KIND_SHIPPED);
}

static void writes_one_mail_after_the_other(void **state)
{
    static const struct email_answered late = {
        .order_id = STR_INIT(ORDER_ID), .kind = EMAIL_KIND_CONFIRMATION, .outcome = EMAIL_OUTCOME_REFUSED};

    (void)state;
    outcome = EMAIL_OUTCOME_TRY_LATER;
    rehearsal_hear(&r, MSG_SHIPMENT_MOVED, &in_transit, NULL); /* overtakes the confirmation */
    hear((struct play)CONFIRMED);
    rehearsal_settle(&r);
    assert_int_equal(((const struct send_email *)rehearsal_last_asked(&r, MSG_SEND_EMAIL))->kind,
                     EMAIL_KIND_CONFIRMATION);
    outcome = EMAIL_OUTCOME_ACCEPTED;
    rehearsal_ring(&r, MSG_MAIL_OVERDUE, order_id);
    outcome = EMAIL_OUTCOME_TRY_LATER;
    rehearsal_settle(&r);
    rehearsal_hear(&r, MSG_EMAIL_ANSWERED, &late, NULL);
    assert_int_equal(rehearsal_said(&r, MSG_EMAIL_SENT), 1);
    assert_int_equal(rehearsal_said(&r, MSG_EMAIL_FAILED), 0);
    outcome = EMAIL_OUTCOME_ACCEPTED;
    rehearsal_ring(&r, MSG_MAIL_OVERDUE, order_id);
    rehearsal_settle(&r);
    assert_int_equal(rehearsal_said(&r, MSG_EMAIL_SENT), 2);
}

static void tries_the_second_mail_where_the_first_was_refused(void **state)
{
    (void)state;
    outcome = EMAIL_OUTCOME_REFUSED;
    hear((struct play)CONFIRMED);
    rehearsal_settle(&r);
    outcome = EMAIL_OUTCOME_ACCEPTED;
    rehearsal_hear(&r, MSG_SHIPMENT_MOVED, &in_transit, NULL);
    rehearsal_settle(&r);
    assert_int_equal(rehearsal_said(&r, MSG_EMAIL_FAILED), 1);
    assert_int_equal(((const struct email_sent *)rehearsal_last(&r, MSG_EMAIL_SENT))->kind, EMAIL_KIND_SHIPPED);
}

/* --- keeping, giving up ---------------------------------------------------------------------------------------------- */

static void keeps_nothing_when_no_mail_is_to_come(void **state)
{
    const struct email *row;

    (void)state;
    hear((struct play)CONFIRMED);
    row = rehearsal_row(&r, order_id);
    rehearsal_settle(&r);
    assert_true(row->mail.len > 0); /* for the parcel's */
    assert_true(rehearsal_due(&r, MSG_MAIL_OVERDUE, order_id) == INT64_MIN);
    rehearsal_hear(&r, MSG_SHIPMENT_MOVED, &in_transit, NULL);
    rehearsal_settle(&r);
    assert_int_equal(row->mail.len, 0);
    rehearsal_clear(&r);
    hear((struct play)CANCELLED);
    row = rehearsal_row(&r, order_id);
    assert_true(row->mail.len > 0);
    rehearsal_hear(&r, MSG_SHIPMENT_MOVED, &in_transit, NULL); /* of a cancelled order nobody is told */
    rehearsal_settle(&r);
    rehearsal_hear(&r, MSG_SHIPMENT_MOVED, &in_transit, NULL);
    assert_int_equal(rehearsal_asked(&r, MSG_SEND_EMAIL), 1);
    assert_int_equal(row->mail.len, 0);
    assert_true(rehearsal_due(&r, MSG_MAIL_OVERDUE, order_id) == INT64_MIN);
}

static void gives_up_at_once_what_will_never_be_taken(void **state)
{
    static const enum email_outcome finals[] = {EMAIL_OUTCOME_REFUSED, EMAIL_OUTCOME_UNREADABLE};

    (void)state;
    for (size_t i = 0; i < COUNT(finals); i++) {
        const struct email_failed *failed;

        rehearsal_clear(&r);
        outcome = finals[i];
        hear((struct play)CANCELLED);
        rehearsal_settle(&r);
        failed = rehearsal_last(&r, MSG_EMAIL_FAILED);
        assert_non_null(failed);
        assert_int_equal(failed->kind, EMAIL_KIND_CANCELLATION);
        assert_true(str_is(failed->detail, "because"));
        hear((struct play)CONFIRMED);
        assert_int_equal(rehearsal_said(&r, MSG_EMAIL_FAILED), 1);
    }
}

static void tries_later_ever_more_patiently_and_gives_up_after_a_day(void **state)
{
    static const int64_t pauses_s[] = {5, 10, 20, 40, 80, 160, 320, 640, 900, 900};
    size_t tries = 1;

    (void)state;
    outcome = EMAIL_OUTCOME_TRY_LATER;
    hear((struct play)CONFIRMED);
    rehearsal_settle(&r);
    while (rehearsal_said(&r, MSG_EMAIL_FAILED) == 0) {
        int64_t pause_ms = rehearsal_due(&r, MSG_MAIL_OVERDUE, order_id) - r.now_ms;

        assert_int_equal(pause_ms, (tries <= COUNT(pauses_s) ? pauses_s[tries - 1] : 900) * 1000);
        rehearsal_ring(&r, MSG_MAIL_OVERDUE, order_id);
        rehearsal_settle(&r);
        tries++;
    }
    assert_true(r.now_ms - REHEARSAL_START_MS >= EMAIL_GIVE_UP_MS);
    assert_true(r.now_ms - REHEARSAL_START_MS < EMAIL_GIVE_UP_MS + EMAIL_PAUSE_MAX_MS);
    assert_int_equal(rehearsal_said(&r, MSG_EMAIL_SENT), 0);
    assert_int_equal(rehearsal_state(&r, order_id), EMAIL_FAILED);
}

/* A server that is away: the edge holds the mail back, and answers nothing. */
static void gives_up_after_a_day_of_silence(void **state)
{
    (void)state;
    r.answer = NULL;
    hear((struct play)CANCELLED);
    while (rehearsal_said(&r, MSG_EMAIL_FAILED) == 0)
        rehearsal_ring(&r, MSG_MAIL_OVERDUE, order_id);
    assert_true(rehearsal_asked(&r, MSG_SEND_EMAIL) < 150);
    assert_true(r.now_ms - REHEARSAL_START_MS >= EMAIL_GIVE_UP_MS);
    assert_true(r.now_ms - REHEARSAL_START_MS < EMAIL_GIVE_UP_MS + 2 * EMAIL_PAUSE_MAX_MS);
    assert_int_equal(rehearsal_state(&r, order_id), EMAIL_FAILED);
}

static void sends_the_same_mail_when_the_server_is_back(void **state)
{
    (void)state;
    outcome = EMAIL_OUTCOME_NO_KEY;
    hear((struct play)CONFIRMED);
    rehearsal_settle(&r);
    outcome = EMAIL_OUTCOME_ACCEPTED;
    rehearsal_ring(&r, MSG_MAIL_OVERDUE, order_id);
    rehearsal_settle(&r);
    assert_int_equal(rehearsal_said(&r, MSG_EMAIL_SENT), 1);
    assert_true(str_equal(r.asked->value, r.asked->next->value));
}

/* All that email hears of one order, in every order: with repeats, or with deadlines that ring at any place. */
static void comes_to_the_same_mails_whatever_the_order(void **state)
{
    static const struct play stories[][3] = {
        {CONFIRMED,
         {.type = MSG_PAYMENT_CHARGED, .body = &charged, .name = "charged"},
         {.type = MSG_SHIPMENT_MOVED, .body = &in_transit, .name = "in transit"}},
        {{.type = MSG_ORDER_CANCELLED, .body = &by_customer, .name = "cancelled"},
         {.type = MSG_PAYMENT_CHARGED, .body = &charged, .name = "charged"},
         {.type = MSG_PAYMENT_REFUNDED, .body = &refunded, .name = "refunded"}},
        {{.type = MSG_ORDER_CANCELLED, .body = &by_customer, .name = "cancelled"},
         {.type = MSG_PAYMENT_VOIDED, .body = &voided, .name = "voided"}},
    };
    static const size_t counts[] = {3, 3, 2}, mails[] = {2, 1, 1};

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(stories); i++) {
        struct str first = {0};
        struct every_order every = {.messages = stories[i / 2],
                                    .count = counts[i / 2],
                                    .repeats = i % 2 == 0,
                                    .rings = i % 2,
                                    .check = rehearsal_same_outcome,
                                    .context = &first,
                                    .limit = 50000};

        assert_true(rehearsal_every_order(&r, &every) >= 6);
        assert_int_equal(rehearsal_said(&r, MSG_EMAIL_SENT), mails[i / 2]);
        free((char *)(uintptr_t)first.ptr);
    }
}

static void has_a_rule_for_everything_and_ran_them_all(void **state)
{
    (void)state;
    rehearsal_is_total(&email_rules);
    rehearsal_all_rules_ran(&email_rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sends_one_mail_for_a_confirmed_order, begin, end),
        cmocka_unit_test_setup_teardown(says_why_an_order_was_cancelled, begin, end),
        cmocka_unit_test_setup_teardown(says_how_much_goes_back, begin, end),
        cmocka_unit_test_setup_teardown(waits_a_little_for_word_of_the_money, begin, end),
        cmocka_unit_test_setup_teardown(writes_once_when_the_parcel_leaves, begin, end),
        cmocka_unit_test_setup_teardown(writes_one_mail_after_the_other, begin, end),
        cmocka_unit_test_setup_teardown(tries_the_second_mail_where_the_first_was_refused, begin, end),
        cmocka_unit_test_setup_teardown(keeps_nothing_when_no_mail_is_to_come, begin, end),
        cmocka_unit_test_setup_teardown(gives_up_at_once_what_will_never_be_taken, begin, end),
        cmocka_unit_test_setup_teardown(tries_later_ever_more_patiently_and_gives_up_after_a_day, begin, end),
        cmocka_unit_test_setup_teardown(gives_up_after_a_day_of_silence, begin, end),
        cmocka_unit_test_setup_teardown(sends_the_same_mail_when_the_server_is_back, begin, end),
        cmocka_unit_test_setup_teardown(comes_to_the_same_mails_whatever_the_order, begin, end),
        cmocka_unit_test(has_a_rule_for_everything_and_ran_them_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
