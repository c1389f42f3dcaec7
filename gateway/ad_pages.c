/* ad_pages.c - the one ad of a page: chosen, told, counted in the visitor's cookie; and what becomes of a click on it. */
#include "base/clock.h"
#include "gateway/ads.h"
#include "gateway/pages.h"

enum { ADS_COOKIE_AGE_S = 24 * 60 * 60 };

static uint64_t lot(const struct id *id)
{
    uint64_t number;

    memcpy(&number, id->bytes, sizeof number);
    return number;
}

/* Tells it, and counts it in the visitor's cookie; returns the link that a click is known by. */
static struct str tell_shown(struct visit *visit, const struct ad_updated *ad, const struct ads_place *place)
{
    struct id impression = id_random();
    struct str id = id_text(&impression, visit->arena);

    visit_tell(visit, MSG_AD_SHOWN, &(struct ad_shown){visit->user_id, id, ad->ad_id, place->now_ms}, impression);
    answer_header(visit->request, "Set-Cookie",
                  session_cookie(visit->arena, ADS_COOKIE,
                                 ads_count(place->seen, ad->ad_id, place->now_ms, visit->arena), ADS_COOKIE_AGE_S));
    return arena_printf(visit->arena, "/product/" STR_FMT "?ad=" STR_FMT "." STR_FMT, STR_ARG(ad->product_id),
                        STR_ARG(id), STR_ARG(ad->ad_id));
}

const struct shown_ad *visit_ad(struct visit *visit, struct str product_id, struct str_list categories,
                                struct str words)
{
    struct id chance = id_random();
    const struct ads_place place = {.now_ms = clock_wall_ms(),
                                    .product_id = product_id,
                                    .categories = categories,
                                    .words = words,
                                    .seen = cookie_value(request_header(visit->request, "Cookie"), ADS_COOKIE),
                                    .shelf = visit->gateway->state.shelf,
                                    .lot = lot(&chance)};
    bool paid;
    const struct ad_updated *ad = ads_choose(&place, &paid);
    struct shown_ad *shown = arena_new(visit->arena, struct shown_ad);

    if (!ad)
        return NULL;
    shown->text = arena_copy(visit->arena, ad->text);
    shown->path = paid ? tell_shown(visit, ad, &place)
                       : arena_printf(visit->arena, "/product/" STR_FMT, STR_ARG(ad->product_id));
    return shown;
}

void visit_ad_followed(struct visit *visit)
{
    struct str impression, ad_id;
    struct id id;

    if (!ads_parse_link(form_value(&visit->request->form, "ad"), &impression, &ad_id) || !id_parse(impression, &id))
        return;
    visit_tell(visit, MSG_AD_CLICKED, &(struct ad_clicked){visit->user_id, impression, ad_id, clock_wall_ms()},
               id_named(&id, STR("followed")));
}
