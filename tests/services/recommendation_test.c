/* recommendation_test.c - what is counted, what is said, and that the order of arrival does not matter. */
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
#include "services/recommendation/sketch.h"
#include "tests/rehearsal/rehearsal.h"

#define MUG STR("6E92ZMYYFZ")
#define JAR STR("9SIQT8TOJO")
#define SALT STR("LS4PSXUNUM")
#define WATCH STR("1YMWWN1N4O")
#define LOAFER STR("L9ECAV7KIM")
#define KIM STR("4b60a1c9-0e05-4b4b-9d9f-8f4ac7f30001")
#define LEE STR("4b60a1c9-0e05-4b4b-9d9f-8f4ac7f30002")

static const struct recommendation_settings settings = {.settle_ms = 5000};

/* --- the surroundings ----------------------------------------------------------------------------------------------- */

static void begin_counting(struct rehearsal *r, const struct rules *rules)
{
    rehearsal_init(r, rules, NULL, &settings);
    r->shared_size = sizeof(struct item);
    r->shared_keys = rules == &purchase_rules ? purchase_products : visit_products;
}

static struct order_confirmed order_of(struct str order_id, const struct str *products, size_t count,
                                       struct order_line *lines)
{
    for (size_t i = 0; i < count; i++)
        lines[i] = (struct order_line){.product_id = products[i], .quantity = 2};
    return (struct order_confirmed){.order_id = order_id, .order.lines = {lines, count}};
}

static void buy(struct rehearsal *r, const char *order_id, const struct str *products, size_t count)
{
    struct order_line lines[32];
    struct order_confirmed body = order_of(str_of(order_id), products, count, lines);

    rehearsal_hear(r, MSG_ORDER_CONFIRMED, &body, NULL);
}

static void look(struct rehearsal *r, struct str session, struct str product, const char *referrer)
{
    struct product_viewed body = {.session_id = session, .product_id = product, .referrer = str_of(referrer)};

    rehearsal_hear(r, MSG_PRODUCT_VIEWED, &body, NULL);
}

static int64_t together(struct rehearsal *r, struct str a, struct str b)
{
    struct sketch sketch;

    sketch_read(&sketch, ((struct item *)rehearsal_shared(r, a))->neighbours);
    for (size_t i = 0; i < sketch.count; i++)
        if (str_equal(sketch.list[i].id, b))
            return sketch.list[i].weight;
    return 0;
}

static int64_t seen(struct rehearsal *r, struct str product)
{
    return ((struct item *)rehearsal_shared(r, product))->seen;
}

static const int64_t view = 0, bought = 1;

static int64_t weight(int64_t what)
{
    return evidence_weight(REHEARSAL_START_MS, what == bought ? EVIDENCE_ORDER : EVIDENCE_VIEW);
}

/* --- evidence --------------------------------------------------------------------------------------------------------- */

static void counts_what_is_bought_together(void **state)
{
    const struct str three[] = {MUG, JAR, SALT, MUG};
    struct rehearsal r;

    (void)state;
    begin_counting(&r, &purchase_rules);
    buy(&r, "order-1", three, 4); /* the mug in two lines is one mug */
    assert_int_equal(seen(&r, MUG), weight(bought));
    assert_int_equal(together(&r, MUG, JAR), weight(bought));
    assert_int_equal(together(&r, JAR, MUG), weight(bought));
    assert_int_equal(together(&r, SALT, JAR), weight(bought));
    assert_int_equal(together(&r, MUG, MUG), 0);
    assert_int_equal(rehearsal_due(&r, MSG_RECOMMENDATIONS_DUE, MUG), REHEARSAL_START_MS + settings.settle_ms);
    buy(&r, "order-1", three, 4);
    assert_int_equal(seen(&r, MUG), weight(bought));
    assert_null(r.said);
    rehearsal_release(&r);
}

static void reminds_once_until_the_lists_are_made(void **state)
{
    const struct str two[] = {MUG, JAR};
    struct rehearsal r;

    (void)state;
    begin_counting(&r, &purchase_rules);
    buy(&r, "order-1", two, 2);
    r.now_ms += 3000;
    buy(&r, "order-2", two, 2); /* a product that is bought all the time is due all the same */
    assert_int_equal(rehearsal_due(&r, MSG_RECOMMENDATIONS_DUE, MUG), REHEARSAL_START_MS + settings.settle_ms);
    rehearsal_release(&r);
}

static void an_order_of_a_whole_shop_is_cut(void **state)
{
    struct str many[30];
    char names[30][8];
    struct rehearsal r;

    (void)state;
    for (size_t i = 0; i < 30; i++) {
        snprintf(names[i], sizeof(names[i]), "P%03zu", i);
        many[i] = str_of(names[i]);
    }
    begin_counting(&r, &purchase_rules);
    buy(&r, "order-1", many, 30);
    assert_int_equal(seen(&r, many[PURCHASE_MOST - 1]), weight(bought));
    assert_int_equal(seen(&r, many[PURCHASE_MOST]), 0);
    rehearsal_release(&r);
}

static void counts_what_is_looked_at_in_one_visit(void **state)
{
    struct rehearsal r;

    (void)state;
    begin_counting(&r, &visit_rules);
    look(&r, KIM, MUG, "");
    look(&r, KIM, JAR, "");
    look(&r, KIM, MUG, "");
    look(&r, LEE, SALT, "");
    assert_int_equal(seen(&r, MUG), weight(view));
    assert_int_equal(together(&r, MUG, JAR), weight(view));
    assert_int_equal(together(&r, JAR, MUG), weight(view));
    assert_int_equal(together(&r, MUG, SALT), 0);
    rehearsal_release(&r);
}

static void only_the_last_views_of_a_visit_go_together(void **state)
{
    char names[VISIT_WINDOW + 1][8];
    struct rehearsal r;

    (void)state;
    begin_counting(&r, &visit_rules);
    for (size_t i = 0; i <= VISIT_WINDOW; i++) {
        snprintf(names[i], sizeof(names[i]), "P%03zu", i);
        look(&r, KIM, str_of(names[i]), "");
    }
    look(&r, KIM, MUG, "");
    assert_int_equal(together(&r, MUG, str_of(names[1])), weight(view));
    assert_int_equal(together(&r, MUG, str_of(names[0])), 0);
    rehearsal_release(&r);
}

static void what_the_shop_pushed_is_no_evidence(void **state)
{
    struct rehearsal r;

    (void)state;
    begin_counting(&r, &visit_rules);
    look(&r, KIM, MUG, "");
    look(&r, KIM, JAR, "recommendation");
    look(&r, KIM, WATCH, "ad");
    look(&r, KIM, SALT, "search");
    assert_int_equal(seen(&r, JAR) + seen(&r, WATCH), 0);
    assert_int_equal(together(&r, SALT, JAR), 0);
    assert_int_equal(together(&r, SALT, MUG), weight(view));
    rehearsal_release(&r);
}

static void a_robot_is_heard_no_more(void **state)
{
    char name[16];
    struct rehearsal r;

    (void)state;
    begin_counting(&r, &visit_rules);
    r.drops_repeats = false;
    for (size_t i = 0; i < VISIT_MOST; i++) {
        snprintf(name, sizeof(name), "P%05zu", i);
        look(&r, KIM, str_of(name), "");
    }
    assert_int_equal(rehearsal_state(&r, KIM), VISIT_ENDLESS);
    look(&r, KIM, MUG, "");
    assert_int_equal(seen(&r, MUG), 0);
    rehearsal_release(&r);
}

static void evidence_fades_beside_newer_one(void **state)
{
    const int64_t day_ms = 24 * 60 * 60 * 1000, start_ms = 1767225600000;

    (void)state;
    assert_int_equal(evidence_weight(start_ms + EVIDENCE_HALF_LIFE_DAYS * day_ms, EVIDENCE_VIEW),
                     2 * evidence_weight(start_ms, EVIDENCE_VIEW));
    assert_int_equal(evidence_weight(start_ms, EVIDENCE_ORDER), 4 * evidence_weight(start_ms, EVIDENCE_VIEW));
    assert_int_equal(evidence_weight(0, EVIDENCE_VIEW), evidence_weight(start_ms, EVIDENCE_VIEW));
    for (int64_t day = 0; day < 24 * EVIDENCE_HALF_LIFE_DAYS; day++)
        assert_true(evidence_weight(start_ms + (day + 1) * day_ms, 1) > evidence_weight(start_ms + day * day_ms, 1));
    assert_int_equal(evidence_weight(INT64_MAX, 1), evidence_weight(start_ms + 9999 * day_ms, 1));
}

/* --- any order of arrival ------------------------------------------------------------------------------------------------ */

enum { HAPPENINGS = 40, PRODUCTS = 6 };

static const struct str names[PRODUCTS] = {STR_INIT("A"), STR_INIT("B"), STR_INIT("C"),
                                           STR_INIT("D"), STR_INIT("E"), STR_INIT("F")};

struct happening {
    struct str products[3];
    size_t count;
    int64_t at_ms;
};

static void shuffle(size_t *order, unsigned *seed)
{
    for (size_t i = HAPPENINGS; i-- > 1;) {
        size_t other = (size_t)rand_r(seed) % (i + 1), kept = order[i];

        order[i] = order[other];
        order[other] = kept;
    }
}

/* All products' counts as text, after these orders in this order. */
static struct str counted(const struct happening *all, const size_t *order, struct arena *arena)
{
    struct rehearsal r;
    struct str text = {NULL, 0};
    char id[16];

    begin_counting(&r, &purchase_rules);
    for (size_t i = 0; i < HAPPENINGS; i++) {
        snprintf(id, sizeof(id), "order-%zu", order[i]);
        r.now_ms = all[order[i]].at_ms;
        buy(&r, id, all[order[i]].products, all[order[i]].count);
    }
    for (size_t i = 0; i < PRODUCTS; i++) {
        const struct item *item = rehearsal_shared(&r, names[i]);

        text = arena_printf(arena, STR_FMT "%lld\n" STR_FMT, STR_ARG(text), (long long)item->seen,
                            STR_ARG(item->neighbours));
    }
    rehearsal_release(&r);
    return text;
}

static void the_order_of_arrival_does_not_matter(void **state)
{
    struct happening all[HAPPENINGS];
    size_t order[HAPPENINGS];
    struct arena arena;
    struct str first;
    unsigned seed = 7;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < HAPPENINGS; i++) {
        all[i] = (struct happening){.count = 1 + (size_t)rand_r(&seed) % 3,
                                    .at_ms = REHEARSAL_START_MS + (int64_t)(rand_r(&seed) % 1000) * 86400000};
        for (size_t k = 0; k < all[i].count; k++)
            all[i].products[k] = names[(size_t)rand_r(&seed) % PRODUCTS];
        order[i] = i;
    }
    first = counted(all, order, &arena);
    assert_true(first.len > 100);
    for (int times = 0; times < 50; times++) {
        shuffle(order, &seed);
        assert_true(str_equal(counted(all, order, &arena), first));
    }
    arena_release(&arena);
}

/* --- the sketch ------------------------------------------------------------------------------------------------------------ */

static void a_sketch_reads_what_it_wrote(void **state)
{
    struct sketch sketch = {.count = 0}, back;
    struct arena arena;
    struct str text;

    (void)state;
    arena_init(&arena);
    sketch_add(&sketch, MUG, 5);
    sketch_add(&sketch, JAR, INT64_MAX / 4);
    sketch_add(&sketch, STR("a name with blanks"), 7);
    text = sketch_text(&sketch, &arena);
    sketch_read(&back, text);
    assert_int_equal(back.count, 3);
    assert_true(str_equal(back.list[0].id, JAR) && back.list[0].weight == INT64_MAX / 4);
    assert_true(str_is(back.list[1].id, "a name with blanks"));
    assert_true(str_equal(sketch_text(&back, &arena), text));
    sketch_read(&back, STR(""));
    assert_int_equal(back.count, 0);
    arena_release(&arena);
}

/* Against exact counts of a skewed stream over far more neighbours than places. */
static void a_full_sketch_keeps_its_promises(void **state)
{
    enum { KINDS = 400, ADDED = 20000 };
    static int64_t exact[KINDS];
    static char ids[KINDS][8];
    struct sketch sketch = {.count = 0};
    unsigned seed = 3;

    (void)state;
    memset(exact, 0, sizeof(exact));
    for (size_t i = 0; i < KINDS; i++)
        snprintf(ids[i], sizeof(ids[i]), "%zu", i);
    for (size_t i = 0; i < ADDED; i++) {
        size_t a = (size_t)rand_r(&seed) % KINDS, b = (size_t)rand_r(&seed) % KINDS;
        size_t one = a * b / KINDS; /* small numbers often */

        exact[one] += 3;
        sketch_add(&sketch, str_of(ids[one]), 3);
    }
    assert_int_equal(sketch.count, RECOMMENDATION_NEIGHBOURS);
    for (size_t i = 0; i < sketch.count; i++) {
        int64_t true_weight = exact[strtoul(sketch.list[i].id.ptr, NULL, 10)];

        assert_true(sketch.list[i].weight >= true_weight);
        assert_true(sketch.list[i].weight - sketch.list[i].error <= true_weight);
    }
    for (size_t kind = 0; kind < KINDS; kind++) {
        bool kept = false;

        for (size_t i = 0; i < sketch.count; i++)
            kept = kept || str_is(sketch.list[i].id, ids[kind]);
        assert_true(kept || exact[kind] <= 3 * ADDED / RECOMMENDATION_NEIGHBOURS);
    }
}

/* --- what is said ------------------------------------------------------------------------------------------------------------ */

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

static void end_saying(struct rehearsal *r)
{
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
    offer(&r, JAR, "Glass Jar", "kitchen", 1700, false);
    said = rehearsal_last(&r, MSG_RECOMMENDATIONS_UPDATED);
    expect_list(said, RECOMMENDATION_STRATEGY_COSINE, like, 2);
    expect_list(said, RECOMMENDATION_STRATEGY_LIFT, like, 2);
    assert_int_equal(said->items.items[0].score, 0);
    assert_int_equal(rehearsal_due(&r, MSG_RECOMMENDATIONS_DUE, MUG), r.now_ms + settings.settle_ms);
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
    teach(&r, WATCH, 200 * weight(view), "");
    ring(&r, WATCH);
    assortment_learn(shop, &(struct msg){.type = MSG_RECOMMENDATIONS_UPDATED,
                                         .body = rehearsal_last(&r, MSG_RECOMMENDATIONS_UPDATED)});
    {
        char text[200];

        snprintf(text, sizeof(text), "%lld 0 " STR_FMT "\n%lld 0 " STR_FMT "\n", (long long)(90 * weight(view)),
                 STR_ARG(WATCH), (long long)(40 * weight(view)), STR_ARG(LOAFER));
        teach(&r, MUG, 100 * weight(view), text);
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
    snprintf(neighbours, sizeof(neighbours), "%lld 0 " STR_FMT "\n", (long long)(50 * weight(view)), STR_ARG(WATCH));
    teach(&r, MUG, 80 * weight(view), neighbours);
    ring(&r, MUG);
    said = rehearsal_said(&r, MSG_RECOMMENDATIONS_UPDATED);
    teach(&r, MUG, 85 * weight(view), neighbours);
    ring(&r, MUG);
    assert_int_equal(rehearsal_said(&r, MSG_RECOMMENDATIONS_UPDATED), said);
    teach(&r, MUG, 100 * weight(view), neighbours); /* grown by more than an eighth: others need to know */
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
    snprintf(neighbours, sizeof(neighbours), "%lld 0 " STR_FMT "\n", (long long)(50 * weight(view)), STR_ARG(WATCH));
    teach(&r, MUG, 80 * weight(view), neighbours);
    snprintf(of_watch, sizeof(of_watch), "%lld 0 " STR_FMT "\n", (long long)(50 * weight(view)), STR_ARG(MUG));
    teach(&r, WATCH, 80 * weight(view), of_watch);
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
    teach(&r, WATCH, 0, "");
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
    for (const struct said *said = r.said; said; said = said->next)
        if (str_equal(said->key, MUG))
            assert_int_equal(
                ((const struct recommendations_updated *)msg_decode_own(said->type, said->value, &r.arena))->version,
                42);
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
    rehearsal_is_total(&purchase_rules);
    rehearsal_is_total(&visit_rules);
}

static void every_rule_was_played(void **state)
{
    (void)state;
    rehearsal_all_rules_ran(&item_rules);
    rehearsal_all_rules_ran(&purchase_rules);
    rehearsal_all_rules_ran(&visit_rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_is_bought_together),
        cmocka_unit_test(reminds_once_until_the_lists_are_made),
        cmocka_unit_test(an_order_of_a_whole_shop_is_cut),
        cmocka_unit_test(counts_what_is_looked_at_in_one_visit),
        cmocka_unit_test(only_the_last_views_of_a_visit_go_together),
        cmocka_unit_test(what_the_shop_pushed_is_no_evidence),
        cmocka_unit_test(a_robot_is_heard_no_more),
        cmocka_unit_test(evidence_fades_beside_newer_one),
        cmocka_unit_test(the_order_of_arrival_does_not_matter),
        cmocka_unit_test(a_sketch_reads_what_it_wrote),
        cmocka_unit_test(a_full_sketch_keeps_its_promises),
        cmocka_unit_test(a_new_product_goes_with_what_is_like_it),
        cmocka_unit_test(the_two_strategies_differ_about_best_sellers),
        cmocka_unit_test(says_nothing_that_is_not_new),
        cmocka_unit_test(a_retired_product_goes_with_nothing),
        cmocka_unit_test(a_lost_database_goes_on_from_what_was_said),
        cmocka_unit_test(what_is_uncertain_counts_for_nothing),
        cmocka_unit_test(every_state_answers_every_message),
        cmocka_unit_test(every_rule_was_played),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
