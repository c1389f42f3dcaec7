/* ad_test.c - campaigns as their keeper wants them, pages see them, and the day's budget lasts. */
/* links: services/ad/ad.c services/ad/pace.c tests/rehearsal msg base */
#include "services/ad/ad.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/rehearsal/rehearsal.h"

#define MUGS STR("mugs-autumn")
#define DOLLAR INT64_C(1000000)

/* REHEARSAL_START_MS is not a midnight: the day that the tests begin in, and its end. */
#define TODAY (REHEARSAL_START_MS / AD_DAY_MS)
#define MIDNIGHT ((TODAY + 1) * AD_DAY_MS)

static struct run_campaign campaign(void)
{
    static const struct str kitchen[] = {STR_INIT("kitchen"), STR_INIT("gifts")};
    static const struct str words[] = {STR_INIT("tea"), STR_INIT("coffee")};

    return (struct run_campaign){.ad_id = MUGS,
                                 .text = STR("Warm hands."),
                                 .product_id = STR("6E92ZMYYFZ"),
                                 .keywords = {words, 2},
                                 .categories = {kitchen, 2},
                                 .weight = 2,
                                 .from_ms = REHEARSAL_START_MS,
                                 .until_ms = REHEARSAL_START_MS + 7 * (int64_t)AD_DAY_MS,
                                 .daily_budget_micros = 10 * DOLLAR,
                                 .impression_micros = 1000,
                                 .click_micros = 100000,
                                 .session_cap = 3};
}

static struct ad *row_of(struct rehearsal *r)
{
    return (struct ad *)(uintptr_t)rehearsal_row(r, MUGS);
}

static void begin(struct rehearsal *r)
{
    struct run_campaign body = campaign();

    rehearsal_init(r, &ad_rules, NULL, NULL);
    rehearsal_hear(r, MSG_RUN_CAMPAIGN, &body, "run");
}

static void tells_pages_all_of_a_new_campaign(void **state)
{
    struct rehearsal r;
    const struct ad_updated *told;

    (void)state;
    begin(&r);
    told = rehearsal_last(&r, MSG_AD_UPDATED);
    assert_non_null(told);
    assert_true(str_is(told->text, "Warm hands.") && str_is(told->product_id, "6E92ZMYYFZ"));
    assert_true(told->keywords.count == 2 && str_is(told->keywords.items[1], "coffee"));
    assert_true(told->categories.count == 2 && str_is(told->categories.items[0], "kitchen"));
    assert_true(told->version == 1 && told->weight == 2 && told->session_cap == 3 && !told->stopped);
    assert_int_equal(told->share_ppm, AD_FIRST_SHARE_PPM);
    assert_int_equal(told->until_ms, campaign().until_ms);
    assert_true(str_is(told->day, "2027-01-15"));
    assert_int_equal(rehearsal_due(&r, MSG_AD_DUE, MUGS), REHEARSAL_START_MS + AD_PACE_MS);
    rehearsal_release(&r);
}

static void refuses_what_makes_no_sense_and_says_why(void **state)
{
    static const struct str comma[] = {STR_INIT("tea,coffee")};
    struct run_campaign bodies[10];
    struct rehearsal r;

    (void)state;
    for (size_t i = 0; i < 10; i++)
        bodies[i] = campaign();
    bodies[0].ad_id = STR("Mugs; rm");
    bodies[1].text = STR("");
    bodies[2].product_id = STR("");
    bodies[3].keywords = (struct str_list){comma, 1};
    bodies[4].weight = 0;
    bodies[5].until_ms = bodies[5].from_ms;
    bodies[6].daily_budget_micros = 0;
    bodies[7].click_micros = -1;
    bodies[8].session_cap = -1;
    bodies[9].text = STR("Warm\nhands.");
    rehearsal_init(&r, &ad_rules, NULL, NULL);
    for (size_t i = 0; i < 10; i++) {
        rehearsal_hear(&r, MSG_RUN_CAMPAIGN, &bodies[i], NULL);
        assert_int_equal(rehearsal_state(&r, bodies[i].ad_id), AD_UNKNOWN);
        assert_int_equal(rehearsal_said(&r, MSG_CAMPAIGN_REFUSED), i + 1);
        assert_true(((const struct campaign_refused *)rehearsal_last(&r, MSG_CAMPAIGN_REFUSED))->detail.len > 20);
    }
    rehearsal_hear(&r, MSG_STOP_CAMPAIGN, &(struct stop_campaign){MUGS}, NULL);
    assert_int_equal(rehearsal_said(&r, MSG_CAMPAIGN_REFUSED), 11);
    assert_int_equal(rehearsal_said(&r, MSG_AD_UPDATED), 0);
    rehearsal_release(&r);
}

static void stops_and_goes_on_counting_when_run_again(void **state)
{
    struct run_campaign again = campaign();
    struct rehearsal r;
    const struct ad_updated *told;

    (void)state;
    begin(&r);
    row_of(&r)->impressions = 7;
    rehearsal_hear(&r, MSG_STOP_CAMPAIGN, &(struct stop_campaign){MUGS}, "stop");
    told = rehearsal_last(&r, MSG_AD_UPDATED);
    assert_true(told->stopped && told->share_ppm == 0 && told->version == 2);
    rehearsal_hear(&r, MSG_STOP_CAMPAIGN, &(struct stop_campaign){MUGS}, "stop again");
    assert_int_equal(rehearsal_said(&r, MSG_CAMPAIGN_REFUSED), 1);
    again.text = STR("Warmer hands.");
    rehearsal_hear(&r, MSG_RUN_CAMPAIGN, &again, "run again");
    told = rehearsal_last(&r, MSG_AD_UPDATED);
    assert_true(!told->stopped && told->version == 3 && told->impressions == 7 && str_is(told->text, "Warmer hands."));
    rehearsal_release(&r);
}

static void of_a_stopped_campaign_the_last_click_is_told(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    rehearsal_hear(&r, MSG_STOP_CAMPAIGN, &(struct stop_campaign){MUGS}, "stop");
    rehearsal_play(&r, &(struct play){.type = MSG_AD_DUE, .key = MUGS});
    assert_int_equal(rehearsal_said(&r, MSG_AD_UPDATED), 2);
    row_of(&r)->clicks = 1;
    rehearsal_play(&r, &(struct play){.type = MSG_AD_DUE, .key = MUGS});
    assert_int_equal(rehearsal_said(&r, MSG_AD_UPDATED), 3);
    rehearsal_release(&r);
}

static void tells_nothing_when_there_is_no_news(void **state)
{
    struct rehearsal r;

    (void)state;
    begin(&r);
    row_of(&r)->share_ppm = row_of(&r)->told_share_ppm = AD_ALWAYS_PPM;
    r.now_ms += AD_PACE_MS;
    rehearsal_ring(&r, MSG_AD_DUE, MUGS);
    assert_int_equal(rehearsal_said(&r, MSG_AD_UPDATED), 1);
    assert_int_equal(rehearsal_due(&r, MSG_AD_DUE, MUGS), r.now_ms + AD_PACE_MS);
    rehearsal_release(&r);
}

static void waits_for_its_first_day_and_ends_with_its_last(void **state)
{
    struct run_campaign body = campaign();
    struct rehearsal r;

    (void)state;
    body.from_ms = REHEARSAL_START_MS + 2 * (int64_t)AD_DAY_MS;
    body.until_ms = body.from_ms + 90 * 1000;
    rehearsal_init(&r, &ad_rules, NULL, NULL);
    rehearsal_hear(&r, MSG_RUN_CAMPAIGN, &body, "run");
    assert_int_equal(rehearsal_due(&r, MSG_AD_DUE, MUGS), body.from_ms);
    for (int i = 0; i < 3; i++) {
        r.now_ms = rehearsal_due(&r, MSG_AD_DUE, MUGS);
        rehearsal_ring(&r, MSG_AD_DUE, MUGS);
    }
    assert_true(r.now_ms > body.until_ms);
    assert_int_equal(rehearsal_due(&r, MSG_AD_DUE, MUGS), INT64_MIN);
    assert_int_equal(((const struct ad_updated *)rehearsal_last(&r, MSG_AD_UPDATED))->share_ppm, 0);
    rehearsal_release(&r);
}

static void pages_are_told_when_the_budget_is_spent_and_when_a_new_day_begins(void **state)
{
    struct rehearsal r;
    const struct ad_updated *told;

    (void)state;
    begin(&r);
    ad_spend(row_of(&r), REHEARSAL_START_MS, 11 * DOLLAR);
    assert_int_equal(row_of(&r)->spent_today_micros, 10 * DOLLAR); /* what goes beyond is not charged */
    assert_int_equal(row_of(&r)->spent_micros, 10 * DOLLAR);
    rehearsal_ring(&r, MSG_AD_DUE, MUGS);
    told = rehearsal_last(&r, MSG_AD_UPDATED);
    assert_true(told->share_ppm == 0 && told->spent_today_micros == 10 * DOLLAR);
    r.now_ms = MIDNIGHT;
    rehearsal_play(&r, &(struct play){.type = MSG_AD_DUE, .key = MUGS});
    told = rehearsal_last(&r, MSG_AD_UPDATED);
    assert_true(told->share_ppm > 0 && told->spent_today_micros == 0 && told->spent_micros == 10 * DOLLAR);
    assert_true(str_is(told->day, "2027-01-16"));
    rehearsal_release(&r);
}

static void what_is_heard_after_midnight_of_the_day_before_is_not_charged(void **state)
{
    struct ad ad = {.day = TODAY + 1, .daily_budget_micros = 10 * DOLLAR, .spent_today_micros = 5, .spent_micros = 7};

    (void)state;
    ad_spend(&ad, MIDNIGHT - 1, 1000);
    assert_int_equal(ad.spent_today_micros, 5);
    assert_int_equal(ad.spent_micros, 7); /* the day that is over may have had nothing left */
    ad_spend(&ad, MIDNIGHT, 1000);
    assert_int_equal(ad.spent_today_micros, 1005);
    ad.daily_budget_micros = 10; /* lowered below what is spent: nothing more, and nothing back */
    ad_spend(&ad, MIDNIGHT, 1000);
    assert_int_equal(ad.spent_today_micros, 1005);
}

/* A day in minutes: so many chances a minute, of which the share is taken. */
static int64_t chances(const char *demand, int minute)
{
    if (strcmp(demand, "even") == 0)
        return 60;
    if (strcmp(demand, "evening") == 0)
        return minute < 720 ? 10 : 110;
    return minute % 60 == 0 ? 3600 : 0; /* in bursts */
}

static void a_budget_lasts_its_day(void **state)
{
    static const char *const demands[] = {"even", "evening", "bursts"};

    (void)state;
    for (size_t d = 0; d < 3; d++) {
        struct ad ad = {.row = {.state = AD_RUNNING},
                        .day = TODAY,
                        .until_ms = INT64_MAX,
                        .daily_budget_micros = 20 * DOLLAR, /* a quarter of what an even day offers */
                        .share_ppm = AD_FIRST_SHARE_PPM,
                        .paced_ms = TODAY * AD_DAY_MS};
        int64_t by_noon = 0, carried = 0;

        for (int minute = 0; minute < 1440; minute++) {
            int64_t now_ms = TODAY * AD_DAY_MS + minute * (int64_t)AD_PACE_MS;

            for (carried += chances(demands[d], minute) * ad.share_ppm; carried >= AD_ALWAYS_PPM;
                 carried -= AD_ALWAYS_PPM)
                ad_spend(&ad, now_ms, 926);
            if (minute == 719)
                by_noon = ad.spent_today_micros;
            now_ms += AD_PACE_MS;
            if (now_ms >= MIDNIGHT)
                break;
            ad_pace(&ad, now_ms);
        }
        assert_true(ad.spent_today_micros <= 20 * DOLLAR);
        assert_true(ad.spent_today_micros > 15 * DOLLAR);
        assert_true(by_noon < 15 * DOLLAR); /* something is left for the second half, whatever the first asked for */
    }
}

static void says_its_state_again_when_an_older_version_follows_a_newer_one(void **state)
{
    struct rehearsal r;
    struct ad_updated first, second;

    (void)state;
    begin(&r);
    first = *(const struct ad_updated *)rehearsal_last(&r, MSG_AD_UPDATED);
    rehearsal_hear(&r, MSG_STOP_CAMPAIGN, &(struct stop_campaign){MUGS}, "stop");
    second = *(const struct ad_updated *)rehearsal_last(&r, MSG_AD_UPDATED);
    rehearsal_hear(&r, MSG_AD_UPDATED, &second, "own second");
    assert_int_equal(rehearsal_said(&r, MSG_AD_UPDATED), 2);
    rehearsal_hear(&r, MSG_AD_UPDATED, &first, "a zombie's");
    assert_int_equal(rehearsal_said(&r, MSG_AD_UPDATED), 3);
    assert_int_equal(((const struct ad_updated *)rehearsal_last(&r, MSG_AD_UPDATED))->version, 2);
    first.version = 9; /* of a life that the database has lost */
    rehearsal_hear(&r, MSG_AD_UPDATED, &first, "from the future");
    assert_int_equal(((const struct ad_updated *)rehearsal_last(&r, MSG_AD_UPDATED))->version, 10);
    rehearsal_release(&r);
}

static void a_fold_has_the_campaign_and_its_counts_and_goes_on_from_there(void **state)
{
    struct rehearsal r;
    struct ad was, *row;

    (void)state;
    begin(&r);
    row = row_of(&r);
    row->impressions = 7;
    row->clicks = 1;
    ad_spend(row, r.now_ms, 57000);
    rehearsal_ring(&r, MSG_AD_DUE, MUGS);
    was = *row_of(&r);
    rehearsal_hear(&r, MSG_STOP_CAMPAIGN, &(struct stop_campaign){.ad_id = STR("unknown")}, NULL);
    rehearsal_fold(&r);
    row = row_of(&r);
    assert_ptr_not_equal(rehearsal_row(&r, STR("unknown")), NULL);
    assert_int_equal(row->row.state, AD_RUNNING);
    assert_int_equal(row->version, was.version);
    assert_true(str_equal(row->text, was.text) && str_equal(row->product_id, was.product_id));
    assert_true(str_equal(row->keywords, was.keywords) && str_equal(row->categories, was.categories));
    assert_true(row->weight == was.weight && row->from_ms == was.from_ms && row->until_ms == was.until_ms);
    assert_true(row->daily_budget_micros == was.daily_budget_micros && row->click_micros == was.click_micros);
    assert_true(row->impression_micros == was.impression_micros && row->session_cap == was.session_cap);
    assert_int_equal(row->share_ppm, was.share_ppm);
    assert_true(row->day == was.day && row->spent_today_micros == 57000 && row->spent_micros == 57000);
    assert_true(row->impressions == 7 && row->clicks == 1);
    assert_true(ad_has_counted(row, r.now_ms) && !ad_has_counted(row, r.now_ms + 1));
    rehearsal_ring(&r, MSG_AD_DUE, MUGS);
    assert_int_equal(rehearsal_said(&r, MSG_AD_UPDATED), row->version); /* what was told is not told again */
    assert_true(row->version == was.version || row->share_ppm != was.share_ppm);
    rehearsal_hear(&r, MSG_STOP_CAMPAIGN, &(struct stop_campaign){.ad_id = MUGS}, NULL);
    rehearsal_fold(&r);
    assert_int_equal(row_of(&r)->row.state, AD_STOPPED);
    rehearsal_release(&r);
}

static void the_table_hears_everything_in_every_state_and_every_rule_was_seen(void **state)
{
    struct run_campaign body = campaign();
    struct rehearsal r;

    (void)state;
    rehearsal_init(&r, &ad_rules, NULL, NULL);
    rehearsal_hear(&r, MSG_AD_UPDATED, &(struct ad_updated){.ad_id = MUGS, .version = 3}, NULL);
    rehearsal_hear(&r, MSG_AD_UPDATED, &(struct ad_updated){.ad_id = MUGS, .version = 2}, NULL);
    assert_int_equal(rehearsal_said(&r, MSG_AD_UPDATED), 0); /* nothing is known of it that could be said again */
    rehearsal_play(&r, &(struct play){.type = MSG_AD_DUE, .key = MUGS});
    rehearsal_release(&r);
    begin(&r);
    rehearsal_hear(&r, MSG_RUN_CAMPAIGN, &body, "changed");
    rehearsal_hear(&r, MSG_AD_UPDATED, rehearsal_last(&r, MSG_AD_UPDATED), NULL);
    rehearsal_hear(&r, MSG_STOP_CAMPAIGN, &(struct stop_campaign){MUGS}, NULL);
    rehearsal_hear(&r, MSG_AD_UPDATED, rehearsal_last(&r, MSG_AD_UPDATED), NULL);
    rehearsal_is_total(&ad_rules);
    rehearsal_all_rules_ran(&ad_rules);
    rehearsal_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_pages_all_of_a_new_campaign),
        cmocka_unit_test(refuses_what_makes_no_sense_and_says_why),
        cmocka_unit_test(stops_and_goes_on_counting_when_run_again),
        cmocka_unit_test(of_a_stopped_campaign_the_last_click_is_told),
        cmocka_unit_test(tells_nothing_when_there_is_no_news),
        cmocka_unit_test(waits_for_its_first_day_and_ends_with_its_last),
        cmocka_unit_test(pages_are_told_when_the_budget_is_spent_and_when_a_new_day_begins),
        cmocka_unit_test(what_is_heard_after_midnight_of_the_day_before_is_not_charged),
        cmocka_unit_test(a_budget_lasts_its_day),
        cmocka_unit_test(says_its_state_again_when_an_older_version_follows_a_newer_one),
        cmocka_unit_test(a_fold_has_the_campaign_and_its_counts_and_goes_on_from_there),
        cmocka_unit_test(the_table_hears_everything_in_every_state_and_every_rule_was_seen),
    };

    return cmocka_run_group_tests_name("ad", tests, NULL, NULL);
}
