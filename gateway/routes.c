/* routes.c - all paths. */
#include "gateway/pages.h"

/* What is not here is 404, and what is not made for a method 405. */
// clang-format off
const struct route gateway_routes[] = {
    {"/",                  page_home,         NULL},
    {"/product/{}",        page_product,      NULL},
    {"/search",            page_search,       NULL},
    {"/product/{}/events", page_product_events, NULL},
    {"/cart",              page_cart,         command_add},
    {"/cart/empty",        NULL,              command_empty},
    {"/cart/quantity",     NULL,              command_change},
    {"/cart/back",         NULL,              command_put_back},
    {"/cart/quotes",       NULL,              command_quotes},
    {"/cart/checkout",     NULL,              command_order},
    {"/order/{}",          page_order,        NULL},
    {"/order/{}/events",   page_order_events, NULL},
    {"/order/{}/cancel",   NULL,              command_cancel},
    {"/setCurrency",       NULL,              command_currency},
    {"/signin",            page_sign_in,      command_sign_in},
    {"/signup",            page_sign_up,      command_sign_up},
    {"/signout",           NULL,              command_sign_out},
    {"/signout/here",      NULL,              command_sign_out_here},
    {"/logout",            page_logout,       NULL},
    {"/account",           page_account,      NULL},
    {"/account/password",  page_account,      command_password},
    {"/account/delete",    page_account,      command_leave},
    {"/orders",            page_orders,       NULL},
    {"/product-meta/{}",   page_product_meta, NULL},
    {"/static/*",          page_static,       NULL},
    {"/robots.txt",        page_robots,       NULL},
    {"/_healthz",          page_healthz,      NULL},
    {"/assistant",         page_assistant,    NULL},
};
// clang-format on
const size_t gateway_route_count = sizeof gateway_routes / sizeof *gateway_routes;
