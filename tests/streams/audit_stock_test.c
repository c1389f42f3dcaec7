/* audit_stock_test.c - a product's pieces: more were never given than there were, or somebody is told. */
/* links: streams/audit/stock.c streams/audit/doubt.c tests/rehearsal msg base */
#include "streams/audit/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/rehearsal/rehearsal.h"

#define MUG STR_INIT("6E92ZMYYFZ")

enum { GRACE_MS = 60 * 1000 };
static const struct audit_settings settings = {.grace_ms = GRACE_MS};
static const struct str mug = MUG;
static const struct product_added added = {.product_id = MUG, .quantity = 3};
static const struct restocked restock = {.product_id = MUG, .quantity = 5};
static struct rehearsal r;

static int begin(void **state)
{
    (void)state;
    rehearsal_init(&r, &stock_rules, NULL, &settings);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rehearsal_release(&r);
    return 0;
}

/* What the order lane does to the row. */
static void orders_take(int64_t pieces)
{
    rehearsal_hear(&r, MSG_RESTOCKED, &(struct restocked){.product_id = mug, .quantity = (int32_t)-pieces}, NULL);
}

static void counts_what_was_received(void **state)
{
    (void)state;
    rehearsal_hear(&r, MSG_PRODUCT_ADDED, &added, "added");
    rehearsal_hear(&r, MSG_RESTOCKED, &restock, "restocked");
    assert_int_equal(((const struct audited_stock *)rehearsal_row(&r, mug))->received, 8);
    assert_int_equal(rehearsal_state(&r, mug), AUDIT_EVEN);
    rehearsal_hear(&r, MSG_PRODUCT_ADDED, &added, "added late");
}

static void forgives_pieces_that_were_heard_of_late(void **state)
{
    (void)state;
    orders_take(3);
    assert_int_equal(rehearsal_state(&r, mug), AUDIT_DOUBTED);
    rehearsal_hear(&r, MSG_PRODUCT_ADDED, &added, "added");
    assert_int_equal(rehearsal_state(&r, mug), AUDIT_EVEN);
    assert_int_equal(rehearsal_due(&r, MSG_STOCK_DUE, mug), INT64_MIN);
    assert_int_equal(rehearsal_said(&r, MSG_AUDIT_FOUND), 0);
}

static void tells_of_a_shelf_below_nothing_and_clears_it(void **state)
{
    const struct audit_found *found;

    (void)state;
    orders_take(4);
    rehearsal_hear(&r, MSG_PRODUCT_ADDED, &added, "added");
    assert_int_equal(rehearsal_state(&r, mug), AUDIT_DOUBTED);
    rehearsal_ring(&r, MSG_STOCK_DUE, mug);
    found = rehearsal_last(&r, MSG_AUDIT_FOUND);
    assert_int_equal(found->kind, AUDIT_KIND_BELOW_ZERO);
    assert_int_equal(rehearsal_state(&r, mug), AUDIT_FOUND);
    rehearsal_hear(&r, MSG_RESTOCKED, &restock, "restocked");
    assert_int_equal(rehearsal_said(&r, MSG_AUDIT_CLEARED), 1);
    assert_int_equal(rehearsal_state(&r, mug), AUDIT_EVEN);
}

static void takes_first_pieces_after_it_told(void **state)
{
    (void)state;
    orders_take(1);
    orders_take(1);
    rehearsal_ring(&r, MSG_STOCK_DUE, mug);
    rehearsal_hear(&r, MSG_PRODUCT_ADDED, &added, "added");
    assert_int_equal(rehearsal_said(&r, MSG_AUDIT_CLEARED), 1);
    rehearsal_hear(&r, MSG_RESTOCKED, &restock, "restocked");
    rehearsal_is_total(&stock_rules);
    rehearsal_says_what_it_adds_up();
    rehearsal_all_rules_ran(&stock_rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counts_what_was_received, begin, end),
        cmocka_unit_test_setup_teardown(forgives_pieces_that_were_heard_of_late, begin, end),
        cmocka_unit_test_setup_teardown(tells_of_a_shelf_below_nothing_and_clears_it, begin, end),
        cmocka_unit_test_setup_teardown(takes_first_pieces_after_it_told, begin, end),
    };

    return cmocka_run_group_tests_name("audit-stock", tests, NULL, NULL);
}
