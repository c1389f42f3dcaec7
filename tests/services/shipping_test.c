/* shipping_test.c - one parcel for a paid order with a good address, none or a recalled one after a cancellation. */
/* links: services/shipping/shipping.c services/shipping/tracking.c services/shipping/tariff.c services/shipping/address.c tests/sealing.c tests/rehearsal msg base */
#include "services/shipping/shipping.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/rehearsal/rehearsal.h"
#include "tests/sealing.h"

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

/* --- tracking numbers --------------------------------------------------------------------------------------------- */

static void numbers_a_parcel_by_its_order_in_the_usual_shape(void **state)
{
    struct str number = shipping_tracking_number(order_id, &r.arena);
    regex_t shape;

    (void)state;
    assert_int_equal(regcomp(&shape, "^[A-Z]{2}-[0-9]{6}-[0-9]{16}$", REG_EXTENDED | REG_NOSUB), 0);
    for (int i = 0; i < 500; i++) {
        struct id id = id_random();
        struct str text = id_text(&id, &r.arena), other = shipping_tracking_number(text, &r.arena);

        assert_int_equal(regexec(&shape, other.ptr, 0, NULL, 0), 0);
        assert_false(str_equal(other, number));
        assert_true(str_equal(other, shipping_tracking_number(text, &r.arena)));
        assert_true(shipping_tracking_number_good(other));
    }
    regfree(&shape);
}

static void notices_each_single_slip_and_each_swap_of_neighbours(void **state)
{
    struct str number = shipping_tracking_number(order_id, &r.arena);
    char *text = (char *)(uintptr_t)number.ptr;

    (void)state;
    for (size_t i = 0; i < number.len; i++) {
        char was = text[i], first = was >= 'A' ? 'A' : '0', last = was >= 'A' ? 'Z' : '9';

        if (was == '-')
            continue;
        for (char c = first; c <= last; c++) {
            text[i] = c;
            assert_int_equal(shipping_tracking_number_good(number), c == was);
        }
        text[i] = was;
        if (i + 1 == number.len || text[i + 1] == '-' || text[i + 1] == was)
            continue;
        text[i] = text[i + 1];
        text[i + 1] = was;
        assert_false(shipping_tracking_number_good(number));
        text[i + 1] = text[i];
        text[i] = was;
    }
    assert_false(shipping_tracking_number_good(STR("")));
    assert_false(shipping_tracking_number_good(STR("ab-1-01")));
}

/* --- addresses ---------------------------------------------------------------------------------------------------- */

static struct seal_pair *own, *own_public;
static struct keyring *ring;
static struct sealing_customer ada;
static const struct postal_address good = {STR_INIT("12 St James's Square "), STR_INIT("London"), STR_INIT(""),
                                           STR_INIT("SW1Y 4JH"), STR_INIT("United Kingdom")};

static int begin_reading(void **state)
{
    struct customer_key key;

    begin(state);
    sealing_pair(&own, &own_public);
    ring = keyring_open("shipping", own);
    ada = sealing_customer(&r.arena);
    key = sealing_key(&ada, "shipping", own_public, 1, &r.arena);
    keyring_learn(ring, &key);
    return 0;
}

static int end_reading(void **state)
{
    keyring_close(ring);
    seal_pair_free(own);
    seal_pair_free(own_public);
    return end(state);
}

static struct address_opened read_sealed(struct str plaintext)
{
    struct open_address ask = {.order_id = order_id};

    ask.address = sealing_field(&ada, plaintext, order_id, "address", &r.arena);
    return shipping_open_address(ring, &ask, &r.arena);
}

static struct address_opened read_address(const struct postal_address *address)
{
    return read_sealed(record_encode(RECORD_POSTAL_ADDRESS, address, &r.arena));
}

static void finds_a_good_address_good(void **state)
{
    struct address_opened answered = read_address(&good);

    (void)state;
    assert_int_equal(answered.outcome, ADDRESS_OUTCOME_VALID);
    assert_true(str_equal(answered.order_id, order_id));
    assert_int_equal(answered.detail.len, 0);
}

static void names_what_is_wrong_without_quoting_it(void **state)
{
    char *long_street = arena_alloc(&r.arena, 513);
    struct postal_address bad[7];
    static const char *const sentences[] = {
        "The address has no street.",
        "The address has no city.",
        "The address has no country.",
        "The city of the address cannot be printed.",
        "The state of the address cannot be printed.",
        "The street of the address is too long.",
        "The postal code of the address cannot be printed.",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        bad[i] = good;
    bad[0].street = STR("   ");
    bad[1].city = STR("");
    bad[2].country = STR("");
    bad[3].city = STR("Lon\ndon");
    bad[4].state = STR("\x7f");
    bad[5].street = (struct str){memset(long_street, 'x', 513), 513};
    bad[6].zip_code = (struct str){"9\0", 2};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct address_opened answered = read_address(&bad[i]);

        assert_int_equal(answered.outcome, ADDRESS_OUTCOME_INVALID);
        assert_true(str_is(answered.detail, sentences[i]));
    }
}

static void tells_unreadable_from_not_yet_readable(void **state)
{
    struct open_address ask = {.order_id = order_id};
    struct sealing_customer stranger = sealing_customer(&r.arena);
    struct customer_key forgotten = {.key_id = ada.key_id, .version = 2, .forgotten = true};

    (void)state;
    assert_int_equal(read_sealed(STR("\xff\xff\xff no record")).outcome, ADDRESS_OUTCOME_UNREADABLE);
    ask.address = sealing_field(&stranger, STR("x"), order_id, "address", &r.arena);
    assert_int_equal(shipping_open_address(ring, &ask, &r.arena).outcome, ADDRESS_OUTCOME_NO_KEY);
    ask.address = sealing_field(&ada, STR("x"), STR("another order"), "address", &r.arena);
    assert_int_equal(shipping_open_address(ring, &ask, &r.arena).outcome, ADDRESS_OUTCOME_UNREADABLE);
    keyring_learn(ring, &forgotten);
    assert_int_equal(read_address(&good).outcome, ADDRESS_OUTCOME_UNREADABLE);
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
        cmocka_unit_test_setup_teardown(numbers_a_parcel_by_its_order_in_the_usual_shape, begin, end),
        cmocka_unit_test_setup_teardown(notices_each_single_slip_and_each_swap_of_neighbours, begin, end),
        cmocka_unit_test_setup_teardown(finds_a_good_address_good, begin_reading, end_reading),
        cmocka_unit_test_setup_teardown(names_what_is_wrong_without_quoting_it, begin_reading, end_reading),
        cmocka_unit_test_setup_teardown(tells_unreadable_from_not_yet_readable, begin_reading, end_reading),
        cmocka_unit_test_setup_teardown(tells_the_flat_price_once_and_again_when_it_changes, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
