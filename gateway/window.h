/* window.h - products as cards with prices in a currency: each is made when it is first shown after a piece of news, not per page. */
#ifndef GATEWAY_WINDOW_H
#define GATEWAY_WINDOW_H

#include "gateway/files.h"
#include "gateway/state.h"
#include "pages/types.h"

struct window;

enum {
    WINDOW_PER_PAGE = 24,
    WINDOW_CATEGORIES = 24, /* on a page; a catalogue may have more */
    WINDOW_NAME_BYTES = 100 /* of a name on a card */
};

/* The picture of what has none, or one that is not among the files. */
extern const struct str window_any_picture;

/* state and files are borrowed. */
struct window *window_open(const struct state *state, const struct files *files);
void window_close(struct window *window);

/* How many products are sold, in a category or in all (an empty word). */
size_t window_count(struct window *window, struct str category);

/* Up to WINDOW_PER_PAGE of them, by id, from the from-th on; prices in currency, or in their own where there is no rate.
 * Valid until the next piece of news, or seven other currencies, came by: not beyond one page. In the arena. */
struct shown_product_card_list window_cards(struct window *window, struct str currency, struct str category,
                                            size_t from, struct arena *arena);

/* NULL when it is not sold. */
const struct shown_product_card *window_card(struct window *window, struct str currency, struct str product_id);

/* "Everything", then the largest categories with their counts, by name; one may be chosen by its word, and is among them then. *more is
 * how many are not. In the arena. */
struct shown_category_list window_categories(struct window *window, struct str chosen, size_t *more,
                                             struct arena *arena);

/* Up to four products that are not among skip, those that share a category with the first of skip before others. */
struct shown_product_card_list window_goes_with(struct window *window, struct str currency, const struct str *skip,
                                                size_t skip_count, struct arena *arena);

/* "kitchen" -> "Kitchen", in the arena. */
struct str window_label(struct str word, struct arena *arena);

/* Whether prices can be shown in it: it is a product's own, or there is a rate. */
bool window_has_currency(const struct window *window, struct str currency);

/* The selector's: those of the original shop, then the others that there are rates for; empty without rates. In the arena. */
struct shown_currency_list window_currencies(struct window *window, struct str chosen, struct arena *arena);

#endif
