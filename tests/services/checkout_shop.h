/* checkout_shop.h - the small shop in which checkout is tested: three products, a carrier, rates against the euro. */
#ifndef CHECKOUT_SHOP_H
#define CHECKOUT_SHOP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "msg/shelf.h"
#include "services/checkout/checkout.h"
#include "tests/rehearsal/rehearsal.h"

#define ORDER STR_INIT("d176a36c-5b25-54f5-b896-6f8db1cc712c") /* of user-1's cart of generation 7 */
#define USER STR_INIT("user-1")

static const struct str order_id = ORDER;
static const struct checkout_settings settings = {.order_deadline_ms = 60000};

static const struct rate rate_items[] = {{STR_INIT("USD"), 11305, 4, {0}}, {STR_INIT("JPY"), 12640, 2, {0}}};
static const struct rates_updated rates = {
    .base = STR_INIT("EUR"), .version = 3, .rates = {.items = rate_items, .count = 2}};
static const struct tariff_step steps[] = {
    {STR_INIT("*"), 2000, 899, 0}, {STR_INIT("*"), 10000, 1899, 0}, {STR_INIT("europe"), 1000, 2500, 0}};
static const struct tariff_updated tariff = {.carrier = STR_INIT("post"),
                                             .version = 2,
                                             .name = STR_INIT("Parcel post"),
                                             .currency = STR_INIT("USD"),
                                             .steps = {.items = steps, .count = 3}};

static struct shelf *shelf;
static struct rehearsal r;

static void offer(const char *id, const char *name, int64_t price_minor, int32_t weight_grams, bool retired)
{
    shelf_learn(shelf, MSG_PRODUCT_UPDATED,
                &(struct product_updated){.product_id = str_of(id),
                                          .version = 5,
                                          .name = str_of(name),
                                          .price_minor = price_minor,
                                          .currency = STR("USD"),
                                          .weight_grams = weight_grams,
                                          .retired = retired});
}

static int open_shop(void **state)
{
    (void)state;
    shelf = shelf_open();
    offer("MUG", "Mug", 899, 300, false);
    offer("WATCH", "Watch", 10999, 100, false);
    offer("PIPE", "Pipe", 100, 100, true);
    shelf_learn(shelf, MSG_RATES_UPDATED, &rates);
    shelf_learn(shelf, MSG_TARIFF_UPDATED, &tariff);
    rehearsal_init(&r, &checkout_rules, shelf, &settings);
    return 0;
}

static int close_shop(void **state)
{
    (void)state;
    rehearsal_release(&r);
    shelf_close(shelf);
    return 0;
}

static void assert_text(struct str text, const char *expected)
{
    char copy[512];

    snprintf(copy, sizeof(copy), STR_FMT, STR_ARG(text));
    assert_string_equal(copy, expected);
}

#endif
