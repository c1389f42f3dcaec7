/* recommend.h - what else a page shows, and what a visitor made of it. */
#ifndef GATEWAY_RECOMMEND_H
#define GATEWAY_RECOMMEND_H

#include "gateway/gateway.h"

/* The page's own product (may be empty), and the products that the page is about beside it: in the cart, in an order. */
struct recommend_about {
    struct str product_id;
    const struct str *others;
    size_t other_count;
};

/* Up to four cards, never one of what the page is about or the cart holds, nothing retired or sold out. Chosen by this
 * visitor's strategy, from what the page is about, the cart and what they looked at lately; where recommendation has said nothing,
 * others of the same category. A visitor with a session is told to the experiment (RecommendationShown), and the cards' links
 * carry the exposure; anybody else gets plain links. In the arena. */
struct shown_product_card_list recommend(const struct visit *visit, const struct recommend_about *about);

/* A product's page was shown: remembers it in the browser, tells the view, and the click when a recommendation led here. */
void recommend_note_view(const struct visit *visit, struct str product_id);

#endif
