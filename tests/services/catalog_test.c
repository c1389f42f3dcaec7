/* catalog_test.c - products as their keeper wants them and pages see them. */
/* links: services/catalog/catalog.c tests/rehearsal msg base */
#include "services/catalog/catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/rehearsal/rehearsal.h"

#define MUG STR("6E92ZMYYFZ")

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
    static const struct str categories[] = {STR_INIT("kitchen"), STR_INIT(" ")};
    struct add_product bodies[20];
    size_t count = 0;
    struct rehearsal r;

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        bodies[i] = mug(1);
    bodies[count++].quantity = -1;
    bodies[count++].price_minor = -1;
    bodies[count++].price_minor = INT64_MAX;
    bodies[count++].volume_cm3 = -1;
    bodies[count++].product_id = STR("a\nb");
    bodies[count++].product_id = STR("..");
    bodies[count++].product_id = STR("a/b");
    bodies[count++].currency = STR("KWD"); /* known by its three decimals, and without a rate */
    bodies[count++].currency = STR("ZZZ");
    bodies[count++].name = STR("Mug\nand saucer");
    bodies[count++].name = STR("  ");
    bodies[count++].name = STR("Mug\tof tea");
    bodies[count++].name = STR("next line: \xc2\x85");
    bodies[count++].description = STR("Holds tea.\nRings \a a bell.");
    bodies[count++].picture = STR("img/mug.svg");
    bodies[count++].picture = STR("/static//mug.svg");
    bodies[count++].picture = STR("/static/../mug.svg");
    bodies[count++].picture = STR("/static/");
    bodies[count++].categories = (struct str_list){categories, 2};
    bodies[count++].weight_grams = -1;
    assert_int_equal(count, sizeof(bodies) / sizeof(bodies[0]));
    rehearsal_init(&r, &product_rules, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        rehearsal_hear(&r, MSG_ADD_PRODUCT, &bodies[i], NULL);
        assert_int_equal(rehearsal_state(&r, bodies[i].product_id), PRODUCT_UNKNOWN);
    }
    assert_int_equal(rehearsal_said(&r, MSG_PRODUCT_COMMAND_REFUSED), count);
    assert_int_equal(rehearsal_said(&r, MSG_PRODUCT_ADDED) + rehearsal_said(&r, MSG_PRODUCT_UPDATED), 0);
    rehearsal_release(&r);
}

/* Every command has an answer that names it: the keeper waits for one. */
static void answers_each_command_that_changes_nothing(void **state)
{
    struct add_product again = mug(5);
    const struct play commands[] = {
        {.type = MSG_ADD_PRODUCT, .body = &again},
        {.type = MSG_CHANGE_PRICE, .body = &(struct change_price){MUG, 1}},
        {.type = MSG_RESTOCK, .body = &(struct restock){MUG, 1}},
        {.type = MSG_RETIRE_PRODUCT, .body = &(struct retire_product){MUG}},
    };
    /* Of a product that was never added, is offered, is retired: whether that command is refused. */
    static const bool refused[3][4] = {
        {false, true, true, true}, {true, false, false, false}, {true, true, false, true}};

    (void)state;
    for (size_t life = 0; life < 3; life++)
        for (size_t i = 0; i < 4; i++) {
            struct rehearsal r;
            const struct product_command_refused *said;

            rehearsal_init(&r, &product_rules, NULL, NULL);
            if (life > 0)
                rehearsal_hear(&r, MSG_ADD_PRODUCT, &again, "first");
            if (life > 1)
                rehearsal_hear(&r, MSG_RETIRE_PRODUCT, &(struct retire_product){MUG}, "retired");
            rehearsal_play(&r, &commands[i]);
            assert_int_equal(rehearsal_said(&r, MSG_PRODUCT_COMMAND_REFUSED), refused[life][i]);
            said = rehearsal_last(&r, MSG_PRODUCT_COMMAND_REFUSED);
            assert_true(!said || (str_is(said->command, msg_type_name(commands[i].type)) && said->detail.len > 10));
            rehearsal_release(&r);
        }
}

/* As a reader of the topic hears it, which may be the zombie's record last. */
static void hear_told(struct rehearsal *r, int64_t version)
{
    struct product_updated told = {.product_id = MUG, .version = version, .price_minor = 1};

    rehearsal_hear(r, MSG_PRODUCT_UPDATED, &told, NULL);
}

static void says_its_state_again_when_an_older_version_follows_a_newer_one(void **state)
{
    struct rehearsal r;
    const struct product_updated *shown;

    (void)state;
    begin_with_mugs(&r, 20);
    rehearsal_hear(&r, MSG_CHANGE_PRICE, &(struct change_price){MUG, 999}, NULL);
    hear_told(&r, 1);
    hear_told(&r, 2);
    hear_told(&r, 2);
    assert_int_equal(rehearsal_said(&r, MSG_PRODUCT_UPDATED), 2);
    hear_told(&r, 1);
    assert_int_equal(rehearsal_said(&r, MSG_PRODUCT_UPDATED), 3);
    shown = rehearsal_last(&r, MSG_PRODUCT_UPDATED);
    assert_int_equal(shown->version, 2);
    assert_int_equal(shown->price_minor, 999);
    hear_told(&r, 2); /* its own answer comes back: the end of it */
    assert_int_equal(rehearsal_said(&r, MSG_PRODUCT_UPDATED), 3);
    rehearsal_release(&r);
}

/* Orders have taken some since: what is said then is another content, so it is another version. */
static void never_says_another_content_under_a_version_that_was_told(void **state)
{
    struct rehearsal r;
    const struct product_updated *shown;

    (void)state;
    begin_with_mugs(&r, 8);
    rehearsal_hear(&r, MSG_CHANGE_PRICE, &(struct change_price){MUG, 999}, NULL);
    hear_told(&r, 2);
    ((struct product *)(uintptr_t)rehearsal_row(&r, MUG))->on_hand = 5; /* an order took three */
    hear_told(&r, 1);
    shown = rehearsal_last(&r, MSG_PRODUCT_UPDATED);
    assert_int_equal(shown->left, 5);
    assert_int_equal(shown->version, 3);
    rehearsal_release(&r);
}

static void goes_on_above_the_versions_of_a_database_that_was_lost(void **state)
{
    struct rehearsal r;
    struct add_product body = mug(20);

    (void)state;
    rehearsal_init(&r, &product_rules, NULL, NULL);
    hear_told(&r, 57);
    hear_told(&r, 56); /* nothing is known of it that could be said again */
    assert_int_equal(rehearsal_said(&r, MSG_PRODUCT_UPDATED), 0);
    assert_int_equal(rehearsal_state(&r, MUG), PRODUCT_UNKNOWN);
    rehearsal_hear(&r, MSG_ADD_PRODUCT, &body, NULL);
    assert_int_equal(((const struct product_updated *)rehearsal_last(&r, MSG_PRODUCT_UPDATED))->version, 58);
    hear_told(&r, 99); /* said by somebody who should have been dead */
    assert_int_equal(((const struct product_updated *)rehearsal_last(&r, MSG_PRODUCT_UPDATED))->version, 100);
    rehearsal_hear(&r, MSG_RETIRE_PRODUCT, &(struct retire_product){MUG}, NULL);
    hear_told(&r, 3);
    assert_true(((const struct product_updated *)rehearsal_last(&r, MSG_PRODUCT_UPDATED))->retired);
    assert_int_equal(((const struct product_updated *)rehearsal_last(&r, MSG_PRODUCT_UPDATED))->version, 101);
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
    assert_int_equal(rehearsal_said(&r, MSG_PRODUCT_COMMAND_REFUSED), 2);
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

static void the_table_hears_everything_in_every_state_and_every_rule_was_seen(void **state)
{
    (void)state;
    rehearsal_is_total(&product_rules);
    rehearsal_all_rules_ran(&product_rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_a_new_product_whole),
        cmocka_unit_test(adds_a_product_once),
        cmocka_unit_test(offers_nothing_absurd),
        cmocka_unit_test(answers_each_command_that_changes_nothing),
        cmocka_unit_test(says_its_state_again_when_an_older_version_follows_a_newer_one),
        cmocka_unit_test(never_says_another_content_under_a_version_that_was_told),
        cmocka_unit_test(goes_on_above_the_versions_of_a_database_that_was_lost),
        cmocka_unit_test(says_a_price_that_is_another_one),
        cmocka_unit_test(tells_of_new_pieces_only_what_pages_show),
        cmocka_unit_test(a_retired_product_stays_away),
        cmocka_unit_test(a_reminder_shows_what_has_changed_and_nothing_else),
        cmocka_unit_test(the_table_hears_everything_in_every_state_and_every_rule_was_seen),
    };

    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
