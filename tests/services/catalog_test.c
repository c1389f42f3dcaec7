/* catalog_test.c - products as pages see them, and goods that are set aside wholly or not at all, and come back. */
/* links: services/catalog tests/rehearsal msg base */
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

/* --- the product lane --------------------------------------------------------------------------------------------- */

static struct add_product mug(int32_t quantity)
{
    static const struct str kitchen[] = {STR_INIT("kitchen"), STR_INIT("gifts")};

    return (struct add_product){.product_id = MUG,
                                .name = STR("Mug"),
                                .description = STR("Holds tea."),
                                .picture = STR("/static/img/products/mug.svg"),
                                .categories = {kitchen, 2},
                                .price_minor = 899,
                                .currency = STR("USD"),
                                .weight_grams = 350,
                                .volume_cm3 = 1600,
                                .quantity = quantity};
}

static void begin_with_mugs(struct rehearsal *r, int32_t quantity)
{
    struct add_product body = mug(quantity);

    rehearsal_init(r, &product_rules, NULL, NULL);
    rehearsal_hear(r, MSG_ADD_PRODUCT, &body, "mug");
}

static void expect_shown(struct rehearsal *r, int64_t version, enum stock_band stock, int32_t left)
{
    const struct product_updated *shown = rehearsal_last(r, MSG_PRODUCT_UPDATED);

    assert_non_null(shown);
    assert_int_equal(shown->version, version);
    assert_int_equal(rehearsal_said(r, MSG_PRODUCT_UPDATED), version);
    assert_int_equal(shown->stock, stock);
    assert_int_equal(shown->left, left);
}

static void shows_a_new_product_whole(void **state)
{
    struct rehearsal r;
    const struct product_updated *shown;
    const struct product_added *added;

    (void)state;
    begin_with_mugs(&r, 11);
    expect_shown(&r, 1, STOCK_BAND_PLENTY, 0);
    shown = rehearsal_last(&r, MSG_PRODUCT_UPDATED);
    assert_true(str_is(shown->name, "Mug") && str_is(shown->currency, "USD"));
    assert_int_equal(shown->categories.count, 2);
    assert_true(str_is(shown->categories.items[0], "kitchen") && str_is(shown->categories.items[1], "gifts"));
    added = rehearsal_last(&r, MSG_PRODUCT_ADDED);
    assert_int_equal(added->quantity, 11);
    assert_true(shown->weight_grams == 350 && added->weight_grams == 350);
    assert_true(shown->volume_cm3 == 1600 && added->volume_cm3 == 1600);
    rehearsal_release(&r);
}

static void adds_a_product_once(void **state)
{
    struct rehearsal r;
    struct add_product again = mug(500);

    (void)state;
    begin_with_mugs(&r, 3);
    rehearsal_hear(&r, MSG_ADD_PRODUCT, &again, "seeded again");
    expect_shown(&r, 1, STOCK_BAND_FEW, 3);
    assert_int_equal(rehearsal_said(&r, MSG_PRODUCT_ADDED), 1);
    rehearsal_release(&r);
}

static void offers_nothing_absurd(void **state)
{
    struct add_product bodies[] = {mug(-1), mug(1), mug(1), mug(1)};
    struct rehearsal r;

    (void)state;
    bodies[1].price_minor = -1;
    bodies[2].product_id = STR("a\nb");
    bodies[3].volume_cm3 = -1;
    rehearsal_init(&r, &product_rules, NULL, NULL);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        rehearsal_hear(&r, MSG_ADD_PRODUCT, &bodies[i], NULL);
        assert_int_equal(rehearsal_state(&r, bodies[i].product_id), PRODUCT_UNKNOWN);
    }
    assert_null(r.said);
    rehearsal_release(&r);
}

static void says_a_price_that_is_another_one(void **state)
{
    struct rehearsal r;
    const struct price_changed *said;

    (void)state;
    begin_with_mugs(&r, 20);
    rehearsal_hear(&r, MSG_CHANGE_PRICE, &(struct change_price){MUG, 899}, NULL);
    rehearsal_hear(&r, MSG_CHANGE_PRICE, &(struct change_price){MUG, -5}, NULL);
    assert_int_equal(rehearsal_said(&r, MSG_PRICE_CHANGED), 0);
    rehearsal_hear(&r, MSG_CHANGE_PRICE, &(struct change_price){MUG, 999}, NULL);
    said = rehearsal_last(&r, MSG_PRICE_CHANGED);
    assert_int_equal(said->price_minor, 999);
    assert_int_equal(said->was_minor, 899);
    expect_shown(&r, 2, STOCK_BAND_PLENTY, 0);
    rehearsal_release(&r);
}

static void tells_of_new_pieces_only_what_pages_show(void **state)
{
    struct rehearsal r;

    (void)state;
    begin_with_mugs(&r, 0);
    expect_shown(&r, 1, STOCK_BAND_NONE, 0);
    rehearsal_hear(&r, MSG_RESTOCK, &(struct restock){MUG, 10}, NULL);
    expect_shown(&r, 2, STOCK_BAND_FEW, 10);
    rehearsal_hear(&r, MSG_RESTOCK, &(struct restock){MUG, 1}, NULL);
    expect_shown(&r, 3, STOCK_BAND_PLENTY, 0);
    rehearsal_hear(&r, MSG_RESTOCK, &(struct restock){MUG, 1}, NULL);
    rehearsal_hear(&r, MSG_RESTOCK, &(struct restock){MUG, 0}, NULL);
    rehearsal_hear(&r, MSG_RESTOCK, &(struct restock){MUG, -3}, NULL);
    expect_shown(&r, 3, STOCK_BAND_PLENTY, 0);
    assert_int_equal(rehearsal_said(&r, MSG_RESTOCKED), 3);
    assert_int_equal(((const struct product *)rehearsal_row(&r, MUG))->on_hand, 12);
    rehearsal_release(&r);
}

static void a_retired_product_stays_away(void **state)
{
    struct rehearsal r;
    struct add_product again = mug(5);
    const struct product_updated *shown;

    (void)state;
    begin_with_mugs(&r, 20);
    rehearsal_hear(&r, MSG_RETIRE_PRODUCT, &(struct retire_product){MUG}, "retire");
    expect_shown(&r, 2, STOCK_BAND_NONE, 0);
    shown = rehearsal_last(&r, MSG_PRODUCT_UPDATED);
    assert_true(shown->retired);
    rehearsal_hear(&r, MSG_ADD_PRODUCT, &again, "again");
    rehearsal_hear(&r, MSG_RESTOCK, &(struct restock){MUG, 7}, NULL);
    rehearsal_hear(&r, MSG_CHANGE_PRICE, &(struct change_price){MUG, 5}, NULL);
    rehearsal_hear(&r, MSG_RETIRE_PRODUCT, &(struct retire_product){MUG}, "retire again");
    expect_shown(&r, 2, STOCK_BAND_NONE, 0);
    assert_int_equal(((const struct product *)rehearsal_row(&r, MUG))->on_hand, 27);
    rehearsal_release(&r);
}

static void a_reminder_shows_what_has_changed_and_nothing_else(void **state)
{
    struct rehearsal r;

    (void)state;
    begin_with_mugs(&r, 20);
    rehearsal_play(&r, &(struct play){.type = MSG_PRODUCT_DUE, .key = MUG});
    expect_shown(&r, 1, STOCK_BAND_PLENTY, 0);
    ((struct product *)(uintptr_t)rehearsal_row(&r, MUG))->on_hand = 4; /* the other lane was here */
    rehearsal_play(&r, &(struct play){.type = MSG_PRODUCT_DUE, .key = MUG});
    expect_shown(&r, 2, STOCK_BAND_FEW, 4);
    rehearsal_play(&r, &(struct play){.type = MSG_PRODUCT_DUE, .key = MUG});
    expect_shown(&r, 2, STOCK_BAND_FEW, 4);
    rehearsal_release(&r);
}

/* --- the reservation lane ----------------------------------------------------------------------------------------- */

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

static void both_tables_hear_everything_in_every_state(void **state)
{
    (void)state;
    rehearsal_is_total(&product_rules);
    rehearsal_is_total(&reservation_rules);
}

static void every_rule_was_seen_at_work(void **state)
{
    (void)state;
    rehearsal_all_rules_ran(&product_rules);
    rehearsal_all_rules_ran(&reservation_rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_tables_hear_everything_in_every_state),
        cmocka_unit_test(shows_a_new_product_whole),
        cmocka_unit_test(adds_a_product_once),
        cmocka_unit_test(offers_nothing_absurd),
        cmocka_unit_test(says_a_price_that_is_another_one),
        cmocka_unit_test(tells_of_new_pieces_only_what_pages_show),
        cmocka_unit_test(a_retired_product_stays_away),
        cmocka_unit_test(a_reminder_shows_what_has_changed_and_nothing_else),
        cmocka_unit_test(sets_aside_all_of_it),
        cmocka_unit_test(reminds_only_of_what_pages_should_see),
        cmocka_unit_test(takes_nothing_when_something_lacks),
        cmocka_unit_test(refuses_retired_products_and_absurd_lines),
        cmocka_unit_test(a_cancelled_order_leaves_the_shelf_as_it_was),
        cmocka_unit_test(every_rule_was_seen_at_work),
    };

    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
