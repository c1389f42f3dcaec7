/* pages.h - who answers which path, and the pages that several of them end with. */
#ifndef GATEWAY_PAGES_H
#define GATEWAY_PAGES_H

#include "gateway/bill.h"
#include "gateway/gateway.h"
#include "gateway/order_form.h"

route_fn page_home, page_product, page_product_meta;                               /* shop_pages.c */
route_fn page_search;                                                              /* search_pages.c */
route_fn page_cart;                                                                /* cart_pages.c */
route_fn command_add, command_change, command_empty, command_put_back;             /* cart_commands.c */
route_fn command_quotes;                                                           /* quotes.c */
route_fn command_order;                                                            /* order_place.c */
route_fn page_order, command_cancel;                                               /* order_pages.c */
route_fn page_product_events;                                                      /* product_live.c */
route_fn page_order_events;                                                        /* order_live.c */
route_fn page_static, page_robots, page_healthz, page_assistant, command_currency; /* small_pages.c */

route_fn page_sign_in, page_sign_up, command_sign_in, command_sign_up;                         /* sign_in.c */
route_fn page_account, command_password, command_sign_out, command_sign_out_here, page_logout; /* account_pages.c */
route_fn command_leave;                                                                        /* leave_page.c */
route_fn page_orders;                                                                          /* history_pages.c */

/* A product's page; problem says what was wrong with what was asked, or is empty. */
void product_page(struct visit *visit, struct str product_id, unsigned status, struct str problem);
void no_such_product(struct visit *visit);

/* The ad of a page, told and counted; NULL when none fits. product_id of the page may be empty; categories and words are what
 * there is on it. In the arena. (ad_pages.c) */
const struct shown_ad *visit_ad(struct visit *visit, struct str product_id, struct str_list categories,
                                struct str words);

/* The visitor came by an ad's link, perhaps: tells it. */
void visit_ad_followed(struct visit *visit);

/* Which versions a product's page shows, for its stream. */
struct str product_seen(const struct gateway *gateway, const struct product_updated *product, struct arena *arena);

/* The cart's page, after a look. form: what was typed, with its errors; NULL: the example,
 * with the mail address of who is signed in; visit->more is then the page's. */
void cart_page(struct visit *visit, unsigned status, const struct order_form *form, struct str problem);

/* The carriers of a bill, and the names of all countries, as its form shows them; in the arena. */
struct shown_carrier_choice_list quotes_shown(const struct visit *visit, const struct bill *bill);
struct shown_str_list quotes_countries(struct arena *arena);

/* This browser's session ends, if it has one, and its cookies are taken back. (account_pages.c) */
void end_session(struct request *request, bool currency_too);

int this_year(void);

/* 503: nobody knows whether it was heard; sending it again is safe. */
void unknown_page(struct visit *visit);

/* 403: sent by another site's page. */
void foreign_page(struct visit *visit);

#endif
