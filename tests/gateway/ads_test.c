/* ads_test.c - which ad a page shows: what may be shown at all, what fits, and chance. */
/* links: gateway/ads.c msg base */
#include "gateway/ads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOON INT64_C(1800000000000)

struct scene {
    struct shelf *shelf;
    struct arena arena;
};

static struct ad_updated campaign(const char *id, const char *product)
{
    return (struct ad_updated){.ad_id = str_of(id),
                               .version = 1,
                               .text = STR("Buy it."),
                               .product_id = str_of(product),
                               .weight = 1,
                               .from_ms = NOON - 1000,
                               .until_ms = NOON + 1000,
                               .share_ppm = 1000000,
                               .session_cap = 2};
}

static void learn_product(struct scene *scene, const char *id, enum stock_band stock, int64_t version, bool retired)
{
    shelf_learn(scene->shelf, MSG_PRODUCT_UPDATED,
                &(struct product_updated){.product_id = str_of(id),
                                          .version = version,
                                          .name = STR("Thing"),
                                          .currency = STR("USD"),
                                          .stock = stock,
                                          .retired = retired});
}

static void open_scene(struct scene *scene)
{
    *scene = (struct scene){.shelf = shelf_open()};
    arena_init(&scene->arena);
    learn_product(scene, "MUG", STOCK_BAND_PLENTY, 1, false);
    learn_product(scene, "JAR", STOCK_BAND_FEW, 1, false);
}

static void close_scene(struct scene *scene)
{
    shelf_close(scene->shelf);
    arena_release(&scene->arena);
}

static struct ads_place place_of(const struct scene *scene)
{
    return (struct ads_place){.now_ms = NOON, .shelf = scene->shelf, .lot = 7};
}

static bool shows(const struct ads_place *place, const char *id)
{
    bool paid;
    const struct ad_updated *ad = ads_choose(place, &paid);

    assert_true(ad || !paid);
    ad = paid ? ad : NULL;
    return id ? ad && str_is(ad->ad_id, id) : !ad;
}

static void shows_only_what_runs_and_can_be_bought(void **state)
{
    struct scene scene;
    struct ads_place place;
    struct ad_updated ad = campaign("mugs", "MUG");

    (void)state;
    open_scene(&scene);
    place = place_of(&scene);
    assert_true(shows(&place, NULL));
    shelf_learn(scene.shelf, MSG_AD_UPDATED, &ad);
    assert_true(shows(&place, "mugs"));
    place.now_ms = ad.from_ms - 1;
    assert_true(shows(&place, NULL));
    place.now_ms = ad.until_ms;
    assert_true(shows(&place, NULL));
    place.now_ms = NOON;
    place.product_id = STR("MUG"); /* it leads to the page that it stands on */
    assert_true(shows(&place, NULL));
    place.product_id = STR("JAR");
    learn_product(&scene, "MUG", STOCK_BAND_NONE, 2, false);
    assert_true(shows(&place, NULL));
    learn_product(&scene, "MUG", STOCK_BAND_PLENTY, 3, false);
    assert_true(shows(&place, "mugs"));
    learn_product(&scene, "MUG", STOCK_BAND_PLENTY, 4, true);
    assert_true(shows(&place, NULL));
    close_scene(&scene);
}

static void the_greatest_version_wins(void **state)
{
    struct scene scene;
    struct ads_place place;
    struct ad_updated ad = campaign("mugs", "MUG");

    (void)state;
    open_scene(&scene);
    place = place_of(&scene);
    ad.version = 5;
    assert_true(shelf_learn(scene.shelf, MSG_AD_UPDATED, &ad));
    ad.stopped = true;
    assert_false(shelf_learn(scene.shelf, MSG_AD_UPDATED, &ad));
    ad.version = 4;
    assert_false(shelf_learn(scene.shelf, MSG_AD_UPDATED, &ad));
    assert_true(shows(&place, "mugs"));
    ad.version = 6;
    assert_true(shelf_learn(scene.shelf, MSG_AD_UPDATED, &ad));
    assert_true(shows(&place, NULL));
    close_scene(&scene);
}

static void what_fits_the_page_comes_before_what_fits_anywhere(void **state)
{
    static const struct str kitchen[] = {STR_INIT("kitchen")}, tea[] = {STR_INIT("tea")};
    struct ad_updated by_category = campaign("by-category", "MUG"), by_word = campaign("by-word", "MUG"),
                      heavy = campaign("heavy", "JAR");
    struct scene scene;
    struct ads_place place;

    (void)state;
    open_scene(&scene);
    place = place_of(&scene);
    by_category.categories = (struct str_list){kitchen, 1};
    by_word.keywords = (struct str_list){tea, 1};
    heavy.weight = 1000000;
    shelf_learn(scene.shelf, MSG_AD_UPDATED, &heavy);
    shelf_learn(scene.shelf, MSG_AD_UPDATED, &by_category);
    shelf_learn(scene.shelf, MSG_AD_UPDATED, &by_word);
    assert_true(shows(&place, "heavy"));
    place.categories = (struct str_list){kitchen, 1};
    for (place.lot = 0; place.lot < 100; place.lot++)
        assert_true(shows(&place, "by-category"));
    place.categories = (struct str_list){NULL, 0};
    place.words = STR("A stout Teapot");
    for (place.lot = 0; place.lot < 100; place.lot++)
        assert_true(shows(&place, "by-word"));
    place.words = STR("steamer"); /* not the beginning of a word */
    assert_true(shows(&place, "heavy"));
    close_scene(&scene);
}

static void chance_follows_weight_and_share(void **state)
{
    struct ad_updated light = campaign("light", "MUG"), heavy = campaign("heavy", "JAR");
    struct scene scene;
    struct ads_place place;
    int lights = 0, heavies = 0, nones = 0;

    (void)state;
    open_scene(&scene);
    place = place_of(&scene);
    heavy.weight = 3;
    shelf_learn(scene.shelf, MSG_AD_UPDATED, &light);
    shelf_learn(scene.shelf, MSG_AD_UPDATED, &heavy);
    for (place.lot = 0; place.lot < 10000; place.lot++)
        lights += shows(&place, "light");
    assert_in_range(lights, 2300, 2700);
    light.version = heavy.version = 2;
    light.share_ppm = 0;
    heavy.share_ppm = 100000;
    shelf_learn(scene.shelf, MSG_AD_UPDATED, &light);
    shelf_learn(scene.shelf, MSG_AD_UPDATED, &heavy);
    for (place.lot = 0; place.lot < 10000; place.lot++) {
        heavies += shows(&place, "heavy");
        nones += shows(&place, NULL);
    }
    assert_in_range(heavies, 850, 1150);
    assert_int_equal(heavies + nones, 10000);
    close_scene(&scene);
}

static void the_place_is_never_empty(void **state)
{
    struct scene scene;
    struct ads_place place;
    struct ad_updated spent = campaign("spent", "MUG"), stopped = campaign("stopped", "JAR");
    const struct ad_updated *ad;
    bool paid = true;

    (void)state;
    open_scene(&scene);
    place = place_of(&scene);
    spent.share_ppm = 0;
    stopped.stopped = true;
    shelf_learn(scene.shelf, MSG_AD_UPDATED, &spent);
    shelf_learn(scene.shelf, MSG_AD_UPDATED, &stopped);
    ad = ads_choose(&place, &paid);
    assert_true(ad && str_is(ad->ad_id, "spent") && !paid);
    place.product_id = STR("MUG");
    assert_null(ads_choose(&place, &paid)); /* not even unpaid: its own page, or stopped */
    assert_false(paid);
    close_scene(&scene);
}

static void nobody_sees_an_ad_more_often_than_its_cap_in_a_day(void **state)
{
    struct ad_updated mugs = campaign("mugs", "MUG"), jars = campaign("jars", "JAR");
    struct scene scene;
    struct ads_place place;

    (void)state;
    open_scene(&scene);
    place = place_of(&scene);
    shelf_learn(scene.shelf, MSG_AD_UPDATED, &mugs);
    place.seen = ads_count(place.seen, STR("mugs"), NOON, &scene.arena);
    assert_true(str_is(place.seen, "20833.mugs*1"));
    assert_true(shows(&place, "mugs"));
    place.seen = ads_count(place.seen, STR("jars"), NOON, &scene.arena);
    place.seen = ads_count(place.seen, STR("mugs"), NOON, &scene.arena);
    assert_true(str_is(place.seen, "20833.jars*1.mugs*2"));
    assert_true(shows(&place, NULL));
    shelf_learn(scene.shelf, MSG_AD_UPDATED, &jars);
    assert_true(shows(&place, "jars"));
    mugs.version = 2;
    mugs.session_cap = 0; /* no cap */
    shelf_learn(scene.shelf, MSG_AD_UPDATED, &mugs);
    jars.version = 2;
    jars.stopped = true;
    shelf_learn(scene.shelf, MSG_AD_UPDATED, &jars);
    assert_true(shows(&place, "mugs"));
    assert_true(str_is(ads_count(place.seen, STR("mugs"), NOON + 86400000, &scene.arena), "20834.mugs*1"));
    close_scene(&scene);
}

static void a_cookie_stays_short_and_any_nonsense_in_it_is_nothing(void **state)
{
    static const char *const nonsense[] = {
        "",         "20833",           "20833.",        "20833.mugs",       "20833.mugs*",
        "20833.*1", "20833.mugs*1x",   "20833mugs*2",   "20833.mugs*99999", "-1.mugs*2",
        "20833..",  "20833.mugs*2;x=", "99999.mugs*2.", "20833.mugs*-1"};
    struct ad_updated mugs = campaign("mugs", "MUG");
    struct scene scene;
    struct ads_place place;
    struct str seen = {NULL, 0};
    char id[64];

    (void)state;
    open_scene(&scene);
    place = place_of(&scene);
    shelf_learn(scene.shelf, MSG_AD_UPDATED, &mugs);
    for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
        place.seen = str_of(nonsense[i]);
        assert_true(shows(&place, "mugs") || strncmp(nonsense[i], "20833.mugs*2", 12) == 0);
        seen = ads_count(place.seen, STR("mugs"), NOON, &scene.arena);
        assert_true(seen.len < 40);
    }
    seen = (struct str){NULL, 0};
    for (int i = 0; i < 100; i++) {
        snprintf(id, sizeof(id), "campaign-with-a-rather-long-name-%d", i);
        seen = ads_count(seen, str_of(id), NOON, &scene.arena);
    }
    assert_true(seen.len < 1200);
    assert_non_null(memmem(seen.ptr, seen.len, "name-99*1", 9));
    assert_null(memmem(seen.ptr, seen.len, "name-70*1", 9));
    close_scene(&scene);
}

static void a_link_names_an_impression_and_an_ad_or_is_none(void **state)
{
    struct str impression, ad_id;

    (void)state;
    assert_true(ads_parse_link(STR("11111111-1111-4111-9111-111111111111.mugs"), &impression, &ad_id));
    assert_true(str_is(impression, "11111111-1111-4111-9111-111111111111") && str_is(ad_id, "mugs"));
    assert_false(ads_parse_link(STR(""), &impression, &ad_id));
    assert_false(ads_parse_link(STR("11111111-1111-4111-9111-111111111111."), &impression, &ad_id));
    assert_false(ads_parse_link(STR("11111111-1111-4111-9111-11111111111z.mugs"), &impression, &ad_id));
    assert_false(ads_parse_link(
        STR("11111111-1111-4111-9111-111111111111.a-name-that-is-longer-than-any-ad-s-may-be-x"), &impression, &ad_id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_only_what_runs_and_can_be_bought),
        cmocka_unit_test(the_greatest_version_wins),
        cmocka_unit_test(what_fits_the_page_comes_before_what_fits_anywhere),
        cmocka_unit_test(chance_follows_weight_and_share),
        cmocka_unit_test(the_place_is_never_empty),
        cmocka_unit_test(nobody_sees_an_ad_more_often_than_its_cap_in_a_day),
        cmocka_unit_test(a_cookie_stays_short_and_any_nonsense_in_it_is_nothing),
        cmocka_unit_test(a_link_names_an_impression_and_an_ad_or_is_none),
    };

    return cmocka_run_group_tests_name("ads", tests, NULL, NULL);
}
