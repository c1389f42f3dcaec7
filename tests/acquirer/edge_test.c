/* edge_test.c - payment's edge against the acquirer as it runs: what is asked, what is answered, what is never sent. */
/* links: tests/acquirer/place.c services/payment/acquirer.c services/payment/wire.c services/payment/card.c services/payment/decline.c */
/* links: services/lib/run/guard.c services/lib/run/transfers.c services/lib/run/metrics.c msg base */
/* timeout: 60 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/acquirer/place.h"

#define ORDER "8a5f3f5e-6f52-5d3c-9f0e-2d1d0c5b7a10"

static void charges_refunds_and_voids(void **state)
{
    const struct acquirer_answered *answer;
    char id[40];

    (void)state;
    ask_charge_with(ORDER, sealed(card("4432-8015-6152-0454"), ORDER));
    answer = hear(1);
    assert_int_equal(answer->answer, ACQUIRER_ANSWER_CHARGED);
    assert_int_equal(answer->amount_minor, 2697);
    assert_true(str_is(answer->card_brand, "visa") && str_is(answer->card_last4, "0454"));
    assert_true(answer->at_ms > 0 && answer->transaction_id.len == 35);
    memcpy(id, answer->transaction_id.ptr, 35);
    ask(MSG_VOID_CHARGE, ORDER, &(struct void_charge){.order_id = STR(ORDER)});
    answer = hear(2);
    assert_int_equal(answer->answer, ACQUIRER_ANSWER_CHARGED);
    assert_memory_equal(answer->transaction_id.ptr, id, 35);
    ask(MSG_REFUND_CHARGE, ORDER, &(struct refund_charge){.order_id = STR(ORDER)});
    answer = hear(3);
    assert_int_equal(answer->answer, ACQUIRER_ANSWER_REFUNDED);
    assert_int_equal(answer->refund_id.len, 35);
    ask(MSG_VOID_CHARGE, ORDER, &(struct void_charge){.order_id = STR(ORDER)});
    assert_int_equal(hear(4)->answer, ACQUIRER_ANSWER_VOIDED);
    ask(MSG_VOID_CHARGE, "voided", &(struct void_charge){.order_id = STR("voided")});
    assert_int_equal(hear(5)->answer, ACQUIRER_ANSWER_VOIDED);
    ask_charge_with("voided", sealed(card("4111111111111111"), "voided"));
    assert_int_equal(hear(6)->answer, ACQUIRER_ANSWER_VOIDED);
}

static void tells_why_the_bank_refused(void **state)
{
    static const struct {
        const char *order_id, *number;
        enum decline_reason reason;
    } cases[] = {
        {"poor", "4000000000009995", DECLINE_REASON_INSUFFICIENT_FUNDS},
        {"refused", "4000000000000002", DECLINE_REASON_REFUSED_BY_BANK},
        {"old", "4000000000000069", DECLINE_REASON_CARD_EXPIRED},
        {"nobody", "4000000000000101", DECLINE_REASON_CARD_INVALID},
        {"code", "4000000000000127", DECLINE_REASON_SECURITY_CODE_WRONG},
        {"limit", "4000000000006975", DECLINE_REASON_LIMIT_EXCEEDED},
    };
    size_t count = sizeof(cases) / sizeof(cases[0]);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        ask_charge_with(cases[i].order_id, sealed(card(cases[i].number), cases[i].order_id));
        assert_int_equal(hear(i + 1)->answer, ACQUIRER_ANSWER_DECLINED);
        assert_int_equal(place.run.answers[i].decline, cases[i].reason);
        assert_true(place.run.answers[i].detail.len > 0);
    }
    ask(MSG_VOID_CHARGE, "poor", &(struct void_charge){.order_id = STR("poor")});
    assert_int_equal(hear(count + 1)->answer, ACQUIRER_ANSWER_VOIDED);
}

/* Afterwards the acquirer has never heard of the order: a void finds nothing, a refund is refused. */
static void asks_nobody_for_a_card_that_is_no_good(void **state)
{
    struct card expired = card("4111111111111111"), short_code = card("4111111111111111");
    struct sealed_to torn = sealed(card("4111111111111111"), "d");

    (void)state;
    expired.expires_year = 2026;
    expired.expires_month = 7;
    short_code.cvv = STR("12");
    torn.ciphertext.len--;
    ask_charge_with("a", sealed(expired, "a"));
    assert_int_equal(hear(1)->decline, DECLINE_REASON_CARD_EXPIRED);
    ask_charge_with("b", sealed(card("378282246310005"), "b"));
    assert_int_equal(hear(2)->decline, DECLINE_REASON_CARD_NOT_ACCEPTED);
    ask_charge_with("c", sealed(card("4111111111111111"), "another order"));
    assert_int_equal(hear(3)->decline, DECLINE_REASON_CARD_UNREADABLE);
    ask_charge_with("d", torn);
    assert_int_equal(hear(4)->decline, DECLINE_REASON_CARD_UNREADABLE);
    ask_charge_with("e", sealed(short_code, "e"));
    assert_int_equal(hear(5)->decline, DECLINE_REASON_SECURITY_CODE_WRONG);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(place.run.answers[i].answer, ACQUIRER_ANSWER_DECLINED);
        assert_true(place.run.answers[i].detail.len > 0);
    }
    ask(MSG_REFUND_CHARGE, "a", &(struct refund_charge){.order_id = STR("a")});
    assert_int_equal(hear(6)->answer, ACQUIRER_ANSWER_UNKNOWN);
}

static void a_question_finds_what_the_charge_came_to(void **state)
{
    const struct query_charge about_silent = {.order_id = STR("asked")}, about_none = {.order_id = STR("never")};

    (void)state;
    ask_charge_with("asked", sealed(card("4000000000000119"), "asked"));
    assert_int_equal(hear(1)->answer, ACQUIRER_ANSWER_UNKNOWN);
    ask(MSG_QUERY_CHARGE, "asked", &about_silent);
    assert_int_equal(hear(2)->answer, ACQUIRER_ANSWER_CHARGED);
    assert_int_equal(place.run.answers[1].amount_minor, 2697);
    ask(MSG_QUERY_CHARGE, "never", &about_none);
    assert_int_equal(hear(3)->answer, ACQUIRER_ANSWER_NOT_FOUND);
    ask_charge_with("never", sealed(card("4111111111111111"), "never"));
    assert_int_equal(hear(4)->answer, ACQUIRER_ANSWER_CHARGED);
}

static void silence_and_trouble_are_unknown_and_the_next_ask_finds_the_truth(void **state)
{
    int64_t began_us = clock_steady_us();

    (void)state;
    ask_charge_with("silent", sealed(card("4000000000000119"), "silent"));
    ask_charge_with("flaky", sealed(card("4000000000000341"), "flaky"));
    hear(2);
    assert_true(clock_steady_us() - began_us < 5 * 1000000);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(place.run.answers[i].answer, ACQUIRER_ANSWER_UNKNOWN);
    ask_charge_with("silent", sealed(card("4000000000000119"), "silent"));
    ask_charge_with("flaky", sealed(card("4000000000000341"), "flaky"));
    hear(4);
    for (size_t i = 2; i < 4; i++)
        assert_int_equal(place.run.answers[i].answer, ACQUIRER_ANSWER_CHARGED);
}

static void an_acquirer_that_is_away_is_unknown(void **state)
{
    char url[64];

    (void)state;
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", place_free_port());
    payment_settings.acquirer = url;
    ask_charge_with("away", sealed(card("4111111111111111"), "away"));
    assert_int_equal(hear(1)->answer, ACQUIRER_ANSWER_UNKNOWN);
    assert_true(place.run.answers[0].detail.len > 0);
    payment_settings.acquirer = place.url;
    ask_charge_with("away", sealed(card("4111111111111111"), "away"));
    assert_int_equal(hear(2)->answer, ACQUIRER_ANSWER_CHARGED);
}

static void answers_all_of_a_crowd_and_each_order_once(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        char order_id[16];

        snprintf(order_id, sizeof(order_id), "crowd-%d", i);
        for (int twice = 0; twice < 2; twice++) /* the second is on its way already */
            ask_charge_with(order_id, sealed(card("5272940000751666"), order_id));
    }
    hear(300);
    event_base_loop(place.run.base, EVLOOP_NONBLOCK);
    assert_int_equal(place.run.count, 300);
    for (size_t i = 0; i < 300; i++) {
        assert_int_equal(place.run.answers[i].answer, ACQUIRER_ANSWER_CHARGED);
        for (size_t j = 0; j < i; j++)
            assert_false(str_equal(place.run.answers[i].transaction_id, place.run.answers[j].transaction_id));
    }
}

/* The sanitizers look for what is left. */
static void leaves_with_questions_open(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        char order_id[16];

        snprintf(order_id, sizeof(order_id), "open-%d", i);
        ask_charge_with(order_id, sealed(card("4111111111111111"), order_id));
    }
    event_base_loop(place.run.base, EVLOOP_ONCE);
    assert_true(place.run.count < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(charges_refunds_and_voids, place_open_edge, place_close_edge),
        cmocka_unit_test_setup_teardown(tells_why_the_bank_refused, place_open_edge, place_close_edge),
        cmocka_unit_test_setup_teardown(asks_nobody_for_a_card_that_is_no_good, place_open_edge, place_close_edge),
        cmocka_unit_test_setup_teardown(a_question_finds_what_the_charge_came_to, place_open_edge, place_close_edge),
        cmocka_unit_test_setup_teardown(silence_and_trouble_are_unknown_and_the_next_ask_finds_the_truth,
                                        place_open_edge, place_close_edge),
        cmocka_unit_test_setup_teardown(an_acquirer_that_is_away_is_unknown, place_open_edge, place_close_edge),
        cmocka_unit_test_setup_teardown(answers_all_of_a_crowd_and_each_order_once, place_open_edge, place_close_edge),
        cmocka_unit_test_setup_teardown(leaves_with_questions_open, place_open_edge, place_close_edge),
    };

    return cmocka_run_group_tests_name("payment's edge", tests, place_start, place_stop);
}
