/* lanes.c - the services of the saga, as their main.c files describe them to the runtime. */
#include "services/cart/cart.h"
#include "services/catalog/catalog.h"
#include "services/checkout/checkout.h"
#include "services/email/email.h"
#include "services/payment/payment.h"
#include "services/shipping/shipping.h"
#include "tests/saga/world.h"

static const struct cart_settings cart_settings = {.idle_ms = 20 * 60 * 1000};
static const struct checkout_settings checkout_settings = {.order_deadline_ms = 15 * 60 * 1000};
static const struct shipping_settings shipping_pace = {.pick_ms = 60 * 1000, .day_ms = 10 * 60 * 1000};

/* Parcels' prices are told once at the beginning, and nobody hears them twice. */
const struct lane_info lane_infos[] = {
    {.service = "cart", .rules = &cart_rules, .table = &cart_table, .settings = &cart_settings, .forgetful = true},
    {.service = "checkout",
     .rules = &checkout_rules,
     .table = &checkout_table,
     .settings = &checkout_settings,
     .follows = true,
     .forgetful = true},
    {.service = "catalog", .rules = &product_rules, .table = &product_table},
    {.service = "catalog",
     .rules = &reservation_rules,
     .table = &reservation_table,
     .shared = &product_table,
     .shared_keys = reservation_products,
     .forgetful = true},
    {.service = "payment", .rules = &payment_rules, .table = &payment_table, .forgetful = true},
    {.service = "shipping",
     .rules = &shipping_rules,
     .table = &shipping_table,
     .settings = &shipping_pace,
     .forgetful = true},
    {.service = "shipping", .rules = &tariff_rules, .table = &tariff_table, .settings = &shipping_pace},
    {.service = "email", .rules = &email_rules, .table = &email_table, .forgetful = true},
};

const size_t lane_info_count = sizeof(lane_infos) / sizeof(lane_infos[0]);
