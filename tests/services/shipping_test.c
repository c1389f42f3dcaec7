/* shipping_test.c - one parcel for a paid order with a good address, none or a recalled one after a cancellation. */
/* links: services/shipping/shipping.c services/shipping/tracking.c services/shipping/carriers.c services/shipping/adopt.c tests/rehearsal msg base */
#include "services/shipping/shipping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/rehearsal/rehearsal.h"

#define COUNT(array) (sizeof(array) / sizeof(array[0]))

enum { PICK_MS = 60 * 1000, DAY_MS = 600 * 1000 };
static const struct shipping_settings settings = {.pick_ms = PICK_MS, .day_ms = DAY_MS};
static const struct str order_id = STR_INIT("56dd8359-29f5-50a4-820a-ad35dc23dbc2");
static struct rehearsal r;
static enum address_outcome outcome; /* what the reader of addresses finds */

static struct order_placed placed = {
    .order_id = STR_INIT("56dd8359-29f5-50a4-820a-ad35dc23dbc2"),
    .order = {.carrier = STR_INIT(SHIPPING_FLAT), .address = {.key_id = STR_INIT("k"), .nonce = STR_INIT("n")}},
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
    rehearsal_init(&r, &shipping_rules, NULL, &settings);
    r.answer = answer;
    outcome = ADDRESS_OUTCOME_VALID;
    placed.order.carrier = STR(SHIPPING_FLAT);
    placed.order.country = placed.order.country_code = STR("");
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
    assert_true(str_is(created->carrier, SHIPPING_FLAT));
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
    assert_true(str_equal(recalled->tracking_number,
                          shipping_tracking_number(carrier_find(STR(SHIPPING_FLAT)), order_id, &r.arena)));
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

static void refuses_a_carrier_that_it_does_not_have_or_that_does_not_go_there(void **state)
{
    static const struct {
        const char *carrier, *country, *code, *sentence;
    } cases[] = {{"zeppelin", "Norway", "NO", "We do not ship with this carrier."},
                 {"otter", "Norway", "NO", "This carrier does not go there."},
                 {"heron", "Peru", "PE", "This carrier does not go there."},
                 {"snail", "Norway", "", "This carrier does not go there."}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct shipment_refused *refused;

        rehearsal_clear(&r);
        placed.order.carrier = str_of(cases[i].carrier);
        placed.order.country = str_of(cases[i].country);
        placed.order.country_code = str_of(cases[i].code);
        hear((struct play)PLACED);
        refused = rehearsal_last(&r, MSG_SHIPMENT_REFUSED);
        assert_non_null(refused);
        assert_int_equal(refused->reason, SHIPMENT_REFUSAL_NO_CARRIER);
        assert_true(str_is(refused->detail, cases[i].sentence));
        assert_int_equal(rehearsal_asked(&r, MSG_OPEN_ADDRESS), 0);
    }
}

static void asks_for_the_address_that_shipping_was_quoted_for(void **state)
{
    const struct open_address *ask;

    (void)state;
    placed.order.carrier = STR("snail");
    placed.order.country = STR("Norway");
    placed.order.country_code = STR("NO");
    placed.order.postal_zone = STR("015");
    hear((struct play)PLACED);
    rehearsal_ring(&r, MSG_ADDRESS_OVERDUE, order_id);
    ask = rehearsal_last_asked(&r, MSG_OPEN_ADDRESS);
    assert_true(str_is(ask->country, "Norway") && str_is(ask->country_code, "NO") && str_is(ask->postal_zone, "015"));
    assert_true(str_is(ask->address.key_id, "k"));
    placed.order.postal_zone = STR("");
}

/* --- the way to the door ------------------------------------------------------------------------------------------- */

static void expect_move(enum shipment_stage stage, size_t count, int32_t days)
{
    const struct shipment_moved *moved = rehearsal_last(&r, MSG_SHIPMENT_MOVED);

    assert_non_null(moved);
    assert_int_equal(rehearsal_said(&r, MSG_SHIPMENT_MOVED), count);
    assert_int_equal(moved->stage, stage);
    assert_int_equal(moved->days, days);
    assert_true(
        str_equal(moved->tracking_number,
                  ((const struct shipment_created *)rehearsal_last(&r, MSG_SHIPMENT_CREATED))->tracking_number));
    assert_true(str_equal(moved->carrier, placed.order.carrier));
}

static void tells_the_parcels_way_at_its_carriers_pace(void **state)
{
    static const struct {
        const char *carrier, *code;
        int32_t days;
    } cases[] = {{"flat", "", 35},    {"flat", "US", 5},  {"flat", "NO", 21}, {"snail", "US", 7},
                 {"snail", "PE", 21}, {"heron", "US", 2}, {"heron", "NO", 3}, {"otter", "US", 1}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        rehearsal_clear(&r);
        placed.order.carrier = str_of(cases[i].carrier);
        placed.order.country = placed.order.country_code = str_of(cases[i].code);
        hear((struct play)PLACED);
        rehearsal_settle(&r);
        hear((struct play)CHARGED);
        assert_true(rehearsal_due(&r, MSG_PARCEL_DUE, order_id) == INT64_MIN); /* not before it is confirmed */
        hear((struct play)CONFIRMED);
        assert_int_equal(rehearsal_due(&r, MSG_PARCEL_DUE, order_id) - r.now_ms, PICK_MS);
        rehearsal_ring(&r, MSG_PARCEL_DUE, order_id);
        expect_move(SHIPMENT_STAGE_PICKED, 1, cases[i].days);
        assert_int_equal(rehearsal_due(&r, MSG_PARCEL_DUE, order_id) - r.now_ms, PICK_MS);
        rehearsal_ring(&r, MSG_PARCEL_DUE, order_id);
        expect_move(SHIPMENT_STAGE_IN_TRANSIT, 2, cases[i].days);
        assert_int_equal(rehearsal_due(&r, MSG_PARCEL_DUE, order_id) - r.now_ms, cases[i].days * DAY_MS);
        rehearsal_ring(&r, MSG_PARCEL_DUE, order_id);
        expect_move(SHIPMENT_STAGE_DELIVERED, 3, 0);
        assert_true(rehearsal_due(&r, MSG_PARCEL_DUE, order_id) == INT64_MIN);
        assert_int_equal(rehearsal_state(&r, order_id), SHIPPING_DELIVERED);
    }
}

/* A deadline that was heard already, or one from before the last move, moves nothing. */
static void does_not_move_before_it_is_time(void **state)
{
    const struct play due = {.type = MSG_PARCEL_DUE, .key = order_id};

    (void)state;
    hear((struct play)PLACED);
    rehearsal_settle(&r);
    hear((struct play)CHARGED);
    hear((struct play)CONFIRMED);
    for (int32_t state_now = SHIPPING_PICKING; state_now < SHIPPING_DELIVERED; state_now++) {
        assert_int_equal(rehearsal_state(&r, order_id), state_now);
        hear(due);
        assert_int_equal(rehearsal_state(&r, order_id), state_now);
        rehearsal_ring(&r, MSG_PARCEL_DUE, order_id);
    }
    hear(due);
    assert_int_equal(rehearsal_said(&r, MSG_SHIPMENT_MOVED), 3);
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

/* However far it came by itself, what is left of its way is told; then all ends are the same. */
static const char *arrives_the_same(struct rehearsal *rehearsal, void *context)
{
    while (rehearsal_due(rehearsal, MSG_PARCEL_DUE, order_id) != INT64_MIN)
        rehearsal_ring(rehearsal, MSG_PARCEL_DUE, order_id);
    return rehearsal_same_outcome(rehearsal, context);
}

static void comes_to_one_parcel_whatever_the_order(void **state)
{
    static const struct play messages[] = {PLACED, CHARGED, CONFIRMED};
    struct str first = {0};
    struct every_order every = {.messages = messages,
                                .count = COUNT(messages),
                                .repeats = true,
                                .rings = 1,
                                .check = arrives_the_same,
                                .context = &first};

    (void)state;
    assert_true(rehearsal_every_order(&r, &every) > 100);
    assert_int_equal(rehearsal_said(&r, MSG_SHIPMENT_CREATED), 1);
    assert_int_equal(rehearsal_said(&r, MSG_SHIPMENT_MOVED), 3);
    assert_int_equal(rehearsal_state(&r, order_id), SHIPPING_DELIVERED);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(prepares_a_parcel_when_paid_and_sends_it_when_confirmed, begin, end),
        cmocka_unit_test_setup_teardown(keeps_the_sealed_address_only_until_it_was_read, begin, end),
        cmocka_unit_test_setup_teardown(recalls_the_parcel_it_created, begin, end),
        cmocka_unit_test_setup_teardown(refuses_before_the_charge_what_it_cannot_deliver, begin, end),
        cmocka_unit_test_setup_teardown(refuses_a_carrier_that_it_does_not_have_or_that_does_not_go_there, begin, end),
        cmocka_unit_test_setup_teardown(asks_for_the_address_that_shipping_was_quoted_for, begin, end),
        cmocka_unit_test_setup_teardown(tells_the_parcels_way_at_its_carriers_pace, begin, end),
        cmocka_unit_test_setup_teardown(does_not_move_before_it_is_time, begin, end),
        cmocka_unit_test_setup_teardown(waits_for_a_key_ever_longer_and_then_refuses, begin, end),
        cmocka_unit_test_setup_teardown(asks_again_when_its_own_reader_was_silent, begin, end),
        cmocka_unit_test_setup_teardown(comes_to_one_parcel_whatever_the_order, begin, end),
        cmocka_unit_test_setup_teardown(comes_to_nothing_when_cancelled_whatever_the_order, begin, end),
        cmocka_unit_test(has_a_rule_for_everything_and_ran_them_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
