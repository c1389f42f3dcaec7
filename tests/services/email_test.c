/* email_test.c - one mail for the end of an order, until somebody takes it or a day is over. */
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
static const struct order_cancelled cancelled = {.order_id = STR_INIT(ORDER_ID), .detail = STR_INIT("Sold out.")};

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

static void keeps_nothing_of_a_mail_that_is_decided(void **state)
{
    const struct email *row;

    (void)state;
    hear((struct play)CONFIRMED);
    row = rehearsal_row(&r, order_id);
    assert_true(row->mail.len > 0);
    rehearsal_settle(&r);
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

static void comes_to_one_mail_whatever_the_order(void **state)
{
    static const struct play ends[] = {CONFIRMED, CANCELLED};

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct str first = {0};
        struct every_order every = {.messages = &ends[i],
                                    .count = 1,
                                    .repeats = true,
                                    .rings = 3,
                                    .check = rehearsal_same_outcome,
                                    .context = &first};

        assert_true(rehearsal_every_order(&r, &every) > 20);
        assert_int_equal(rehearsal_said(&r, MSG_EMAIL_SENT), 1);
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
        cmocka_unit_test_setup_teardown(keeps_nothing_of_a_mail_that_is_decided, begin, end),
        cmocka_unit_test_setup_teardown(gives_up_at_once_what_will_never_be_taken, begin, end),
        cmocka_unit_test_setup_teardown(tries_later_ever_more_patiently_and_gives_up_after_a_day, begin, end),
        cmocka_unit_test_setup_teardown(sends_the_same_mail_when_the_server_is_back, begin, end),
        cmocka_unit_test_setup_teardown(comes_to_one_mail_whatever_the_order, begin, end),
        cmocka_unit_test(has_a_rule_for_everything_and_ran_them_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
