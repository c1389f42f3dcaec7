/* shelf_test.c - the greatest version wins in any order, copies are the shelf's own, and quotes are exact. */
/* links: msg base */
#include "msg/shelf.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct shelf *shelf;

static int open_shelf(void **state)
{
    (void)state;
    shelf = shelf_open();
    return 0;
}

static int close_shelf(void **state)
{
    (void)state;
    shelf_close(shelf);
    return 0;
}

static bool learn_product(const char *id, int64_t version, int64_t price)
{
    return shelf_learn(shelf, MSG_PRODUCT_UPDATED,
                       &(struct product_updated){.product_id = str_of(id),
                                                 .version = version,
                                                 .name = STR("a thing"),
                                                 .categories = {&(const struct str)STR_INIT("kitchen"), 1},
                                                 .currency = STR("USD"),
                                                 .price_minor = price});
}

static void is_empty_at_first(void **state)
{
    int64_t amount = 0;
    struct quote quote;
    struct err err;
    size_t count = 1;

    (void)state;
    assert_null(shelf_product(shelf, STR("MUG")));
    assert_null(shelf_rates(shelf));
    assert_null(shelf_tariff(shelf, STR("post")));
    shelf_products(shelf, &count);
    assert_int_equal(count, 0);
    assert_int_equal(shelf_convert(shelf, 100, STR("USD"), STR("EUR"), &amount, &err), ST_REJECT);
    assert_int_equal(shelf_convert(shelf, 100, STR("USD"), STR("USD"), &amount, &err), ST_OK);
    assert_int_equal(amount, 100);
    assert_int_equal(shelf_quote(shelf, STR("post"), STR("world"), &(struct parcel){1, 1}, &quote, &err), ST_REJECT);
    shelf_close(NULL);
}

static void keeps_the_greatest_version(void **state)
{
    (void)state;
    assert_true(learn_product("MUG", 3, 300));
    assert_false(learn_product("MUG", 3, 999));
    assert_false(learn_product("MUG", 2, 200));
    assert_int_equal(shelf_product(shelf, STR("MUG"))->price_minor, 300);
    assert_true(learn_product("MUG", 4, 400));
    assert_int_equal(shelf_product(shelf, STR("MUG"))->price_minor, 400);
    assert_false(shelf_learn(shelf, MSG_EMPTY_CART, &(struct empty_cart){STR("user")}));
}

static void keeps_copies(void **state)
{
    char id[] = "MUG";

    (void)state;
    learn_product(id, 1, 100);
    memcpy(id, "XXX", 3);
    assert_non_null(shelf_product(shelf, STR("MUG")));
    assert_true(str_is(shelf_product(shelf, STR("MUG"))->categories.items[0], "kitchen"));
}

/* Thousands of updates, so that the copies are made anew many times: the list stays sorted and whole, and does not grow. */
static void stays_whole_over_many_updates(void **state)
{
    const struct product_updated *const *products;
    size_t before = mallinfo2().uordblks, count;
    char id[16];

    (void)state;
    for (int version = 1; version <= 200; version++)
        for (int i = 0; i < 97; i++) {
            snprintf(id, sizeof(id), "P%02d", i * 31 % 97);
            assert_true(learn_product(id, version, version * 1000 + i * 31 % 97));
        }
    assert_true(mallinfo2().uordblks - before < 1024 * 1024);
    products = shelf_products(shelf, &count);
    assert_int_equal(count, 97);
    for (int i = 0; i < 97; i++) {
        snprintf(id, sizeof(id), "P%02d", i);
        assert_true(str_is(products[i]->product_id, id));
        assert_int_equal(products[i]->price_minor, 200 * 1000 + i);
        assert_ptr_equal(shelf_product(shelf, str_of(id)), products[i]);
    }
}

static void converts_by_its_rates(void **state)
{
    const struct rate old_items[] = {{STR("USD"), 2, 0, {0}}},
                      items[] = {{STR("USD"), 11305, 4, {0}}, {STR("JPY"), 12640, 2, {0}}};
    struct rates_updated rates = {.base = STR("EUR"), .version = 2, .rates = {items, 2}};
    int64_t amount;
    struct err err;

    (void)state;
    assert_true(shelf_learn(shelf, MSG_RATES_UPDATED, &rates));
    rates = (struct rates_updated){.base = STR("EUR"), .version = 1, .rates = {old_items, 1}};
    assert_false(shelf_learn(shelf, MSG_RATES_UPDATED, &rates));
    assert_int_equal(shelf_convert(shelf, 899, STR("USD"), STR("JPY"), &amount, &err), ST_OK);
    assert_int_equal(amount, 1005);
    assert_int_equal(shelf_convert(shelf, 899, STR("USD"), STR("EUR"), &amount, &err), ST_OK);
    assert_int_equal(amount, 795);
    assert_int_equal(shelf_convert(shelf, 899, STR("USD"), STR("KWD"), &amount, &err), ST_REJECT);
    assert_int_equal(shelf_convert(shelf, 899, STR("KWD"), STR("USD"), &amount, &err), ST_REJECT);
}

static void quotes_the_smallest_step_of_the_zone(void **state)
{
    const struct tariff_step steps[] = {
        {STR("*"), 5000, 1500, 0}, {STR("*"), 1000, 500, 4}, {STR("europe"), 500, 2000, 2}};
    const struct tariff_updated tariff = {.carrier = STR("post"),
                                          .version = 1,
                                          .name = STR("Post"),
                                          .currency = STR("USD"),
                                          .days = 9,
                                          .cm3_per_kg = 5000,
                                          .steps = {steps, 3}};
    static const struct {
        const char *zone;
        int64_t grams, cm3, price; /* -1: refused */
        int32_t days;
    } cases[] = {{"world", 1, 0, 500, 4},
                 {"world", 1000, 0, 500, 4},
                 {"world", 1001, 0, 1500, 9},
                 {"world", 5001, 0, -1, 0},
                 {"", 1, 0, 500, 4},
                 {"europe", 1, 0, 2000, 2},
                 {"europe", 500, 0, 2000, 2},
                 {"europe", 501, 0, -1, 0},
                 {"world", 0, 0, 0, 4},
                 {"*", 1, 0, 500, 4},
                 {"world", 10, 5000, 500, 4},
                 {"world", 10, 5001, 1500, 9},
                 {"world", 1001, 5000, 1500, 9},
                 {"europe", 1, 2501, -1, 0},
                 {"world", 0, 1, 500, 4}};
    size_t count;

    (void)state;
    assert_true(shelf_learn(shelf, MSG_TARIFF_UPDATED, &tariff));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct parcel parcel = {cases[i].grams, cases[i].cm3};
        struct quote quote = {-1, 0};
        struct err err;
        enum status status = shelf_quote(shelf, STR("post"), str_of(cases[i].zone), &parcel, &quote, &err);

        assert_int_equal(status, cases[i].price < 0 ? ST_REJECT : ST_OK);
        assert_int_equal(quote.price_minor, cases[i].price);
        assert_int_equal(quote.days, cases[i].days);
    }
    assert_true(str_is(shelf_tariffs(shelf, &count)[0]->carrier, "post"));
    assert_int_equal(count, 1);
}

static void adds_up_what_a_parcel_weighs_and_how_large_it_is(void **state)
{
    const struct product_updated mug = {.weight_grams = 380, .volume_cm3 = 1600}, card = {.weight_grams = 5};
    struct parcel parcel = {0, 0};

    (void)state;
    parcel_add(&parcel, &mug, 3);
    parcel_add(&parcel, &card, 2);
    assert_true(parcel.grams == 1150 && parcel.cm3 == 4800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_empty_at_first, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(keeps_the_greatest_version, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(keeps_copies, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(stays_whole_over_many_updates, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(converts_by_its_rates, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(quotes_the_smallest_step_of_the_zone, open_shelf, close_shelf),
        cmocka_unit_test(adds_up_what_a_parcel_weighs_and_how_large_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
