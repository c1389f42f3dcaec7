/* recommendation_test.c - what is said of a product: by evidence, by likeness, and nothing of what is not sold. */
/* links: services/recommendation tests/rehearsal msg base */
#include "services/recommendation/recommendation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "services/recommendation/assortment.h"
#include "services/recommendation/rank.h"
#include "tests/rehearsal/rehearsal.h"

#define MUG STR("6E92ZMYYFZ")
#define JAR STR("9SIQT8TOJO")
#define SALT STR("LS4PSXUNUM")
#define WATCH STR("1YMWWN1N4O")
#define LOAFER STR("L9ECAV7KIM")

static const struct recommendation_settings settings = {.settle_ms = 5000};

/* In views of the rehearsal's time. */
static int64_t weight(int64_t views)
{
    return views * evidence_weight(REHEARSAL_START_MS, EVIDENCE_VIEW);
}

static struct assortment *shop;

static struct product_updated ware(struct str id, const char *name, struct str *category, int64_t price_minor,
                                   int64_t version)
{
    return (struct product_updated){.product_id = id,
                                    .version = version,
                                    .name = str_of(name),
                                    .categories = {category, 1},
                                    .price_minor = price_minor,
                                    .currency = STR("USD")};
}

/* As the runtime has it: the memory hears of it, and the rules do. */
static void offer(struct rehearsal *r, struct str id, const char *name, const char *category, int64_t price_minor,
                  bool retired)
{
    static int64_t version;
    struct str word = str_of(category);
    struct product_updated body = ware(id, name, &word, price_minor, ++version);
    struct msg msg = {.type = MSG_PRODUCT_UPDATED, .key = id, .body = &body};

    body.retired = retired;
    assortment_learn(shop, &msg);
    rehearsal_hear(r, MSG_PRODUCT_UPDATED, &body, NULL);
}

static void begin_saying(struct rehearsal *r)
{
    shop = assortment_open();
    rehearsal_init(r, &item_rules, shop, &settings);
    r->now_ms += 1000;
}

/* Whatever was said in a test, a fold knows that pages have it. */
static void end_saying(struct rehearsal *r)
{
    const struct str ids[] = {MUG, JAR, SALT, WATCH, LOAFER};
    const struct item *was[5], *is;

    for (size_t i = 0; i < 5; i++)
        was[i] = rehearsal_row(r, ids[i]);
    rehearsal_fold(r);
    for (size_t i = 0; i < 5; i++) {
        is = rehearsal_row(r, ids[i]);
        assert_int_equal(is ? is->version : 0, was[i] ? was[i]->version : 0);
        assert_true(!is || (is->shown == was[i]->shown && is->shown_seen == was[i]->shown_seen));
    }
    rehearsal_release(r);
    assortment_close(shop);
}

static void fill_shop(struct rehearsal *r)
{
    offer(r, MUG, "Blue Mug", "kitchen", 899, false);
    offer(r, JAR, "Glass Jar", "kitchen", 549, false);
    offer(r, SALT, "Salt Mug", "kitchen", 1849, false);
    offer(r, WATCH, "Watch", "accessories", 10999, false);
    offer(r, LOAFER, "Loafers", "footwear", 8999, false);
}

static void expect_list(const struct recommendations_updated *said, enum recommendation_strategy strategy,
                        const struct str *ids, size_t count)
{
    size_t at = 0;

    assert_non_null(said);
    for (size_t i = 0; i < said->items.count; i++) {
        const struct recommended *one = &said->items.items[i];

        if (one->strategy != strategy)
            continue;
        assert_true(at < count);
        if (!str_equal(one->product_id, ids[at]))
            fail_msg("place %zu is " STR_FMT, at, STR_ARG(one->product_id));
        at++;
    }
    assert_int_equal(at, count);
}

/* The row as other lanes would have left it. */
static void teach(struct rehearsal *r, struct str id, int64_t seen_weight, const char *neighbours)
{
    struct item *item = (struct item *)(uintptr_t)rehearsal_row(r, id);

    item->seen = seen_weight;
    item->neighbours = str_of(neighbours);
    item->due = true;
}

static void ring(struct rehearsal *r, struct str id)
{
    rehearsal_play(r, &(struct play){.type = MSG_RECOMMENDATIONS_DUE, .key = id});
}

static void a_new_product_goes_with_what_is_like_it(void **state)
{
    const struct str like[] = {SALT, MUG};
    const struct recommendations_updated *said;
    struct rehearsal r;

    (void)state;
    begin_saying(&r);
    offer(&r, MUG, "Blue Mug", "kitchen", 899, false);
    offer(&r, SALT, "Salt Mug", "kitchen", 1849, false);
    rehearsal_ring(&r, MSG_RECOMMENDATIONS_DUE, MUG);
    offer(&r, JAR, "Glass Jar", "kitchen", 1700, false);
    assert_int_equal(rehearsal_due(&r, MSG_RECOMMENDATIONS_DUE, MUG), INT64_MIN);
    rehearsal_ring(&r, MSG_RECOMMENDATIONS_DUE, JAR);
    said = rehearsal_last(&r, MSG_RECOMMENDATIONS_UPDATED);
    expect_list(said, RECOMMENDATION_STRATEGY_COSINE, like, 2);
    expect_list(said, RECOMMENDATION_STRATEGY_LIFT, like, 2);
    assert_int_equal(said->items.items[0].score, 0);
    assert_int_not_equal(rehearsal_due(&r, MSG_RECOMMENDATIONS_DUE, MUG), INT64_MIN); /* it may want to show the jar */
    end_saying(&r);
}

static void the_two_strategies_differ_about_best_sellers(void **state)
{
    const struct str popular_first[] = {WATCH, LOAFER, SALT, JAR}, special_first[] = {LOAFER, WATCH, SALT, JAR};
    struct rehearsal r;

    (void)state;
    begin_saying(&r);
    fill_shop(&r);
    /* The watch is in most orders, and in most of the mug's; the loafers are rare, but go with the mug. */
    teach(&r, WATCH, weight(200), "");
    ring(&r, WATCH);
    assortment_learn(shop, &(struct msg){.type = MSG_RECOMMENDATIONS_UPDATED,
                                         .body = rehearsal_last(&r, MSG_RECOMMENDATIONS_UPDATED)});
    {
        char text[200];

        snprintf(text, sizeof(text), "%lld 0 " STR_FMT "\n%lld 0 " STR_FMT "\n", (long long)weight(90), STR_ARG(WATCH),
                 (long long)weight(40), STR_ARG(LOAFER));
        teach(&r, MUG, weight(100), text);
        ring(&r, MUG);
    }
    expect_list(rehearsal_last(&r, MSG_RECOMMENDATIONS_UPDATED), RECOMMENDATION_STRATEGY_COSINE, popular_first, 4);
    expect_list(rehearsal_last(&r, MSG_RECOMMENDATIONS_UPDATED), RECOMMENDATION_STRATEGY_LIFT, special_first, 4);
    end_saying(&r);
}

static void says_nothing_that_is_not_new(void **state)
{
    char neighbours[64];
    struct rehearsal r;
    size_t said;

    (void)state;
    begin_saying(&r);
    fill_shop(&r);
    snprintf(neighbours, sizeof(neighbours), "%lld 0 " STR_FMT "\n", (long long)weight(50), STR_ARG(WATCH));
    teach(&r, MUG, weight(80), neighbours);
    ring(&r, MUG);
    said = rehearsal_said(&r, MSG_RECOMMENDATIONS_UPDATED);
    teach(&r, MUG, weight(85), neighbours);
    ring(&r, MUG);
    assert_int_equal(rehearsal_said(&r, MSG_RECOMMENDATIONS_UPDATED), said);
    teach(&r, MUG, weight(100), neighbours); /* grown by more than an eighth: others need to know */
    ring(&r, MUG);
    assert_int_equal(rehearsal_said(&r, MSG_RECOMMENDATIONS_UPDATED), said + 1);
    assert_false(((const struct item *)rehearsal_row(&r, MUG))->due);
    end_saying(&r);
}

static void a_retired_product_goes_with_nothing(void **state)
{
    const struct recommendations_updated *said;
    char neighbours[64], of_watch[64];
    struct rehearsal r;

    (void)state;
    begin_saying(&r);
    fill_shop(&r);
    snprintf(neighbours, sizeof(neighbours), "%lld 0 " STR_FMT "\n", (long long)weight(50), STR_ARG(WATCH));
    teach(&r, MUG, weight(80), neighbours);
    snprintf(of_watch, sizeof(of_watch), "%lld 0 " STR_FMT "\n", (long long)weight(50), STR_ARG(MUG));
    teach(&r, WATCH, weight(80), of_watch);
    ring(&r, MUG);
    offer(&r, WATCH, "Watch", "accessories", 10999, true);
    said = rehearsal_last(&r, MSG_RECOMMENDATIONS_UPDATED);
    assert_true(str_equal(said->product_id, WATCH) && said->items.count == 0);
    rehearsal_ring(&r, MSG_RECOMMENDATIONS_DUE, MUG);
    said = rehearsal_last(&r, MSG_RECOMMENDATIONS_UPDATED);
    assert_true(str_equal(said->product_id, MUG));
    for (size_t i = 0; i < said->items.count; i++)
        assert_false(str_equal(said->items.items[i].product_id, WATCH));
    offer(&r, WATCH, "Watch", "accessories", 10999, false);
    teach(&r, WATCH, weight(0), "");
    ring(&r, WATCH);
    assert_false(((const struct item *)rehearsal_row(&r, WATCH))->due);
    assert_int_equal(rehearsal_state(&r, WATCH), ITEM_RETIRED);
    ring(&r, STR("NEVER_SOLD"));
    end_saying(&r);
}

static void a_lost_database_goes_on_from_what_was_said(void **state)
{
    struct recommendations_updated old = {.product_id = MUG, .version = 41};
    struct rehearsal r;

    (void)state;
    begin_saying(&r);
    assortment_learn(shop, &(struct msg){.type = MSG_RECOMMENDATIONS_UPDATED, .body = &old});
    fill_shop(&r);
    ring(&r, MUG);
    assert_int_equal(((const struct recommendations_updated *)rehearsal_last(&r, MSG_RECOMMENDATIONS_UPDATED))->version,
                     42);
    end_saying(&r);
}

static void waits_until_its_memory_knows_the_product(void **state)
{
    struct str kitchen = STR("kitchen");
    struct product_updated body = ware(MUG, "Blue Mug", &kitchen, 899, 1000);
    struct rehearsal r;

    (void)state;
    begin_saying(&r);
    rehearsal_hear(&r, MSG_PRODUCT_UPDATED, &body, NULL);
    rehearsal_ring(&r, MSG_RECOMMENDATIONS_DUE, MUG);
    assert_null(r.said);
    assert_true(((const struct item *)rehearsal_row(&r, MUG))->due);
    assortment_learn(shop, &(struct msg){.type = MSG_PRODUCT_UPDATED, .body = &body});
    rehearsal_ring(&r, MSG_RECOMMENDATIONS_DUE, MUG);
    assert_int_equal(rehearsal_said(&r, MSG_RECOMMENDATIONS_UPDATED), 1);
    end_saying(&r);
}

static void what_is_uncertain_counts_for_nothing(void **state)
{
    const struct neighbour sure = {MUG, 100, 0}, unsure = {MUG, 100, 100};

    (void)state;
    assert_true(rank_score(RECOMMENDATION_STRATEGY_COSINE, 100, &sure, 100, 1) > 0);
    assert_int_equal(rank_score(RECOMMENDATION_STRATEGY_COSINE, 100, &unsure, 100, 1), 0);
    assert_int_equal(rank_score(RECOMMENDATION_STRATEGY_LIFT, 100, &unsure, 100, 1), 0);
    assert_true(rank_score(RECOMMENDATION_STRATEGY_LIFT, 100, &sure, 100, 1) <= 1000000);
}

/* --- the tables ---------------------------------------------------------------------------------------------------------- */

static void every_state_answers_every_message(void **state)
{
    (void)state;
    rehearsal_is_total(&item_rules);
}

static void every_rule_was_played(void **state)
{
    (void)state;
    rehearsal_all_rules_ran(&item_rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_product_goes_with_what_is_like_it),
        cmocka_unit_test(the_two_strategies_differ_about_best_sellers),
        cmocka_unit_test(says_nothing_that_is_not_new),
        cmocka_unit_test(a_retired_product_goes_with_nothing),
        cmocka_unit_test(a_lost_database_goes_on_from_what_was_said),
        cmocka_unit_test(waits_until_its_memory_knows_the_product),
        cmocka_unit_test(what_is_uncertain_counts_for_nothing),
        cmocka_unit_test(every_state_answers_every_message),
        cmocka_unit_test(every_rule_was_played),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
