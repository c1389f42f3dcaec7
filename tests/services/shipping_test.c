/* shipping_test.c - one parcel for a paid order with a good address, none or a recalled one after a cancellation. */
/* links: services/shipping/shipping.c services/shipping/tracking.c services/shipping/tariff.c tests/rehearsal msg base */
#include "services/shipping/shipping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/rehearsal/rehearsal.h"

#define COUNT(array) (sizeof(array) / sizeof(array[0]))

static const struct str order_id = STR_INIT("56dd8359-29f5-50a4-820a-ad35dc23dbc2");
static struct rehearsal r;
static enum address_outcome outcome; /* what the reader of addresses finds */

static struct order_placed placed = {
    .order_id = STR_INIT("56dd8359-29f5-50a4-820a-ad35dc23dbc2"),
    .order = {.carrier = STR_INIT(SHIPPING_CARRIER), .address = {.key_id = STR_INIT("k"), .nonce = STR_INIT("n")}},
};
static const struct payment_charged charged = {.order_id = STR_INIT("56dd8359-29f5-50a4-820a-ad35dc23dbc2")};
static const struct order_confirmed confirmed = {.order_id = STR_INIT("56dd8359-29f5-50a4-820a-ad35dc23dbc2")};
static const struct order_cancelled cancelled = {.order_id = STR_INIT("56dd8359-29f5-50a4-820a-ad35dc23dbc2")};

#define PLACED                                                      \
    {                                                               \
        .type = MSG_ORDER_PLACED, .body = &placed, .name = "placed" \
    }
#define CHARGED                                                          \
    {                                                                    \
        .type = MSG_PAYMENT_CHARGED, .body = &charged, .name = "charged" \
    }
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
    const struct open_address *ask = body;
    struct address_opened answered = {.order_id = ask->order_id, .outcome = outcome, .detail = STR("because")};

    (void)asked;
    rehearsal_later(rehearsal, &(struct play){.type = MSG_ADDRESS_OPENED, .body = &answered});
}

static int begin(void **state)
{
    (void)state;
    rehearsal_init(&r, &shipping_rules, NULL, NULL);
    r.answer = answer;
    outcome = ADDRESS_OUTCOME_VALID;
    placed.order.carrier = STR(SHIPPING_CARRIER);
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

/* --- one order, in the usual order -------------------------------------------------------------------------------- */

static void prepares_a_parcel_when_paid_and_sends_it_when_confirmed(void **state)
{
    const struct shipment_created *created;

    (void)state;
    hear((struct play)PLACED);
    assert_int_equal(rehearsal_asked(&r, MSG_OPEN_ADDRESS), 1);
    rehearsal_settle(&r);
    assert_int_equal(rehearsal_state(&r, order_id), SHIPPING_READY);
    hear((struct play)CHARGED);
    created = rehearsal_last(&r, MSG_SHIPMENT_CREATED);
    assert_non_null(created);
    assert_true(str_is(created->carrier, SHIPPING_CARRIER));
    assert_true(shipping_tracking_number_good(created->tracking_number));
    assert_int_equal(rehearsal_state(&r, order_id), SHIPPING_CREATED);
    hear((struct play)CONFIRMED);
    assert_int_equal(rehearsal_state(&r, order_id), SHIPPING_PICKING);
    hear((struct play)CANCELLED);
    assert_int_equal(rehearsal_said(&r, MSG_SHIPMENT_CANCELLED), 0);
}

static void keeps_the_sealed_address_only_until_it_was_read(void **state)
{
    const struct shipping *row;

    (void)state;
    hear((struct play)PLACED);
    row = rehearsal_row(&r, order_id);
    assert_true(row->address.len > 0);
    rehearsal_settle(&r);
    assert_int_equal(row->address.len, 0);
    assert_true(rehearsal_due(&r, MSG_ADDRESS_OVERDUE, order_id) == INT64_MIN);
}

static void recalls_the_parcel_it_created(void **state)
{
    const struct shipment_cancelled *recalled;

    (void)state;
    hear((struct play)PLACED);
    rehearsal_settle(&r);
    hear((struct play)CHARGED);
    hear((struct play)CANCELLED);
    recalled = rehearsal_last(&r, MSG_SHIPMENT_CANCELLED);
    assert_non_null(recalled);
    assert_true(str_equal(recalled->tracking_number, shipping_tracking_number(order_id, &r.arena)));
}

static void refuses_before_the_charge_what_it_cannot_deliver(void **state)
{
    static const struct {
        enum address_outcome outcome;
        enum shipment_refusal reason;
    } cases[] = {{ADDRESS_OUTCOME_INVALID, SHIPMENT_REFUSAL_ADDRESS_INVALID},
                 {ADDRESS_OUTCOME_UNREADABLE, SHIPMENT_REFUSAL_ADDRESS_UNREADABLE}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct shipment_refused *refused;

        rehearsal_clear(&r);
        outcome = cases[i].outcome;
        hear((struct play)PLACED);
        rehearsal_settle(&r);
        refused = rehearsal_last(&r, MSG_SHIPMENT_REFUSED);
        assert_non_null(refused);
        assert_int_equal(refused->reason, cases[i].reason);
        assert_true(str_is(refused->detail, "because"));
        hear((struct play)CHARGED);
        assert_int_equal(rehearsal_said(&r, MSG_SHIPMENT_CREATED), 0);
    }
}

static void refuses_a_carrier_that_it_does_not_have(void **state)
{
    const struct shipment_refused *refused;

    (void)state;
    placed.order.carrier = STR("zeppelin");
    hear((struct play)PLACED);
    refused = rehearsal_last(&r, MSG_SHIPMENT_REFUSED);
    assert_non_null(refused);
    assert_int_equal(refused->reason, SHIPMENT_REFUSAL_NO_CARRIER);
    assert_int_equal(rehearsal_asked(&r, MSG_OPEN_ADDRESS), 0);
}

static void waits_for_a_key_ever_longer_and_then_refuses(void **state)
{
    static const int64_t pauses_s[] = {1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60};

    (void)state;
    outcome = ADDRESS_OUTCOME_NO_KEY;
    hear((struct play)PLACED);
    for (size_t i = 0; i < COUNT(pauses_s); i++) {
        rehearsal_settle(&r);
        assert_int_equal(rehearsal_due(&r, MSG_ADDRESS_OVERDUE, order_id) - r.now_ms, pauses_s[i] * 1000);
        rehearsal_ring(&r, MSG_ADDRESS_OVERDUE, order_id);
    }
    assert_int_equal(rehearsal_said(&r, MSG_SHIPMENT_REFUSED), 0);
    rehearsal_settle(&r);
    assert_int_equal(rehearsal_said(&r, MSG_SHIPMENT_REFUSED), 1);
    assert_int_equal(rehearsal_asked(&r, MSG_OPEN_ADDRESS), SHIPPING_KEY_ATTEMPTS);
    assert_true(rehearsal_due(&r, MSG_ADDRESS_OVERDUE, order_id) == INT64_MIN);
}

static void asks_again_when_its_own_reader_was_silent(void **state)
{
    (void)state;
    r.answer = NULL;
    hear((struct play)PLACED);
    for (int i = 0; i < 3 * SHIPPING_KEY_ATTEMPTS; i++) /* silence alone never refuses */
        rehearsal_ring(&r, MSG_ADDRESS_OVERDUE, order_id);
    assert_int_equal(rehearsal_said(&r, MSG_SHIPMENT_REFUSED), 0);
    r.answer = answer;
    rehearsal_ring(&r, MSG_ADDRESS_OVERDUE, order_id);
    rehearsal_settle(&r);
    assert_int_equal(rehearsal_state(&r, order_id), SHIPPING_READY);
}

/* --- every order -------------------------------------------------------------------------------------------------- */

static void comes_to_one_parcel_whatever_the_order(void **state)
{
    static const struct play messages[] = {PLACED, CHARGED, CONFIRMED};
    struct str first = {0};
    struct every_order every = {.messages = messages,
                                .count = COUNT(messages),
                                .repeats = true,
                                .rings = 1,
                                .check = rehearsal_same_outcome,
                                .context = &first};

    (void)state;
    assert_true(rehearsal_every_order(&r, &every) > 100);
    assert_int_equal(rehearsal_said(&r, MSG_SHIPMENT_CREATED), 1);
    assert_int_equal(rehearsal_state(&r, order_id), SHIPPING_PICKING);
    free((char *)(uintptr_t)first.ptr);
}

static const char *nothing_remains(struct rehearsal *rehearsal, void *context)
{
    size_t created = rehearsal_said(rehearsal, MSG_SHIPMENT_CREATED);

    (void)context;
    if (created > 1 || rehearsal_said(rehearsal, MSG_SHIPMENT_CANCELLED) != created)
        return "not every parcel was recalled";
    if (rehearsal_said(rehearsal, MSG_SHIPMENT_REFUSED) > 1)
        return "refused more than once";
    return rehearsal_state(rehearsal, order_id) == SHIPPING_CLOSED ||
                   rehearsal_state(rehearsal, order_id) == SHIPPING_REFUSED
               ? NULL
               : "the order is not closed";
}

static void comes_to_nothing_when_cancelled_whatever_the_order(void **state)
{
    static const struct play messages[] = {PLACED, CHARGED, CANCELLED};
    static const enum address_outcome outcomes[] = {ADDRESS_OUTCOME_VALID, ADDRESS_OUTCOME_INVALID,
                                                    ADDRESS_OUTCOME_NO_KEY};
    struct every_order every = {
        .messages = messages, .count = COUNT(messages), .repeats = true, .rings = 2, .check = nothing_remains};

    (void)state;
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        outcome = outcomes[i];
        assert_true(rehearsal_every_order(&r, &every) > 100);
    }
}

static void has_a_rule_for_everything_and_ran_them_all(void **state)
{
    (void)state;
    rehearsal_is_total(&shipping_rules);
    rehearsal_all_rules_ran(&shipping_rules);
}

/* --- tariffs ------------------------------------------------------------------------------------------------------ */

static void tells_the_flat_price_once_and_again_when_it_changes(void **state)
{
    const struct str carrier = STR(SHIPPING_CARRIER);
    const struct tariff_updated *told;

    (void)state;
    rehearsal_init(&r, &tariff_rules, NULL, NULL);
    rehearsal_play(&r, &(struct play){.type = MSG_TARIFF_DUE, .key = carrier});
    told = rehearsal_last(&r, MSG_TARIFF_UPDATED);
    assert_non_null(told);
    assert_int_equal(told->version, 1);
    assert_true(str_equal(told->carrier, carrier) && str_is(told->currency, "USD"));
    assert_int_equal(told->steps.count, 1);
    assert_int_equal(told->steps.items[0].price_minor, 899);
    assert_true(str_is(told->steps.items[0].zone, "*"));
    rehearsal_ring(&r, MSG_TARIFF_DUE, carrier);
    rehearsal_ring(&r, MSG_TARIFF_DUE, carrier);
    assert_int_equal(rehearsal_said(&r, MSG_TARIFF_UPDATED), 1);
    ((struct tariff *)(uintptr_t)rehearsal_row(&r, carrier))->prices.len--; /* as if another had been told */
    rehearsal_ring(&r, MSG_TARIFF_DUE, carrier);
    told = rehearsal_last(&r, MSG_TARIFF_UPDATED);
    assert_int_equal(told->version, 2);
    rehearsal_is_total(&tariff_rules);
    rehearsal_all_rules_ran(&tariff_rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(prepares_a_parcel_when_paid_and_sends_it_when_confirmed, begin, end),
        cmocka_unit_test_setup_teardown(keeps_the_sealed_address_only_until_it_was_read, begin, end),
        cmocka_unit_test_setup_teardown(recalls_the_parcel_it_created, begin, end),
        cmocka_unit_test_setup_teardown(refuses_before_the_charge_what_it_cannot_deliver, begin, end),
        cmocka_unit_test_setup_teardown(refuses_a_carrier_that_it_does_not_have, begin, end),
        cmocka_unit_test_setup_teardown(waits_for_a_key_ever_longer_and_then_refuses, begin, end),
        cmocka_unit_test_setup_teardown(asks_again_when_its_own_reader_was_silent, begin, end),
        cmocka_unit_test_setup_teardown(comes_to_one_parcel_whatever_the_order, begin, end),
        cmocka_unit_test_setup_teardown(comes_to_nothing_when_cancelled_whatever_the_order, begin, end),
        cmocka_unit_test(has_a_rule_for_everything_and_ran_them_all),
        cmocka_unit_test_setup_teardown(tells_the_flat_price_once_and_again_when_it_changes, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
