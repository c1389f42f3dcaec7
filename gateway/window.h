/* window.h - products as cards with prices in a currency: made once per currency and piece of news, not per page. */
#ifndef GATEWAY_WINDOW_H
#define GATEWAY_WINDOW_H

#include "gateway/state.h"
#include "pages/types.h"

struct window;

/* state is borrowed. */
struct window *window_open(const struct state *state);
void window_close(struct window *window);

/* All products that are sold, by id; prices in currency, or in their own where there is no rate. Valid until the next piece
 * of news, or seven other currencies, came by: not beyond one page. */
struct shown_product_card_list window_cards(struct window *window, struct str currency);

/* NULL when it is not sold. */
const struct shown_product_card *window_card(struct window *window, struct str currency, struct str product_id);

/* Categories with their counts, by name; one may be chosen by its word. In the arena. */
struct shown_category_list window_categories(const struct window *window, struct str chosen, struct arena *arena);

/* Up to four products that are not among skip, those that share a category with the first of skip before others. */
struct shown_product_card_list window_goes_with(struct window *window, struct str currency, const struct str *skip,
                                                size_t skip_count, struct arena *arena);

/* "kitchen" -> "Kitchen", in the arena. */
struct str window_label(struct str word, struct arena *arena);

/* Whether prices can be shown in it: it is a product's own, or there is a rate. */
bool window_has_currency(const struct window *window, struct str currency);

/* The selector's; empty without rates. In the arena. */
struct shown_currency_list window_currencies(const struct window *window, struct str chosen, struct arena *arena);

#endif
