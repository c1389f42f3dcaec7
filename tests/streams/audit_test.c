/* audit_test.c - the audit's books: what adds up is never told, what does not is told when it had its time, and by name. */
/* links: streams/audit/audit.c streams/audit/stock.c streams/audit/doubt.c tests/rehearsal msg base */
#include "streams/audit/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/streams/audit_plays.h"

#define COUNT(array) (sizeof(array) / sizeof(array[0]))
#define BIT(kind) (1U << AUDIT_KIND_##kind)
static const struct audit_settings settings = {.grace_ms = GRACE_MS};
static struct rehearsal r;

static void fill_shelf(struct rehearsal *rehearsal)
{
    ((struct audited_stock *)rehearsal_shared(rehearsal, mug))->received = 10;
}

static int begin(void **state)
{
    (void)state;
    rehearsal_init(&r, &audit_rules, NULL, &settings);
    r.drops_repeats = true;
    r.shared_size = sizeof(struct audited_stock);
    r.shared_keys = audit_products;
    fill_shelf(&r);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rehearsal_release(&r);
    return 0;
}

static void hear(const struct play *plays, size_t count)
{
    for (size_t i = 0; i < count && plays[i].type; i++)
        rehearsal_play(&r, &plays[i]);
}

/* What was found and is not cleared. */
static uint32_t told(const struct rehearsal *rehearsal)
{
    uint32_t kinds = 0;
    struct arena arena;

    arena_init(&arena);
    for (const struct said *said = rehearsal->said; said; said = said->next) {
        const void *body = msg_decode_own(said->type, said->value, &arena);

        if (said->type == MSG_AUDIT_FOUND)
            kinds |= 1U << ((const struct audit_found *)body)->kind;
        else
            kinds &= ~(1U << ((const struct audit_cleared *)body)->kind);
    }
    arena_release(&arena);
    return kinds;
}

static bool rings(void)
{
    return rehearsal_due(&r, MSG_AUDIT_DUE, order_id) != INT64_MIN;
}

static void ring(void)
{
    rehearsal_ring(&r, MSG_AUDIT_DUE, order_id);
}

/* --- what adds up ------------------------------------------------------------------------------------------------- */

static const char *is_even(struct rehearsal *rehearsal, void *context)
{
    const struct audited *row = rehearsal_row(rehearsal, order_id);

    (void)context;
    if (told(rehearsal))
        return "something stays told";
    if (row->row.state != AUDIT_EVEN || row->doubt.told || row->doubt.since_ms)
        return "it is not even";
    if (rehearsal_due(rehearsal, MSG_AUDIT_DUE, order_id) != INT64_MIN)
        return "a deadline is left";
    return NULL;
}

static void stays_silent(struct every_order every)
{
    every.setup = fill_shelf;
    every.check = is_even;
    every.limit = 8000;
    assert_true(rehearsal_every_order(&r, &every) > 1);
}

static void tells_nothing_of_a_sold_order_in_whatever_order_it_is_heard(void **state)
{
    (void)state;
    stays_silent((struct every_order){.messages = sold, .count = COUNT(sold)});
    assert_int_equal(rehearsal_said(&r, MSG_AUDIT_FOUND), 0);
}

static void tells_nothing_of_an_undone_order_in_whatever_order_it_is_heard(void **state)
{
    (void)state;
    stays_silent((struct every_order){.messages = undone, .count = COUNT(undone)});
    stays_silent((struct every_order){.messages = unpaid, .count = COUNT(unpaid)});
    stays_silent((struct every_order){.messages = turned_away, .count = COUNT(turned_away), .repeats = true});
}

static void clears_what_it_told_too_early(void **state)
{
    (void)state;
    stays_silent((struct every_order){.messages = sold, .count = COUNT(sold), .rings = 1});
    stays_silent((struct every_order){.messages = undone, .count = COUNT(undone), .rings = 1, .repeats = true});
}

/* --- what does not ------------------------------------------------------------------------------------------------ */

static const struct {
    struct play heard[HEARD_MAX];
    uint32_t kinds;
} faults[] = {
    {{M(ORDER_PLACED, placed), M(STOCK_RESERVED, reserved), M(PAYMENT_CHARGED, charged), M(SHIPMENT_CREATED, parcel),
      M(ORDER_CONFIRMED, confirmed), AGAIN(PAYMENT_CHARGED, charged)},
     BIT(CHARGED_TWICE) | BIT(MONEY)},
    {{M(ORDER_PLACED, placed), M(STOCK_RESERVED, reserved), M(PAYMENT_CHARGED, charged), M(ORDER_CONFIRMED, confirmed)},
     BIT(PARCEL)},
    {{M(ORDER_PLACED, placed), M(STOCK_RESERVED, reserved), M(PAYMENT_CHARGED, charged), M(SHIPMENT_CREATED, parcel),
      AGAIN(SHIPMENT_CREATED, parcel), M(ORDER_CONFIRMED, confirmed)},
     BIT(PARCEL)},
    {{M(ORDER_PLACED, placed), M(STOCK_RESERVED, reserved), M(SHIPMENT_CREATED, parcel), M(ORDER_CONFIRMED, confirmed)},
     BIT(MONEY)},
    {{M(ORDER_PLACED, placed), M(STOCK_RESERVED, reserved), M(PAYMENT_CHARGED, charged_euros),
      M(SHIPMENT_CREATED, parcel), M(ORDER_CONFIRMED, confirmed)},
     BIT(MONEY)},
    {{M(ORDER_PLACED, placed), M(STOCK_RESERVED, reserved), M(PAYMENT_CHARGED, charged_less),
      M(SHIPMENT_CREATED, parcel), M(ORDER_CONFIRMED, confirmed)},
     BIT(MONEY)},
    {{M(ORDER_PLACED, placed), M(PAYMENT_CHARGED, charged_euros), M(PAYMENT_REFUNDED, refunded),
      M(ORDER_CANCELLED, cancelled)},
     BIT(MONEY)},
    {{M(ORDER_PLACED, placed), M(PAYMENT_CHARGED, charged), M(ORDER_CANCELLED, cancelled)}, BIT(MONEY)},
    {{M(ORDER_PLACED, placed), M(STOCK_RESERVED, reserved), M(PAYMENT_CHARGED, charged), M(SHIPMENT_CREATED, parcel),
      M(ORDER_CONFIRMED, confirmed), M(PAYMENT_VOIDED, voided)},
     BIT(MONEY)},
    {{M(ORDER_PLACED, placed), M(PAYMENT_CHARGED, charged), M(PAYMENT_DECLINED, declined)}, BIT(MONEY)},
    {{M(ORDER_PLACED, placed), M(PAYMENT_REFUNDED, refunded), M(ORDER_CANCELLED, cancelled)}, BIT(MONEY)},
    {{M(ORDER_PLACED, placed), M(STOCK_RESERVED, reserved), M(ORDER_CANCELLED, cancelled)}, BIT(STOCK)},
    {{M(ORDER_PLACED, placed), M(PAYMENT_CHARGED, charged), M(SHIPMENT_CREATED, parcel), M(ORDER_CONFIRMED, confirmed)},
     BIT(STOCK)},
    {{M(ORDER_PLACED, placed), M(STOCK_RELEASED, released), M(ORDER_CANCELLED, cancelled)}, BIT(STOCK)},
    {{M(ORDER_PLACED, placed), M(SHIPMENT_CREATED, parcel), M(ORDER_CANCELLED, cancelled)}, BIT(PARCEL)},
    {{M(ORDER_PLACED, placed), M(SHIPMENT_CREATED, parcel), M(SHIPMENT_CANCELLED, recalled), M(SHIPMENT_MOVED, moved),
      M(ORDER_CANCELLED, cancelled)},
     BIT(PARCEL)},
    {{M(ORDER_PLACED, placed), M(SHIPMENT_CANCELLED, recalled)}, BIT(PARCEL)},
    {{M(ORDER_PLACED, placed), M(ORDER_CANCELLED, cancelled), AGAIN(ORDER_CANCELLED, cancelled)}, BIT(TWO_ENDS)},
    {{M(ORDER_PLACED, placed), M(ORDER_CANCELLED, cancelled), AGAIN(ORDER_PLACED, placed)}, BIT(TWO_ENDS)},
    {{M(ORDER_PLACED, placed), M(ORDER_REJECTED, rejected)}, BIT(TWO_ENDS)},
    {{M(ORDER_PLACED, placed), M(ORDER_CANCELLED, cancelled), M(ORDER_REJECTED, rejected)}, BIT(TWO_ENDS)},
    {{M(ORDER_PLACED, placed), M(ORDER_CANCELLED, cancelled), M(EMAIL_SENT, mailed)}, BIT(MAIL)},
    {{M(ORDER_PLACED, placed), M(ORDER_CANCELLED, cancelled), M(EMAIL_SENT, mailed_end), AGAIN(EMAIL_SENT, mailed_end)},
     BIT(MAIL)},
    {{M(ORDER_PLACED, placed), M(EMAIL_SENT, mailed_off), AGAIN(EMAIL_SENT, mailed_off)}, BIT(MAIL)},
    {{M(PAYMENT_CHARGED, charged)}, BIT(PHANTOM)},
    {{M(PAYMENT_REFUNDED, refunded)}, BIT(PHANTOM) | BIT(MONEY)},
    {{M(STOCK_RESERVED, reserved)}, BIT(PHANTOM)},
    {{M(STOCK_RELEASED, released)}, BIT(PHANTOM) | BIT(STOCK)},
    {{M(SHIPMENT_CREATED, parcel)}, BIT(PHANTOM)},
    {{M(SHIPMENT_CANCELLED, recalled)}, BIT(PHANTOM) | BIT(PARCEL)},
    {{M(SHIPMENT_MOVED, moved)}, BIT(PHANTOM) | BIT(PARCEL)},
    {{M(EMAIL_SENT, mailed_off)}, BIT(PHANTOM)},
    {{M(ORDER_CANCELLED, cancelled)}, BIT(PHANTOM)},
    {{M(ORDER_CONFIRMED, confirmed), M(SHIPMENT_CREATED, parcel)}, BIT(PHANTOM)},
};

static void tells_each_fault_when_it_had_its_time_and_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        rehearsal_clear(&r);
        fill_shelf(&r);
        hear(faults[i].heard, HEARD_MAX);
        assert_int_equal(rehearsal_said(&r, MSG_AUDIT_FOUND), 0);
        assert_int_equal(rehearsal_state(&r, order_id), AUDIT_DOUBTED);
        assert_int_equal(rehearsal_due(&r, MSG_AUDIT_DUE, order_id), REHEARSAL_START_MS + GRACE_MS);
        ring();
        if (told(&r) != faults[i].kinds)
            fail_msg("case %zu: told %x, not %x", i, told(&r), faults[i].kinds);
        assert_int_equal(rehearsal_state(&r, order_id), AUDIT_FOUND);
        assert_true(((const struct audit_found *)rehearsal_last(&r, MSG_AUDIT_FOUND))->detail.len > 10);
    }
}

static void tells_a_fault_once_and_clears_it_when_it_is_mended(void **state)
{
    static const struct play refund = M(PAYMENT_REFUNDED, refunded), move = M(EMAIL_SENT, mailed_end);

    (void)state;
    hear(faults[7].heard, HEARD_MAX);
    ring();
    rehearsal_play(&r, &move);
    assert_false(rings());
    assert_int_equal(rehearsal_said(&r, MSG_AUDIT_FOUND), 1);
    rehearsal_play(&r, &refund);
    assert_int_equal(rehearsal_said(&r, MSG_AUDIT_CLEARED), 1);
    assert_int_equal(told(&r), 0);
    assert_int_equal(rehearsal_state(&r, order_id), AUDIT_EVEN);
}

static void doubts_from_the_first_fault_on_whatever_else_is_heard(void **state)
{
    static const struct play late = M(STOCK_RESERVED, reserved);

    (void)state;
    hear(faults[7].heard, HEARD_MAX);
    r.now_ms += GRACE_MS / 2;
    rehearsal_play(&r, &late);
    assert_int_equal(rehearsal_due(&r, MSG_AUDIT_DUE, order_id), REHEARSAL_START_MS + GRACE_MS);
    ring();
    assert_int_equal(told(&r), BIT(MONEY) | BIT(STOCK));
}

/* --- no end ------------------------------------------------------------------------------------------------------- */

static void tells_of_an_order_that_nobody_ends(void **state)
{
    (void)state;
    hear(sold, 4);
    assert_int_equal(rehearsal_due(&r, MSG_AUDIT_DUE, order_id), REHEARSAL_START_MS + DEADLINE_MS + GRACE_MS);
    assert_int_equal(rehearsal_state(&r, order_id), AUDIT_EVEN);
    ring();
    assert_int_equal(told(&r), BIT(NO_END));
    hear(sold + 4, COUNT(sold) - 4);
    assert_int_equal(told(&r), 0);
    assert_int_equal(rehearsal_state(&r, order_id), AUDIT_EVEN);
}

static void tells_of_an_order_whose_mail_nobody_sends(void **state)
{
    static const struct play departure = M(EMAIL_FAILED, unmailed_off), mail = M(EMAIL_SENT, mailed);

    (void)state;
    hear(sold, COUNT(sold) - 2);
    rehearsal_play(&r, &departure);
    assert_int_equal(rehearsal_due(&r, MSG_AUDIT_DUE, order_id), REHEARSAL_START_MS + LEDGER_MAIL_MS + GRACE_MS);
    assert_int_equal(rehearsal_state(&r, order_id), AUDIT_EVEN);
    ring();
    assert_int_equal(told(&r), BIT(NO_MAIL));
    assert_false(rings());
    rehearsal_play(&r, &mail);
    assert_int_equal(told(&r), 0);
}

static void takes_the_word_that_there_is_no_mail_for_one(void **state)
{
    static const struct play failed = M(EMAIL_FAILED, unmailed);

    (void)state;
    hear(sold, COUNT(sold) - 2);
    rehearsal_play(&r, &failed);
    assert_false(rings());
    assert_int_equal(rehearsal_state(&r, order_id), AUDIT_EVEN);
}

static void tells_of_an_order_that_nobody_answers(void **state)
{
    (void)state;
    hear(sold, 1);
    assert_int_equal(rehearsal_due(&r, MSG_AUDIT_DUE, order_id), REHEARSAL_START_MS + LEDGER_ANSWER_MS + GRACE_MS);
    ring();
    assert_int_equal(told(&r), BIT(NO_END));
}

static void looks_again_at_an_open_order_after_another_fault(void **state)
{
    static const struct play twice = AGAIN(PAYMENT_CHARGED, charged);

    (void)state;
    hear(sold, 4);
    rehearsal_play(&r, &twice);
    ring();
    assert_int_equal(told(&r), BIT(CHARGED_TWICE));
    ring();
    assert_int_equal(told(&r), BIT(CHARGED_TWICE) | BIT(NO_END));
    assert_false(rings());
}

/* --- pieces ------------------------------------------------------------------------------------------------------- */

static void moves_a_products_pieces_with_its_orders(void **state)
{
    const struct audited_stock *stock = rehearsal_shared(&r, mug);

    (void)state;
    hear(undone, 3);
    assert_int_equal(stock->reserved, 2);
    hear(undone + 3, COUNT(undone) - 3);
    assert_int_equal(stock->released, 2);
    assert_int_equal(stock->row.state, AUDIT_EVEN);
}

static void doubts_a_shelf_that_gave_more_than_it_had(void **state)
{
    struct audited_stock *stock = rehearsal_shared(&r, mug);

    (void)state;
    stock->received = 1;
    hear(sold, 3);
    assert_int_equal(stock->row.state, AUDIT_DOUBTED);
    assert_int_equal(rehearsal_due(&r, MSG_STOCK_DUE, mug), REHEARSAL_START_MS + GRACE_MS);
    hear(undone + 7, 1);
    assert_int_equal(stock->row.state, AUDIT_EVEN);
    assert_int_equal(rehearsal_due(&r, MSG_STOCK_DUE, mug), INT64_MIN);
}

static void plays_every_rule_of_an_order(void **state)
{
    static const struct play all[] = {
        M(PLACE_ORDER, asked),         M(ORDER_PLACED, placed),         M(ORDER_REJECTED, rejected),
        M(ORDER_CONFIRMED, confirmed), M(ORDER_CANCELLED, cancelled),   M(STOCK_RESERVED, reserved),
        M(STOCK_RELEASED, released),   M(PAYMENT_CHARGED, charged),     M(PAYMENT_REFUNDED, refunded),
        M(SHIPMENT_CREATED, parcel),   M(SHIPMENT_CANCELLED, recalled), M(SHIPMENT_MOVED, moved),
        M(EMAIL_SENT, mailed),         M(EMAIL_FAILED, unmailed),       M(PAYMENT_DECLINED, declined),
        M(PAYMENT_VOIDED, voided)};

    (void)state;
    for (size_t i = 0; i < COUNT(all); i++)
        for (int32_t from = AUDIT_NEW; from <= AUDIT_FOUND; from++) {
            rehearsal_clear(&r);
            fill_shelf(&r);
            if (from == AUDIT_EVEN)
                hear(sold, 1);
            if (from >= AUDIT_DOUBTED)
                hear(faults[7].heard, HEARD_MAX);
            if (from == AUDIT_FOUND)
                ring();
            assert_int_equal(rehearsal_state(&r, order_id), from);
            rehearsal_hear(&r, all[i].type, all[i].body, "one more");
            assert_true(rehearsal_state(&r, order_id) != AUDIT_NEW);
        }
    rehearsal_is_total(&audit_rules);
    rehearsal_says_what_it_adds_up();
    rehearsal_all_rules_ran(&audit_rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_nothing_of_a_sold_order_in_whatever_order_it_is_heard, begin, end),
        cmocka_unit_test_setup_teardown(tells_nothing_of_an_undone_order_in_whatever_order_it_is_heard, begin, end),
        cmocka_unit_test_setup_teardown(clears_what_it_told_too_early, begin, end),
        cmocka_unit_test_setup_teardown(tells_each_fault_when_it_had_its_time_and_no_other, begin, end),
        cmocka_unit_test_setup_teardown(tells_a_fault_once_and_clears_it_when_it_is_mended, begin, end),
        cmocka_unit_test_setup_teardown(doubts_from_the_first_fault_on_whatever_else_is_heard, begin, end),
        cmocka_unit_test_setup_teardown(tells_of_an_order_that_nobody_ends, begin, end),
        cmocka_unit_test_setup_teardown(tells_of_an_order_that_nobody_answers, begin, end),
        cmocka_unit_test_setup_teardown(tells_of_an_order_whose_mail_nobody_sends, begin, end),
        cmocka_unit_test_setup_teardown(takes_the_word_that_there_is_no_mail_for_one, begin, end),
        cmocka_unit_test_setup_teardown(looks_again_at_an_open_order_after_another_fault, begin, end),
        cmocka_unit_test_setup_teardown(moves_a_products_pieces_with_its_orders, begin, end),
        cmocka_unit_test_setup_teardown(doubts_a_shelf_that_gave_more_than_it_had, begin, end),
        cmocka_unit_test_setup_teardown(plays_every_rule_of_an_order, begin, end),
    };

    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
