/* breaker_test.c - an acquirer that is away is not asked by everybody: asks wait at the edge, none is lost or failed. */
/* links: tests/acquirer/place.c services/payment/acquirer.c services/payment/wire.c services/payment/card.c services/payment/decline.c */
/* links: services/lib/run/guard.c services/lib/run/transfers.c services/lib/run/metrics.c msg base */
/* timeout: 60 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "run/metrics.h"
#include "tests/acquirer/place.h"

enum { FAILURES = 5, ORDERS = 200, RETRIES = 400 };

static double is_open(void)
{
    return metric_value(metric_gauge("shop_breaker_open", "", "destination=\"acquirer\""));
}

static double waiting(void)
{
    return metric_value(metric_gauge("shop_acquirer_asks_waiting", "", NULL));
}

static void ask_for(int number)
{
    char order_id[32];

    snprintf(order_id, sizeof(order_id), "waits-%d", number);
    ask_charge_with(order_id, sealed(card("4111111111111111"), order_id));
}

static void orders_wait_for_an_acquirer_that_is_away_and_are_charged_when_it_is_back(void **state)
{
    size_t before;

    (void)state;
    place_kill_acquirer();
    for (int i = 0; i < FAILURES; i++)
        ask_for(i);
    hear(FAILURES);
    for (size_t i = 0; i < FAILURES; i++)
        assert_int_equal(place.run.answers[i].answer, ACQUIRER_ANSWER_UNKNOWN);
    assert_true(is_open() == 1);
    for (int i = FAILURES; i < ORDERS; i++)
        ask_for(i);
    for (int i = 0; i < 50; i++)
        event_base_loop(place.run.base, EVLOOP_NONBLOCK);
    assert_int_equal(place.run.count, FAILURES); /* nobody is told that it failed */
    assert_true(waiting() == ORDERS - FAILURES);
    hear(FAILURES + 1); /* the one that found out that it is still away */
    assert_int_equal(place.run.answers[FAILURES].answer, ACQUIRER_ANSWER_UNKNOWN);
    place_start_acquirer();
    before = place.run.count;
    hear(ORDERS);
    for (size_t i = before; i < ORDERS; i++)
        assert_int_equal(place.run.answers[i].answer, ACQUIRER_ANSWER_CHARGED);
    assert_true(is_open() == 0);
    assert_true(waiting() == 0);
    assert_true(metric_value(metric_counter("shop_breaker_opened_total", "", "destination=\"acquirer\"")) == 1);
}

static void a_refusal_is_an_answer(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * FAILURES; i++) {
        char order_id[32];

        snprintf(order_id, sizeof(order_id), "refused-%d", i);
        ask_charge_with(order_id, sealed(card("4000000000000002"), order_id));
    }
    hear((size_t)2 * FAILURES);
    for (size_t i = 0; i < (size_t)2 * FAILURES; i++)
        assert_int_equal(place.run.answers[i].answer, ACQUIRER_ANSWER_DECLINED);
    assert_true(is_open() == 0);
}

static void retries_beyond_their_share_are_held_back_and_first_asks_are_not(void **state)
{
    const struct metric *held = metric_counter("shop_retries_held_back_total", "", "destination=\"acquirer\"");
    double before = metric_value(held), kept;

    (void)state;
    place.asked_before = 1;
    for (int i = 0; i < RETRIES; i++) {
        struct query_charge body = {0};
        char order_id[32];

        snprintf(order_id, sizeof(order_id), "again-%d", i);
        body.order_id = str_of(order_id);
        ask(MSG_QUERY_CHARGE, order_id, &body);
    }
    place.asked_before = 0;
    kept = metric_value(held) - before;
    assert_true(kept > 0);
    ask_for(ORDERS);
    hear((size_t)(RETRIES - kept) + 1);
    for (int i = 0; i < 50; i++)
        event_base_loop(place.run.base, EVLOOP_NONBLOCK);
    assert_int_equal(place.run.count, (size_t)(RETRIES - kept) + 1); /* what was held back is not asked at all */
    assert_true(waiting() == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(orders_wait_for_an_acquirer_that_is_away_and_are_charged_when_it_is_back,
                                        place_open_edge, place_close_edge),
        cmocka_unit_test_setup_teardown(a_refusal_is_an_answer, place_open_edge, place_close_edge),
        cmocka_unit_test_setup_teardown(retries_beyond_their_share_are_held_back_and_first_asks_are_not,
                                        place_open_edge, place_close_edge),
    };

    return cmocka_run_group_tests_name("payment's breaker", tests, place_start, place_stop);
}
