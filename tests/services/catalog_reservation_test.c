/* catalog_reservation_test.c - goods that are set aside wholly or not at all, and come back. */
/* links: services/catalog/reservation.c services/catalog/catalog.c tests/rehearsal msg base */
#include "services/catalog/catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/rehearsal/rehearsal.h"

#define MUG STR("6E92ZMYYFZ")
#define JAR STR("9SIQT8TOJO")
#define GHOST STR("NO_SUCH_IT")
#define ORDER STR("8a5f3f5e-6f52-5d3c-9f0e-2d1d0c5b7a10")
#define OTHER STR("11111111-6f52-5d3c-9f0e-2d1d0c5b7a10")

static const struct order_line two_mugs_a_jar[] = {
    {.product_id = STR_INIT("6E92ZMYYFZ"), .quantity = 1},
    {.product_id = STR_INIT("9SIQT8TOJO"), .quantity = 1},
    {.product_id = STR_INIT("6E92ZMYYFZ"), .quantity = 1},
};

static struct order_placed placed_with(const struct order_line *lines, size_t count)
{
    return (struct order_placed){.order_id = ORDER, .order = {.lines = {lines, count}}};
}

static void put_on_shelf(struct rehearsal *r, struct str id, int64_t pieces)
{
    struct product *product = rehearsal_shared(r, id);

    product->row.state = PRODUCT_OFFERED;
    product->on_hand = pieces;
    product_band(product, (enum stock_band *)&product->shown_stock, &product->shown_left);
}

static int64_t on_hand(struct rehearsal *r, struct str id)
{
    return ((const struct product *)rehearsal_shared(r, id))->on_hand;
}

static void fill_shelf(struct rehearsal *r)
{
    put_on_shelf(r, MUG, 12);
    put_on_shelf(r, JAR, 1);
}

static void begin(struct rehearsal *r)
{
    rehearsal_init(r, &reservation_rules, NULL, NULL);
    r->shared_size = sizeof(struct product);
    r->shared_keys = reservation_products;
    fill_shelf(r);
}

static void sets_aside_all_of_it(void **state)
{
    struct rehearsal r;
    struct order_placed placed = placed_with(two_mugs_a_jar, 3);
    const struct stock_reserved *said;

    (void)state;
    begin(&r);
    rehearsal_hear(&r, MSG_ORDER_PLACED, &placed, "placed");
    said = rehearsal_last(&r, MSG_STOCK_RESERVED);
    assert_non_null(said);
    assert_int_equal(said->lines.count, 2);
    assert_true(str_equal(said->lines.items[0].product_id, MUG));
    assert_int_equal(said->lines.items[0].quantity, 2);
    assert_int_equal(on_hand(&r, MUG), 10);
    assert_int_equal(on_hand(&r, JAR), 0);
    assert_int_equal(rehearsal_due(&r, MSG_PRODUCT_DUE, MUG), REHEARSAL_START_MS);
    assert_true(((const struct product *)rehearsal_shared(&r, JAR))->row.changed);
    rehearsal_release(&r);
}

static void reminds_only_of_what_pages_should_see(void **state)
{
    struct rehearsal r;
    struct order_placed placed = placed_with(two_mugs_a_jar, 1);

    (void)state;
    begin(&r);
    rehearsal_hear(&r, MSG_ORDER_PLACED, &placed, "placed");
    assert_int_equal(on_hand(&r, MUG), 11);
    assert_int_equal(rehearsal_due(&r, MSG_PRODUCT_DUE, MUG), INT64_MIN);
    rehearsal_release(&r);
}

static void takes_nothing_when_something_lacks(void **state)
{
    static const struct order_line lines[] = {{.product_id = STR_INIT("6E92ZMYYFZ"), .quantity = 2},
                                              {.product_id = STR_INIT("9SIQT8TOJO"), .quantity = 1},
                                              {.product_id = STR_INIT("9SIQT8TOJO"), .quantity = 1},
                                              {.product_id = STR_INIT("NO_SUCH_IT"), .quantity = 1}};
    struct rehearsal r;
    struct order_placed placed = placed_with(lines, 4);
    const struct stock_refused *said;

    (void)state;
    begin(&r);
    rehearsal_hear(&r, MSG_ORDER_PLACED, &placed, "placed");
    said = rehearsal_last(&r, MSG_STOCK_REFUSED);
    assert_non_null(said);
    assert_int_equal(said->lacking.count, 2);
    assert_true(str_equal(said->lacking.items[0].product_id, JAR));
    assert_int_equal(said->lacking.items[0].wanted, 2);
    assert_int_equal(said->lacking.items[0].left, 1);
    assert_true(str_equal(said->lacking.items[1].product_id, GHOST));
    assert_int_equal(said->lacking.items[1].left, 0);
    assert_int_equal(on_hand(&r, MUG), 12);
    assert_int_equal(rehearsal_said(&r, MSG_STOCK_RESERVED), 0);
    rehearsal_hear(&r, MSG_ORDER_CANCELLED, &(struct order_cancelled){.order_id = ORDER}, "cancelled");
    assert_int_equal(rehearsal_said(&r, MSG_STOCK_RELEASED), 0);
    rehearsal_release(&r);
}

static void refuses_retired_products_and_absurd_lines(void **state)
{
    static const struct order_line absurd[] = {{.product_id = STR_INIT("6E92ZMYYFZ"), .quantity = 3},
                                               {.product_id = STR_INIT("6E92ZMYYFZ"), .quantity = -2}};
    struct order_placed bodies[] = {placed_with(two_mugs_a_jar, 3), placed_with(absurd, 2)};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct rehearsal r;

        begin(&r);
        if (i == 0)
            ((struct product *)rehearsal_shared(&r, MUG))->row.state = PRODUCT_RETIRED;
        rehearsal_hear(&r, MSG_ORDER_PLACED, &bodies[i], "placed");
        assert_int_equal(rehearsal_state(&r, ORDER), RESERVATION_REFUSED);
        assert_int_equal(on_hand(&r, MUG), 12);
        rehearsal_release(&r);
    }
}

/* --- in any order ------------------------------------------------------------------------------------------------- */

static struct order_placed mine, theirs;
static const struct order_cancelled mine_cancelled = {.order_id = STR_INIT("8a5f3f5e-6f52-5d3c-9f0e-2d1d0c5b7a10")};

static const struct play two_orders[] = {
    {.type = MSG_ORDER_PLACED, .body = &mine, .name = "mine"},
    {.type = MSG_ORDER_PLACED, .body = &theirs, .name = "theirs"},
    {.type = MSG_ORDER_CANCELLED, .body = &mine_cancelled, .name = "mine"},
};

/* There is one jar, and both want it. */
static const char *shelf_is_right(struct rehearsal *r, void *context)
{
    int64_t net = (int64_t)rehearsal_said(r, MSG_STOCK_RESERVED) - (int64_t)rehearsal_said(r, MSG_STOCK_RELEASED);
    int32_t end = rehearsal_state(r, ORDER);

    (void)context;
    if (end != RESERVATION_RELEASED && end != RESERVATION_CLOSED && end != RESERVATION_REFUSED)
        return "a cancelled order keeps its goods";
    if (rehearsal_said(r, MSG_STOCK_RELEASED) > 1)
        return "they came back twice";
    if (on_hand(r, JAR) != 1 - net || on_hand(r, MUG) != 12 - 2 * net)
        return "pieces were lost or found";
    if ((rehearsal_state(r, OTHER) == RESERVATION_RESERVED) != (net == 1))
        return "the other order lost its goods";
    return NULL;
}

static void a_cancelled_order_leaves_the_shelf_as_it_was(void **state)
{
    struct rehearsal r;
    struct every_order every = {
        .messages = two_orders, .count = 3, .repeats = true, .setup = fill_shelf, .check = shelf_is_right};

    (void)state;
    mine = theirs = placed_with(two_mugs_a_jar, 3);
    theirs.order_id = OTHER;
    begin(&r);
    assert_true(rehearsal_every_order(&r, &every) > 20);
    rehearsal_release(&r);
}

static void the_table_hears_everything_in_every_state_and_every_rule_was_seen(void **state)
{
    (void)state;
    rehearsal_is_total(&reservation_rules);
    rehearsal_all_rules_ran(&reservation_rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_aside_all_of_it),
        cmocka_unit_test(reminds_only_of_what_pages_should_see),
        cmocka_unit_test(takes_nothing_when_something_lacks),
        cmocka_unit_test(refuses_retired_products_and_absurd_lines),
        cmocka_unit_test(a_cancelled_order_leaves_the_shelf_as_it_was),
        cmocka_unit_test(the_table_hears_everything_in_every_state_and_every_rule_was_seen),
    };

    return cmocka_run_group_tests_name("catalog reservations", tests, NULL, NULL);
}
