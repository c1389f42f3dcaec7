/* checkout_test.c - an order's one end, whatever comes in whatever order. */
/* links: services/checkout tests/rehearsal msg base */
#include "tests/services/checkout_shop.h"

#include <stdlib.h>

/* Two mugs and a watch to Japan: 2 x 8.99 + 109.99 + 8.99. */
static const struct order_line lines[] = {{STR_INIT("MUG"), STR_INIT("Mug"), 2, 899, 5},
                                          {STR_INIT("WATCH"), STR_INIT("Watch"), 1, 10999, 5}};
static const struct place_order place = {ORDER,
                                         USER,
                                         STR_INIT("pay-1"),
                                         {.cart_generation = 7,
                                          .currency = STR_INIT("USD"),
                                          .lines = {.items = lines, .count = 2},
                                          .carrier = STR_INIT("post"),
                                          .shipping_minor = 899,
                                          .total_minor = 13696,
                                          .tariff_version = 2,
                                          .country = STR_INIT("Japan")}};
static const struct cancel_order cancel = {ORDER, USER, 7};
static const struct cancel_order foreign_cancel = {ORDER, STR_INIT("user-2"), 7};
static const struct stock_lack lacks[] = {{STR_INIT("MUG"), 2, 1}, {STR_INIT("WATCH"), 1, 0}};
static const struct stock_refused refused = {ORDER, {.items = lacks, .count = 2}};
static const struct payment_declined declined = {ORDER, DECLINE_REASON_CARD_EXPIRED, STR_INIT("The card has expired."),
                                                 STR_INIT("USD")};
static const struct shipment_created created = {ORDER, STR_INIT("post"), STR_INIT("PP-1"), 0};
static const struct shipment_refused unshipped = {ORDER, SHIPMENT_REFUSAL_ADDRESS_INVALID, STR_INIT("No such street.")};

// clang-format off
static const struct play do_place =   {MSG_PLACE_ORDER,      &place,          "place",   STR_INIT(""), 0};
static const struct play do_cancel =  {MSG_CANCEL_ORDER,     &cancel,         "cancel",  STR_INIT(""), 0};
static const struct play do_foreign = {MSG_CANCEL_ORDER,     &foreign_cancel, "foreign", STR_INIT(""), 0};
static const struct play do_refuse =  {MSG_STOCK_REFUSED,    &refused,        "refuse",  STR_INIT(""), 0};
static const struct play do_decline = {MSG_PAYMENT_DECLINED, &declined,       "decline", STR_INIT(""), 0};
static const struct play do_ship =    {MSG_SHIPMENT_CREATED, &created,        "ship",    STR_INIT(""), 0};
static const struct play do_unship =  {MSG_SHIPMENT_REFUSED, &unshipped,      "unship",  STR_INIT(""), 0};
static const struct play do_overdue = {MSG_ORDER_OVERDUE,    NULL,            "overdue", ORDER, 0};
// clang-format on

static int clear(void **state)
{
    (void)state;
    rehearsal_clear(&r);
    return 0;
}

static void has_a_rule_for_everything_everywhere(void **state)
{
    (void)state;
    rehearsal_is_total(&checkout_rules);
}

static void freezes_what_the_customer_saw(void **state)
{
    const struct order_placed *placed;

    (void)state;
    rehearsal_play(&r, &do_place);
    assert_int_equal(rehearsal_state(&r, order_id), CHECKOUT_PLACED);
    placed = rehearsal_last(&r, MSG_ORDER_PLACED);
    assert_int_equal(placed->deadline_ms, REHEARSAL_START_MS + 60000);
    assert_int_equal(rehearsal_due(&r, MSG_ORDER_OVERDUE, order_id), REHEARSAL_START_MS + 60000);
    assert_text(placed->pay_with_id, "pay-1");
    assert_int_equal(placed->order.total_minor, 13696);
    assert_int_equal(placed->order.lines.count, 2);
    assert_int_equal(placed->order.lines.items[0].unit_price_minor, 899);
    assert_int_equal(((const struct cart_ordering *)rehearsal_last(&r, MSG_CART_ORDERING))->generation, 7);
    assert_int_equal(rehearsal_said(&r, MSG_CART_ORDERING), 1);
    assert_null(r.said->next->next);
}

static void confirms_when_the_parcel_is_packed(void **state)
{
    const struct order_confirmed *confirmed;
    const struct cart_ordered *ordered;

    (void)state;
    rehearsal_play(&r, &do_place);
    rehearsal_play(&r, &do_ship);
    confirmed = rehearsal_last(&r, MSG_ORDER_CONFIRMED);
    assert_text(confirmed->tracking_number, "PP-1");
    assert_int_equal(confirmed->order.total_minor, 13696);
    ordered = rehearsal_last(&r, MSG_CART_ORDERED);
    assert_int_equal(ordered->generation, 7);
    assert_int_equal(ordered->lines.count, 2);
    assert_text(ordered->lines.items[1].product_id, "WATCH");
    assert_int_equal(ordered->lines.items[0].quantity, 2);
    assert_true(rehearsal_due(&r, MSG_ORDER_OVERDUE, order_id) == INT64_MIN);
}

static void cancels_with_the_reason_of_whoever_refused(void **state)
{
    static const struct {
        const struct play *play;
        enum cancel_reason reason;
        const char *detail;
    } cases[] = {
        {&do_refuse, CANCEL_REASON_OUT_OF_STOCK, "Of Mug only 1 are left, not 2. Watch is sold out."},
        {&do_decline, CANCEL_REASON_PAYMENT_DECLINED, "The card has expired."},
        {&do_unship, CANCEL_REASON_SHIPMENT_REFUSED, "No such street."},
        {&do_cancel, CANCEL_REASON_BY_CUSTOMER, "You cancelled it."},
        {&do_overdue, CANCEL_REASON_OVERDUE, "It could not be finished in time. You are charged nothing."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct order_cancelled *cancelled;
        const struct cart_kept *kept;

        rehearsal_clear(&r);
        rehearsal_play(&r, &do_place);
        rehearsal_play(&r, cases[i].play);
        cancelled = rehearsal_last(&r, MSG_ORDER_CANCELLED);
        kept = rehearsal_last(&r, MSG_CART_KEPT);
        assert_int_equal(cancelled->reason, cases[i].reason);
        assert_text(cancelled->detail, cases[i].detail);
        assert_int_equal(cancelled->order.total_minor, 13696);
        assert_int_equal(kept->generation, 7);
        assert_text(kept->reason, cases[i].detail);
        assert_true(rehearsal_due(&r, MSG_ORDER_OVERDUE, order_id) == INT64_MIN);
    }
}

static void names_the_first_of_several_reasons(void **state)
{
    (void)state;
    rehearsal_play(&r, &do_decline);
    rehearsal_play(&r, &do_refuse);
    rehearsal_play(&r, &do_place);
    assert_int_equal(((const struct order_cancelled *)rehearsal_last(&r, MSG_ORDER_CANCELLED))->reason,
                     CANCEL_REASON_PAYMENT_DECLINED);
}

static void answers_every_cancellation_that_comes_too_late(void **state)
{
    (void)state;
    rehearsal_play(&r, &do_place);
    rehearsal_play(&r, &do_ship);
    rehearsal_hear(&r, MSG_CANCEL_ORDER, &cancel, NULL);
    rehearsal_hear(&r, MSG_CANCEL_ORDER, &cancel, NULL);
    rehearsal_hear(&r, MSG_CANCEL_ORDER, &foreign_cancel, NULL);
    assert_int_equal(rehearsal_said(&r, MSG_CANCEL_REFUSED), 2);
    assert_int_equal(rehearsal_said(&r, MSG_ORDER_CANCELLED), 0);
}

static void rejects_what_was_cancelled_before_it_came(void **state)
{
    (void)state;
    rehearsal_play(&r, &do_cancel);
    rehearsal_play(&r, &do_place);
    assert_int_equal(((const struct order_rejected *)rehearsal_last(&r, MSG_ORDER_REJECTED))->reason,
                     REJECT_REASON_CANCELLED_FIRST);
    assert_int_equal(rehearsal_said(&r, MSG_CART_KEPT), 1);
    assert_int_equal(rehearsal_said(&r, MSG_ORDER_PLACED), 0);
}

static void rejects_what_is_not_on_the_shops_terms(void **state)
{
    struct place_order cheap = place;

    (void)state;
    cheap.order.total_minor--;
    rehearsal_hear(&r, MSG_PLACE_ORDER, &cheap, "cheap");
    assert_int_equal(rehearsal_state(&r, order_id), CHECKOUT_REJECTED);
    assert_int_equal(((const struct cart_kept *)rehearsal_last(&r, MSG_CART_KEPT))->generation, 7);
    assert_true(rehearsal_due(&r, MSG_ORDER_OVERDUE, order_id) == INT64_MIN);
}

static void hears_every_cancellation_that_comes_first(void **state)
{
    (void)state;
    rehearsal_play(&r, &do_foreign);
    rehearsal_play(&r, &do_cancel);
    rehearsal_hear(&r, MSG_CANCEL_ORDER, &foreign_cancel, NULL);
    rehearsal_play(&r, &do_place);
    assert_int_equal(rehearsal_state(&r, order_id), CHECKOUT_REJECTED);
}

static void lets_nobody_cancel_for_somebody_else(void **state)
{
    (void)state;
    rehearsal_play(&r, &do_foreign);
    assert_int_equal(rehearsal_state(&r, order_id), CHECKOUT_NEW);
    rehearsal_hear(&r, MSG_CANCEL_ORDER, &(struct cancel_order){ORDER, USER, -1}, NULL); /* whose it is, is not told */
    rehearsal_hear(&r, MSG_CANCEL_ORDER, &(struct cancel_order){ORDER, USER, 6}, NULL);
    assert_int_equal(rehearsal_state(&r, order_id), CHECKOUT_NEW);
    rehearsal_play(&r, &do_place);
    assert_int_equal(rehearsal_state(&r, order_id), CHECKOUT_PLACED);
    rehearsal_hear(&r, MSG_CANCEL_ORDER, &foreign_cancel, NULL);
    assert_int_equal(rehearsal_state(&r, order_id), CHECKOUT_PLACED);
}

static void believes_the_first_of_two_that_differ(void **state)
{
    struct place_order other = place;

    (void)state;
    other.pay_with_id = STR("pay-2");
    rehearsal_play(&r, &do_place);
    rehearsal_hear(&r, MSG_PLACE_ORDER, &other, "other");
    assert_int_equal(rehearsal_said(&r, MSG_ORDER_PLACED), 1);
    assert_text(((const struct order_placed *)rehearsal_last(&r, MSG_ORDER_PLACED))->pay_with_id, "pay-1");
}

/* One end, one word to the cart, and the two belong together. */
static const char *ends_once(struct rehearsal *played, void *context)
{
    size_t confirmed = rehearsal_said(played, MSG_ORDER_CONFIRMED);
    size_t cancelled = rehearsal_said(played, MSG_ORDER_CANCELLED);
    size_t rejected = rehearsal_said(played, MSG_ORDER_REJECTED);

    (void)context;
    if (confirmed + cancelled + rejected != 1)
        return "not one end";
    if (rehearsal_said(played, MSG_ORDER_PLACED) != confirmed + cancelled)
        return "placed and rejected, or an end of what was never placed";
    if (rehearsal_said(played, MSG_CART_ORDERED) != confirmed || rehearsal_said(played, MSG_CART_KEPT) != 1 - confirmed)
        return "the cart was told something else";
    return NULL;
}

static void has_one_end_in_every_order(void **state)
{
    const struct play all[] = {do_place, do_ship, do_cancel, do_decline, do_refuse, do_unship, do_foreign};
    struct every_order every = {.messages = all, .count = 7, .repeats = true, .check = ends_once, .limit = 30000};

    (void)state;
    assert_true(rehearsal_every_order(&r, &every) > 30000);
    /* The first four: 4! orders, each as it is and with 4 + 3 + 2 + 1 repetitions. The deadline can ring only right
     * after a placing that comes first: 3! orders more, with 5 + 4 + 3 + 2 + 1 repetitions. */
    every = (struct every_order){.messages = all, .count = 4, .repeats = true, .rings = 1, .check = ends_once};
    assert_int_equal(rehearsal_every_order(&r, &every), 24 * 11 + 6 * 16);
}

/* Played in every order, the outcome is always the same, and this is said in it. */
static void assert_always(const struct play *messages, size_t count, const char *said)
{
    struct str first = {0};
    const struct every_order every = {
        .messages = messages, .count = count, .repeats = true, .check = rehearsal_same_outcome, .context = &first};

    rehearsal_every_order(&r, &every);
    assert_non_null(strstr(first.ptr, said));
    free((char *)(uintptr_t)first.ptr);
}

static void comes_to_the_same_end_in_every_order(void **state)
{
    (void)state;
    assert_always((const struct play[]){do_place, do_ship}, 2, "OrderConfirmed");
    assert_always((const struct play[]){do_place, do_refuse}, 2, "Watch is sold out");
    assert_always((const struct play[]){do_place, do_decline}, 2, "The card has expired");
    assert_always((const struct play[]){do_place, do_unship}, 2, "No such street");
    assert_always((const struct play[]){do_place, do_ship, do_foreign}, 3, "OrderConfirmed");
    assert_always((const struct play[]){do_place, do_foreign}, 2, "OrderPlaced");
}

static void ran_every_rule(void **state)
{
    (void)state;
    rehearsal_all_rules_ran(&checkout_rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_a_rule_for_everything_everywhere),
        cmocka_unit_test_setup(freezes_what_the_customer_saw, clear),
        cmocka_unit_test_setup(confirms_when_the_parcel_is_packed, clear),
        cmocka_unit_test_setup(cancels_with_the_reason_of_whoever_refused, clear),
        cmocka_unit_test_setup(names_the_first_of_several_reasons, clear),
        cmocka_unit_test_setup(answers_every_cancellation_that_comes_too_late, clear),
        cmocka_unit_test_setup(rejects_what_was_cancelled_before_it_came, clear),
        cmocka_unit_test_setup(rejects_what_is_not_on_the_shops_terms, clear),
        cmocka_unit_test_setup(hears_every_cancellation_that_comes_first, clear),
        cmocka_unit_test_setup(lets_nobody_cancel_for_somebody_else, clear),
        cmocka_unit_test_setup(believes_the_first_of_two_that_differ, clear),
        cmocka_unit_test_setup(has_one_end_in_every_order, clear),
        cmocka_unit_test_setup(comes_to_the_same_end_in_every_order, clear),
        cmocka_unit_test(ran_every_rule),
    };

    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
