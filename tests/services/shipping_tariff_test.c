/* shipping_tariff_test.c - what carriers cost: told once, never less for more, and the same by which a parcel travels. */
/* links: services/shipping/tariff.c services/shipping/carriers.c tests/rehearsal msg base */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/country.h"
#include "msg/shelf.h"
#include "services/shipping/shipping.h"
#include "tests/rehearsal/rehearsal.h"

#define COUNT(array) (sizeof(array) / sizeof(array[0]))

static struct rehearsal r;

static const char *const carriers[] = {"flat", "snail", "heron", "otter"};
static const char *const zones[] = {ZONE_HOME, ZONE_NEIGHBOURS, ZONE_EUROPE, ZONE_ASIA_PACIFIC, ZONE_WORLD};

static const struct tariff_updated *tell(struct str carrier)
{
    rehearsal_play(&r, &(struct play){.type = MSG_TARIFF_DUE, .key = carrier});
    return rehearsal_last(&r, MSG_TARIFF_UPDATED);
}

static void tells_the_flat_price_once_and_again_when_it_changes(void **state)
{
    const struct str carrier = STR(SHIPPING_FLAT);
    const struct tariff_updated *told;

    (void)state;
    rehearsal_init(&r, &tariff_rules, NULL, NULL);
    told = tell(carrier);
    assert_non_null(told);
    assert_int_equal(told->version, 1);
    assert_true(str_equal(told->carrier, carrier) && str_is(told->currency, "USD"));
    for (size_t i = 0; i < told->steps.count; i++)
        assert_int_equal(told->steps.items[i].price_minor, 899);
    assert_true(str_is(told->steps.items[told->steps.count - 1].zone, "*"));
    rehearsal_ring(&r, MSG_TARIFF_DUE, carrier);
    rehearsal_ring(&r, MSG_TARIFF_DUE, carrier);
    assert_int_equal(rehearsal_said(&r, MSG_TARIFF_UPDATED), 1);
    ((struct tariff *)(uintptr_t)rehearsal_row(&r, carrier))->prices.len--; /* as if another had been told */
    rehearsal_ring(&r, MSG_TARIFF_DUE, carrier);
    told = rehearsal_last(&r, MSG_TARIFF_UPDATED);
    assert_int_equal(told->version, 2);
    rehearsal_is_total(&tariff_rules);
    rehearsal_all_rules_ran(&tariff_rules);
    tell(STR("stork")); /* a carrier that we had once */
    assert_int_equal(rehearsal_said(&r, MSG_TARIFF_UPDATED), 2);
    assert_true(rehearsal_due(&r, MSG_TARIFF_DUE, STR("stork")) == INT64_MIN);
    rehearsal_release(&r);
}

static int open_counter(void **state)
{
    struct shelf *shelf = shelf_open();

    rehearsal_init(&r, &tariff_rules, NULL, NULL);
    for (size_t i = 0; i < COUNT(carriers); i++)
        assert_true(shelf_learn(shelf, MSG_TARIFF_UPDATED, tell(str_of(carriers[i]))));
    *state = shelf;
    return 0;
}

static int close_counter(void **state)
{
    shelf_close(*state);
    rehearsal_release(&r);
    return 0;
}

/* What the carrier takes there for so much; -1 when it does not. */
static int64_t price_of(const struct shelf *shelf, const char *carrier, const char *zone, int64_t grams, int64_t cm3,
                        int32_t *days)
{
    struct quote quote;
    struct err err;

    if (shelf_quote(shelf, str_of(carrier), str_of(zone), &(struct parcel){grams, cm3}, &quote, &err) != ST_OK)
        return -1;
    *days = quote.days;
    return quote.price_minor;
}

static void asks_no_less_for_more_nor_refuses_less(void **state)
{
    static const int64_t sizes[] = {1, 499, 500, 501, 999, 1000, 1001, 2000, 4999, 5001, 10000, 15000, 19999, 20001};

    for (size_t c = 0; c < COUNT(carriers); c++)
        for (size_t z = 0; z < COUNT(zones); z++)
            for (size_t a = 0; a < COUNT(sizes); a++)
                for (size_t b = a; b < COUNT(sizes); b++) {
                    int32_t days;
                    int64_t less = price_of(*state, carriers[c], zones[z], sizes[a], 0, &days);
                    int64_t more = price_of(*state, carriers[c], zones[z], sizes[b], 0, &days);
                    int64_t larger = price_of(*state, carriers[c], zones[z], sizes[a], sizes[b] * 5, &days);

                    if (more >= 0 && (less < 0 || less > more))
                        fail_msg("%s to %s: %ld g cost more than %ld g", carriers[c], zones[z], (long)sizes[a],
                                 (long)sizes[b]);
                    assert_true(larger == (c == 0 ? less : more)); /* 5 cm3 weigh a gram, but not to pigeons */
                }
}

static void has_a_carrier_beside_the_flat_one_for_each_zone(void **state)
{
    for (size_t z = 0; z < COUNT(zones); z++) {
        unsigned others = 0;

        for (size_t c = 0; c < COUNT(carriers); c++) {
            int32_t days = 0, usual = carrier_days(carrier_find(str_of(carriers[c])), str_of(zones[z]));
            int64_t price = price_of(*state, carriers[c], zones[z], 380, 1600, &days);

            assert_int_equal(price < 0 ? 0 : days, usual); /* what is quoted is what a parcel takes */
            assert_true(price < 0 || (price > 0 && days > 0));
            assert_true(c > 0 || price == 899);
            others += c > 0 && price > 0;
        }
        assert_true(others > 0);
    }
}

static void pays_who_waits_and_serves_who_pays(void **state)
{
    for (size_t z = 0; z < COUNT(zones); z++) {
        int32_t flat = 0, days = 0;

        assert_int_equal(price_of(*state, "flat", zones[z], 380, 1600, &flat), 899);
        for (size_t c = 1; c < COUNT(carriers); c++)
            if (price_of(*state, carriers[c], zones[z], 380, 1600, &days) > 899)
                assert_true(days < flat); /* who asks more is faster */
    }
    assert_true(carrier_days(carrier_find(STR("flat")), STR("")) >=
                carrier_days(carrier_find(STR("flat")), STR(ZONE_WORLD)));
}

static void goes_to_an_unknown_country_by_the_flat_one_only(void **state)
{
    int32_t days;

    assert_int_equal(price_of(*state, "flat", "", 380, 1600, &days), 899);
    assert_int_equal(price_of(*state, "flat", "", 35300, 160000000, &days),
                     899); /* ten of all that the original sold */
    assert_int_equal(price_of(*state, "flat", "", 100001, 0, &days), -1);
    for (size_t c = 1; c < COUNT(carriers); c++)
        assert_int_equal(price_of(*state, carriers[c], "", 1, 1, &days), -1);
    assert_int_equal(price_of(*state, "otter", ZONE_EUROPE, 1, 1, &days), -1);
    assert_int_equal(price_of(*state, "heron", ZONE_WORLD, 1, 1, &days), -1);
    assert_int_equal(price_of(*state, "otter", ZONE_HOME, 5001, 0, &days), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_the_flat_price_once_and_again_when_it_changes),
        cmocka_unit_test_setup_teardown(asks_no_less_for_more_nor_refuses_less, open_counter, close_counter),
        cmocka_unit_test_setup_teardown(has_a_carrier_beside_the_flat_one_for_each_zone, open_counter, close_counter),
        cmocka_unit_test_setup_teardown(pays_who_waits_and_serves_who_pays, open_counter, close_counter),
        cmocka_unit_test_setup_teardown(goes_to_an_unknown_country_by_the_flat_one_only, open_counter, close_counter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
