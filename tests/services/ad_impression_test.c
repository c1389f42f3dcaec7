/* ad_impression_test.c - an impression is spent for once, a click too, whatever is repeated, forged or late. */
/* links: services/ad/impression.c services/ad/pace.c services/ad/store.c tests/rehearsal msg base */
#include "services/ad/ad.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/rehearsal/rehearsal.h"

#define MUGS STR("mugs-autumn")
#define KIM STR("8a5f3f5e-6f52-4d3c-9f0e-2d1d0c5b7a10")
#define IMPRESSION STR("11111111-1111-4111-9111-111111111111")

static void begin(struct rehearsal *r)
{
    struct ad *ad;

    rehearsal_init(r, &impression_rules, NULL, NULL);
    r->shared_size = sizeof(struct ad);
    r->shared_keys = impression_ads;
    ad = rehearsal_shared(r, MUGS);
    ad->row.state = AD_RUNNING;
    ad->until_ms = INT64_MAX;
    ad->daily_budget_micros = 1000000;
    ad->impression_micros = 1000;
    ad->click_micros = 50000;
}

static void show(struct rehearsal *r, struct str impression)
{
    rehearsal_hear(r, MSG_AD_SHOWN, &(struct ad_shown){KIM, impression, MUGS, r->now_ms}, NULL);
}

static void follow(struct rehearsal *r, struct str impression)
{
    rehearsal_hear(r, MSG_AD_CLICKED, &(struct ad_clicked){KIM, impression, MUGS, r->now_ms}, NULL);
}

static void expect(struct rehearsal *r, int64_t impressions, int64_t clicks, int64_t spent_micros)
{
    const struct ad *ad = rehearsal_shared(r, MUGS);

    assert_int_equal(ad->impressions, impressions);
    assert_int_equal(ad->clicks, clicks);
    assert_int_equal(ad->spent_micros, spent_micros);
}

static void spends_once_for_an_impression_and_once_for_its_click(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    show(&r, IMPRESSION);
    expect(&r, 1, 0, 1000);
    show(&r, IMPRESSION);
    expect(&r, 1, 0, 1000);
    follow(&r, IMPRESSION);
    expect(&r, 1, 1, 51000);
    follow(&r, IMPRESSION);
    show(&r, IMPRESSION);
    expect(&r, 1, 1, 51000);
    rehearsal_release(&r);
}

static void a_click_on_what_was_not_shown_costs_nothing(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    follow(&r, IMPRESSION);
    expect(&r, 0, 0, 0);
    show(&r, IMPRESSION);
    follow(&r, STR("22222222-2222-4222-9222-222222222222"));
    rehearsal_hear(&r, MSG_AD_CLICKED, &(struct ad_clicked){KIM, IMPRESSION, STR("another"), r.now_ms}, NULL);
    rehearsal_hear(&r, MSG_AD_CLICKED,
                   &(struct ad_clicked){STR("99999999-6f52-4d3c-9f0e-2d1d0c5b7a10"), IMPRESSION, MUGS, r.now_ms}, NULL);
    expect(&r, 1, 0, 1000);
    rehearsal_release(&r);
}

static void an_ad_that_nobody_runs_and_an_id_that_is_none_cost_nothing(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    rehearsal_hear(&r, MSG_AD_SHOWN, &(struct ad_shown){KIM, IMPRESSION, STR("unknown"), r.now_ms}, NULL);
    show(&r, STR("short"));
    show(&r, STR(""));
    expect(&r, 0, 0, 0);
    assert_int_equal(((const struct ad *)rehearsal_shared(&r, STR("unknown")))->impressions, 0);
    rehearsal_release(&r);
}

static void what_came_with_the_fold_is_not_counted_again(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    ((struct ad *)rehearsal_shared(&r, MUGS))->folded_ms = r.now_ms;
    show(&r, IMPRESSION);
    expect(&r, 0, 0, 0);
    r.now_ms++;
    follow(&r, IMPRESSION); /* it was seen, all the same */
    expect(&r, 0, 1, 50000);
    show(&r, STR("22222222-2222-4222-9222-222222222222"));
    expect(&r, 1, 1, 51000);
    rehearsal_release(&r);
}

static void remembers_the_last_forty(void **state)
{
    struct rehearsal r;
    char id[64];

    (void)state;
    begin(&r);
    for (int i = 0; i < VISITOR_IMPRESSIONS + 1; i++) {
        snprintf(id, sizeof(id), "%08d-1111-4111-9111-111111111111", i);
        show(&r, str_of(id));
    }
    expect(&r, 41, 0, 41000);
    follow(&r, STR("00000000-1111-4111-9111-111111111111")); /* pushed out */
    expect(&r, 41, 0, 41000);
    follow(&r, STR("00000001-1111-4111-9111-111111111111"));
    follow(&r, STR("00000040-1111-4111-9111-111111111111"));
    expect(&r, 41, 2, 141000);
    rehearsal_release(&r);
}

static void a_forgotten_visitor_was_shown_nothing_and_the_money_stays_spent(void **state)
{
    const struct visitor_forgotten forgotten = {KIM};
    struct rehearsal r;

    (void)state;
    begin(&r);
    rehearsal_hear(&r, MSG_VISITOR_FORGOTTEN, &forgotten, NULL);
    show(&r, IMPRESSION);
    rehearsal_hear(&r, MSG_VISITOR_FORGOTTEN, &forgotten, NULL);
    assert_int_equal(((const struct visitor *)rehearsal_row(&r, KIM))->shown.len, 0);
    follow(&r, IMPRESSION);
    expect(&r, 1, 0, 1000);
    rehearsal_release(&r);
}

static void the_other_lane_hears_at_once_when_the_budget_is_spent_and_later_of_a_stopped_ad(void **state)
{
    struct rehearsal r;
    struct ad *ad;

    (void)state;
    begin(&r);
    ad = rehearsal_shared(&r, MUGS);
    ad->daily_budget_micros = 1500;
    show(&r, IMPRESSION);
    assert_int_equal(rehearsal_due(&r, MSG_AD_DUE, MUGS), INT64_MIN);
    show(&r, STR("22222222-2222-4222-9222-222222222222"));
    assert_int_equal(rehearsal_due(&r, MSG_AD_DUE, MUGS), r.now_ms);
    expect(&r, 2, 0, 1500);
    ad->row.state = AD_STOPPED;
    follow(&r, IMPRESSION);
    assert_int_equal(rehearsal_due(&r, MSG_AD_DUE, MUGS), r.now_ms + AD_PACE_MS);
    expect(&r, 2, 1, 1500);
    rehearsal_release(&r);
}

static const char *costs_the_same(struct rehearsal *r, void *context)
{
    const struct ad *ad = rehearsal_shared(r, MUGS);

    (void)context;
    if (ad->impressions != 2 || ad->spent_micros != 2000 + 50000 * ad->clicks || ad->clicks > 1)
        return "impressions or spend are wrong";
    return NULL;
}

static void fill(struct rehearsal *r)
{
    struct ad *ad = rehearsal_shared(r, MUGS);

    ad->row.state = AD_RUNNING;
    ad->until_ms = INT64_MAX;
    ad->daily_budget_micros = 1000000;
    ad->impression_micros = 1000;
    ad->click_micros = 50000;
}

static void whatever_comes_twice_and_in_whatever_order(void **state)
{
    static const struct ad_shown first = {STR_INIT("kim"), STR_INIT("11111111-1111-4111-9111-111111111111"),
                                          STR_INIT("mugs-autumn"), REHEARSAL_START_MS},
                                 second = {STR_INIT("kim"), STR_INIT("22222222-2222-4222-9222-222222222222"),
                                           STR_INIT("mugs-autumn"), REHEARSAL_START_MS};
    static const struct ad_clicked click = {STR_INIT("kim"), STR_INIT("11111111-1111-4111-9111-111111111111"),
                                            STR_INIT("mugs-autumn"), REHEARSAL_START_MS};
    const struct play messages[] = {{.type = MSG_AD_SHOWN, .body = &first},
                                    {.type = MSG_AD_SHOWN, .body = &second},
                                    {.type = MSG_AD_CLICKED, .body = &click},
                                    {.type = MSG_AD_CLICKED, .body = &click}};
    struct rehearsal r;

    (void)state;
    begin(&r);
    assert_true(
        rehearsal_every_order(
            &r, &(struct every_order){
                    .messages = messages, .count = 4, .repeats = true, .setup = fill, .check = costs_the_same}) > 24);
    rehearsal_release(&r);
}

static void the_table_hears_everything_in_every_state_and_every_rule_was_seen(void **state)
{
    (void)state;
    rehearsal_is_total(&impression_rules);
    rehearsal_all_rules_ran(&impression_rules);
}

static void knows_since_when_a_visitor_has_not_come_back(void **state)
{
    struct rehearsal r;
    const struct visitor *row;

    (void)state;
    begin(&r);
    show(&r, IMPRESSION);
    row = rehearsal_row(&r, KIM);
    assert_int_equal(row->seen_ms, r.now_ms);
    rehearsal_hear(&r, MSG_VISITOR_FORGOTTEN, &(struct visitor_forgotten){KIM}, NULL);
    assert_int_equal(row->seen_ms, 0); /* as if they had never been here */
    assert_string_equal(visitor_table.fades, "seen_ms");
    rehearsal_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_since_when_a_visitor_has_not_come_back),
        cmocka_unit_test(spends_once_for_an_impression_and_once_for_its_click),
        cmocka_unit_test(a_click_on_what_was_not_shown_costs_nothing),
        cmocka_unit_test(an_ad_that_nobody_runs_and_an_id_that_is_none_cost_nothing),
        cmocka_unit_test(what_came_with_the_fold_is_not_counted_again),
        cmocka_unit_test(remembers_the_last_forty),
        cmocka_unit_test(a_forgotten_visitor_was_shown_nothing_and_the_money_stays_spent),
        cmocka_unit_test(the_other_lane_hears_at_once_when_the_budget_is_spent_and_later_of_a_stopped_ad),
        cmocka_unit_test(whatever_comes_twice_and_in_whatever_order),
        cmocka_unit_test(the_table_hears_everything_in_every_state_and_every_rule_was_seen),
    };

    return cmocka_run_group_tests_name("impression", tests, NULL, NULL);
}
