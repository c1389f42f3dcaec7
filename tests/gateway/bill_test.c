/* bill_test.c - what a cart comes to, and when it comes to nothing that one could order. */
/* links: gateway/bill.c gateway/bill_change.c msg base */
#include "gateway/bill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/country.h"

static struct arena arena;
static struct shelf *shelf;

static void offer(const char *id, int64_t price_minor, int32_t grams, int64_t version, bool retired)
{
    struct product_updated product = {.product_id = str_of(id),
                                      .version = version,
                                      .name = str_of(id),
                                      .price_minor = price_minor,
                                      .currency = STR("USD"),
                                      .weight_grams = grams,
                                      .retired = retired};

    assert_true(shelf_learn(shelf, MSG_PRODUCT_UPDATED, &product));
}

static void publish_rates(void)
{
    static const struct rate rates[] = {{STR_INIT("USD"), 11305, 4, {0}}, {STR_INIT("JPY"), 12640, 2, {0}}};
    struct rates_updated body = {.base = STR("EUR"), .version = 7, .rates = {rates, 2}};

    assert_true(shelf_learn(shelf, MSG_RATES_UPDATED, &body));
}

static void publish_tariff(const char *carrier, int64_t price_minor, const char *zone)
{
    struct tariff_step step = {.zone = str_of(zone), .up_to_grams = 1000, .price_minor = price_minor};
    struct tariff_updated body = {
        .carrier = str_of(carrier), .version = 3, .name = str_of(carrier), .currency = STR("USD"), .steps = {&step, 1}};

    assert_true(shelf_learn(shelf, MSG_TARIFF_UPDATED, &body));
}

static struct bill bill_by(const char *product, int32_t quantity, const char *currency, const char *country_code,
                           const char *carrier)
{
    struct cart_line line = {str_of(product), quantity};
    struct cart_line_list cart = {&line, 1};

    return bill_make(shelf, &cart, str_of(currency), &(struct destination){str_of(country_code), str_of(carrier)},
                     &arena);
}

static struct bill bill_of(const char *product, int32_t quantity, const char *currency, const char *country_code)
{
    return bill_by(product, quantity, currency, country_code, "");
}

static void adds_up_lines_and_shipping(void **state)
{
    struct bill bill;

    (void)state;
    offer("MUG", 899, 300, 5, false);
    publish_tariff("parcel", 899, "*");
    bill = bill_of("MUG", 2, "USD", "IS");
    assert_int_equal(bill.lack, BILL_WHOLE);
    assert_int_equal(bill.subtotal_minor, 1798);
    assert_int_equal(bill.total_minor, 2697);
    assert_int_equal(bill.lines[0].product_version, 5);
    assert_int_equal(bill.chosen->tariff->version, 3);
    assert_int_equal(bill.rates_version, 0);
}

static void converts_each_unit_price_and_names_the_rates(void **state)
{
    struct bill bill;

    (void)state;
    offer("MUG", 899, 300, 5, false);
    publish_tariff("parcel", 899, "*");
    publish_rates();
    bill = bill_of("MUG", 2, "JPY", "JP");
    assert_int_equal(bill.lines[0].unit_price_minor, 1005);
    assert_int_equal(bill.total_minor, 3 * 1005);
    assert_int_equal(bill.rates_version, 7);
}

static void offers_the_carriers_that_go_there_and_takes_the_one_that_was_chosen(void **state)
{
    struct bill bill;

    (void)state;
    offer("MUG", 899, 300, 5, false);
    publish_tariff("home", 100, ZONE_HOME);
    publish_tariff("dear", 900, "*");
    publish_tariff("fair", 500, ZONE_EUROPE);
    bill = bill_of("MUG", 1, "USD", "IS");
    assert_int_equal(bill.offer_count, 2);
    assert_true(str_is(bill.offers[0].tariff->carrier, "fair") && str_is(bill.offers[1].tariff->carrier, "dear"));
    assert_ptr_equal(bill.chosen, &bill.offers[0]);
    assert_int_equal(bill.total_minor, 1399);
    bill = bill_by("MUG", 1, "USD", "IS", "dear");
    assert_true(str_is(bill.chosen->tariff->carrier, "dear"));
    assert_int_equal(bill.total_minor, 1799);
    assert_true(str_is(bill_by("MUG", 1, "USD", "US", "fair").chosen->tariff->carrier, "home"));
    bill = bill_of("MUG", 1, "USD", ""); /* an address as typed */
    assert_int_equal(bill.offer_count, 1);
    assert_true(str_is(bill.chosen->tariff->carrier, "dear"));
    publish_tariff(BILL_CARRIER, 899, "*");
    assert_true(str_is(bill_of("MUG", 1, "USD", "IS").chosen->tariff->carrier, BILL_CARRIER));
    assert_int_equal(bill_of("MUG", 4, "USD", "IS").lack, BILL_NO_CARRIER); /* 1.2 kg */
}

static void says_what_is_lacking(void **state)
{
    struct bill bill;

    (void)state;
    publish_tariff("parcel", 899, "*");
    offer("OLD", 899, 300, 5, true);
    offer("MUG", 899, 300, 5, false);
    bill = bill_of("GONE", 1, "USD", "IS");
    assert_int_equal(bill.lack, BILL_NO_PRODUCT);
    assert_true(str_is(bill.lacking, "GONE"));
    assert_false(bill.for_good); /* it may be heard of yet */
    assert_int_equal(bill.lines[0].unit_price_minor, -1);
    bill = bill_of("OLD", 1, "USD", "IS");
    assert_int_equal(bill.lack, BILL_NO_PRODUCT);
    assert_true(bill.for_good);
    assert_int_equal(bill_of("MUG", 1, "JPY", "IS").lack, BILL_NO_RATE);
}

static void blames_a_product_whose_currency_has_no_rate_and_not_the_shoppers_currency(void **state)
{
    static const char *const currencies[] = {"KWD", "SEK"}; /* never offered; offered, and not in these rates */
    struct product_updated dinar = {
        .product_id = STR("XKWD"), .version = 1, .name = STR("Dallah"), .price_minor = 1555};

    (void)state;
    publish_tariff("parcel", 899, "*");
    publish_rates();
    for (int i = 0; i < 2; i++) {
        struct bill bill;

        dinar.currency = str_of(currencies[i]);
        dinar.version++;
        assert_true(shelf_learn(shelf, MSG_PRODUCT_UPDATED, &dinar));
        bill = bill_of("XKWD", 1, "USD", "IS");
        assert_int_equal(bill.lack, BILL_NO_PRODUCT);
        assert_true(str_is(bill.lacking, "Dallah"));
        assert_int_equal(bill.lines[0].unit_price_minor, -1);
    }
}

static void does_not_wrap_around(void **state)
{
    (void)state;
    publish_tariff("parcel", 899, "*");
    offer("GOLD", INT64_MAX / 2, 1, 1, false);
    assert_int_equal(bill_of("GOLD", 3, "USD", "IS").lack, BILL_NO_RATE);
    assert_int_equal(bill_of("GOLD", 2, "USD", "IS").lack, BILL_NO_RATE); /* with shipping */
}

static void what_was_seen_changes_with_every_amount(void **state)
{
    struct str first, second;
    struct bill bill;

    (void)state;
    offer("MUG", 899, 300, 5, false);
    publish_tariff("parcel", 899, "*");
    bill = bill_of("MUG", 1, "USD", "IS");
    first = bill_seen(&bill, 4, &arena);
    assert_true(str_equal(first, bill_seen(&bill, 4, &arena)));
    assert_false(str_equal(first, bill_seen(&bill, 5, &arena)));
    assert_int_equal(bill_seen_generation(first), 4);
    bill = bill_of("MUG", 2, "USD", "IS");
    second = bill_seen(&bill, 4, &arena);
    assert_false(str_equal(first, second));
    offer("MUG", 900, 300, 6, false);
    bill = bill_of("MUG", 1, "USD", "IS");
    assert_false(str_equal(first, bill_seen(&bill, 4, &arena)));
    bill = bill_of("MUG", 1, "USD", "IS");
    first = bill_seen(&bill, 4, &arena);
    publish_tariff("fair", 500, ZONE_EUROPE);
    bill = bill_by("MUG", 1, "USD", "IS", "parcel");
    second = bill_seen(&bill, 4, &arena);
    assert_false(str_equal(first, second));
    bill = bill_by("MUG", 1, "USD", "IS", "fair");
    assert_true(str_equal(second, bill_seen(&bill, 4, &arena))); /* whom one chooses was seen */
    assert_true(shelf_learn(shelf, MSG_TARIFF_UPDATED,
                            &(struct tariff_updated){.carrier = STR("fair"),
                                                     .version = 4,
                                                     .currency = STR("USD"),
                                                     .steps = {&(struct tariff_step){STR("*"), 1000, 501, 0}, 1}}));
    bill = bill_by("MUG", 1, "USD", "IS", "parcel");
    assert_false(str_equal(second, bill_seen(&bill, 4, &arena))); /* what another asks, too */
    assert_int_equal(bill_seen_generation(STR("")), -1);
    assert_int_equal(bill_seen_generation(STR("12")), -1);
    assert_int_equal(bill_seen_generation(STR(".1")), -1);
    assert_int_equal(bill_seen_generation(STR("-1.0")), -1);
}

static void tells_by_name_which_price_is_another_one(void **state)
{
    struct bill bill;
    struct str seen;

    (void)state;
    offer("MUG", 899, 300, 5, false);
    publish_tariff("parcel", 899, "*");
    bill = bill_of("MUG", 1, "USD", "IS");
    seen = bill_seen(&bill, 4, &arena);
    assert_int_equal(bill_change(&bill, seen, &arena).len, 0);
    bill = bill_of("MUG", 1, "JPY", "IS");
    assert_int_equal(bill_change(&bill, seen, &arena).len, 0); /* another currency is no news of a price */
    offer("MUG", 1200, 300, 6, false);
    bill = bill_of("MUG", 1, "USD", "IS");
    seen = bill_change(&bill, seen, &arena);
    assert_true(seen.len && memmem(seen.ptr, seen.len, " costs $12.00 now, not $8.99. ", 30));
    assert_int_equal(bill_change(&bill, STR("4.0~USD~MUG="), &arena).len, 0);
    assert_int_equal(bill_change(&bill, STR("4.0~USD"), &arena).len, 0);
    assert_int_equal(bill_change(&bill, STR(""), &arena).len, 0);
}

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    shelf = shelf_open();
    return 0;
}

static int end(void **state)
{
    (void)state;
    shelf_close(shelf);
    arena_release(&arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(adds_up_lines_and_shipping),
        TEST(converts_each_unit_price_and_names_the_rates),
        TEST(offers_the_carriers_that_go_there_and_takes_the_one_that_was_chosen),
        TEST(says_what_is_lacking),
        TEST(blames_a_product_whose_currency_has_no_rate_and_not_the_shoppers_currency),
        TEST(does_not_wrap_around),
        TEST(what_was_seen_changes_with_every_amount),
        TEST(tells_by_name_which_price_is_another_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
