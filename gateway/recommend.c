/* recommend.c - what else a page shows. Everything comes from memory and the request: nothing is waited for. */
#include "gateway/recommend.h"

#include "gateway/taste.h"

enum { SHOWN = 4 };

static const double own_weight = 4, cart_weight = 2, seen_weight = 1, seen_fades = 0.8;

static struct seen seen_of(const struct visit *visit)
{
    return taste_seen(cookie_value(request_header(visit->request, "Cookie"), SEEN_COOKIE));
}

/* --- choosing --------------------------------------------------------------------------------------------------------- */

static size_t seeds_of(const struct visit *visit, const struct recommend_about *about, struct seed seeds[TASTE_SEEDS])
{
    const struct cart_updated *cart = visit->look ? visit->look->cart : NULL;
    struct seen seen = seen_of(visit);
    double weight = seen_weight;
    size_t count = 0;

    if (about->product_id.len)
        seeds[count++] = (struct seed){about->product_id, own_weight};
    for (size_t i = 0; i < seen.count; i++, weight *= seen_fades)
        if (!str_equal(seen.ids[i], about->product_id))
            seeds[count++] = (struct seed){seen.ids[i], weight};
    for (size_t i = 0; i < about->other_count && count < TASTE_SEEDS; i++)
        seeds[count++] = (struct seed){about->others[i], cart_weight};
    for (size_t i = 0; cart && about->other_count == 0 && i < cart->lines.count && count < TASTE_SEEDS; i++)
        seeds[count++] = (struct seed){cart->lines.items[i].product_id, cart_weight};
    return count;
}

/* What must not be shown: what the page is about, and the cart. The page's product, or its first, comes first. */
static struct str *skip_of(const struct visit *visit, const struct recommend_about *about, size_t *count)
{
    const struct cart_updated *cart = visit->look ? visit->look->cart : NULL;
    size_t in_cart = cart ? cart->lines.count : 0;
    struct str *skip = arena_array(visit->arena, 1 + about->other_count + in_cart, sizeof *skip);

    *count = 0;
    if (about->product_id.len)
        skip[(*count)++] = about->product_id;
    for (size_t i = 0; i < about->other_count; i++)
        skip[(*count)++] = about->others[i];
    for (size_t i = 0; i < in_cart; i++)
        skip[(*count)++] = cart->lines.items[i].product_id;
    return skip;
}

static bool is_among(struct str id, const struct str *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(ids[i], id))
            return true;
    return false;
}

static bool can_be_had(const struct gateway *gateway, struct str product_id)
{
    const struct product_updated *product = shelf_product(gateway->state.shelf, product_id);

    return product && !product->retired && product->stock != STOCK_BAND_NONE;
}

static size_t choose(const struct visit *visit, const struct recommend_about *about,
                     enum recommendation_strategy strategy, const struct str *skip, size_t skip_count,
                     struct shown_product_card *cards)
{
    struct gateway *gateway = visit->gateway;
    struct seed seeds[TASTE_SEEDS];
    struct str choices[TASTE_CHOICES];
    size_t seed_count = seeds_of(visit, about, seeds), count = 0;
    size_t choice_count = taste_choose(gateway->state.companions, strategy, seeds, seed_count, choices);

    for (size_t i = 0; i < choice_count && count < SHOWN; i++) {
        const struct shown_product_card *card;

        if (is_among(choices[i], skip, skip_count) || !can_be_had(gateway, choices[i]))
            continue;
        card = window_card(gateway->window, visit->currency, choices[i]);
        if (card)
            cards[count++] = *card;
    }
    return count;
}

/* Fills up with others of the same category. */
static size_t fill_up(const struct visit *visit, const struct str *skip, size_t skip_count,
                      struct shown_product_card *cards, size_t count)
{
    struct str *more = arena_array(visit->arena, skip_count + SHOWN, sizeof *more);
    struct shown_product_card_list others;

    for (size_t i = 0; i < skip_count; i++)
        more[i] = skip[i];
    for (size_t i = 0; i < count; i++)
        more[skip_count + i] = cards[i].id;
    others = window_goes_with(visit->gateway->window, visit->currency, more, skip_count + count, visit->arena);
    for (size_t i = 0; i < others.count && count < SHOWN; i++)
        cards[count++] = others.items[i];
    return count;
}

/* --- the experiment ------------------------------------------------------------------------------------------------------ */

static void expose(const struct visit *visit, const struct recommend_about *about,
                   enum recommendation_strategy strategy, struct shown_product_card *cards, size_t count)
{
    struct id exposure = id_random();
    struct str exposure_id = id_text(&exposure, visit->arena);
    struct str ids[SHOWN];

    for (size_t i = 0; i < count; i++) {
        ids[i] = cards[i].id;
        cards[i].exposure = exposure_id;
    }
    visit_tell(visit, MSG_RECOMMENDATION_SHOWN,
               &(struct recommendation_shown){.session_id = visit->user_id,
                                              .exposure_id = exposure_id,
                                              .strategy = strategy,
                                              .product_id = about->product_id,
                                              .shown = {ids, count}},
               exposure);
}

struct shown_product_card_list recommend(const struct visit *visit, const struct recommend_about *about)
{
    struct shown_product_card *cards = arena_array(visit->arena, SHOWN, sizeof *cards);
    enum recommendation_strategy strategy = taste_strategy(visit->user_id);
    size_t skip_count;
    struct str *skip = skip_of(visit, about, &skip_count);
    size_t chosen = choose(visit, about, strategy, skip, skip_count, cards);
    size_t count = chosen < SHOWN ? fill_up(visit, skip, skip_count, cards, chosen) : chosen;

    if (chosen && !visit->session.fresh && !visit->behind) /* a page that is behind loads itself again */
        expose(visit, about, strategy, cards, count);
    return (struct shown_product_card_list){cards, count};
}

/* --- what became of it --------------------------------------------------------------------------------------------------- */

/* Tells a click; its id follows from exposure and product, so that it counts once however often the page is loaded. */
static bool tell_click(const struct visit *visit, struct str product_id)
{
    struct str given = form_value(&visit->request->form, "rec");
    struct id exposure;

    if (!id_parse(given, &exposure))
        return false;
    /* For machines, a product has one address. */
    answer_header(visit->request, "Link",
                  arena_printf(visit->arena, "<%s" STR_FMT ">; rel=\"canonical\"", visit->gateway->base,
                               STR_ARG(visit->request->path)));
    visit_tell(visit, MSG_RECOMMENDATION_CLICKED,
               &(struct recommendation_clicked){.session_id = visit->user_id,
                                                .exposure_id = id_text(&exposure, visit->arena),
                                                .strategy = taste_strategy(visit->user_id),
                                                .product_id = product_id},
               id_named(&exposure, product_id));
    return true;
}

/* Which of our pages led here; empty when none is known to have. */
static struct str led_by(const struct visit *visit)
{
    struct str referer = request_header(visit->request, "Referer");
    struct str host = request_header(visit->request, "Host");
    const char *name = referer.len && host.len ? memmem(referer.ptr, referer.len, host.ptr, host.len) : NULL;
    struct str path;

    if (name == NULL)
        return (struct str){NULL, 0};
    path = (struct str){name + host.len, referer.len - (size_t)(name - referer.ptr) - host.len};
    if (path.len && memmem(path.ptr, path.len, "/search", 7))
        return STR("search");
    return path.len && memmem(path.ptr, path.len, "/cart", 5) ? STR("cart") : (struct str){NULL, 0};
}

void recommend_note_view(const struct visit *visit, struct str product_id)
{
    struct seen seen = seen_of(visit);
    struct str next = taste_seen_next(&seen, product_id, visit->arena);
    bool clicked = tell_click(visit, product_id);
    bool by_ad = form_value(&visit->request->form, "ad").len > 0;

    if (next.len && !(seen.count && str_equal(seen.ids[0], product_id)))
        answer_header(visit->request, "Set-Cookie",
                      session_cookie(visit->arena, SEEN_COOKIE, next, SESSION_TRACE_AGE_S));
    visit_tell(visit, MSG_PRODUCT_VIEWED,
               &(struct product_viewed){.session_id = visit->user_id,
                                        .product_id = product_id,
                                        .referrer = clicked ? STR("recommendation")
                                                    : by_ad ? STR("ad")
                                                            : led_by(visit)},
               id_random());
}
