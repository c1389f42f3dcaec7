/* recommendation_evidence_test.c - what is counted, and that the order of arrival does not matter. */
/* links: services/recommendation tests/rehearsal msg base */
#include "services/recommendation/recommendation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "services/recommendation/sketch.h"
#include "tests/rehearsal/rehearsal.h"

#define MUG STR("6E92ZMYYFZ")
#define JAR STR("9SIQT8TOJO")
#define SALT STR("LS4PSXUNUM")
#define WATCH STR("1YMWWN1N4O")
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

static int64_t weight(int64_t evidence)
{
    return evidence_weight(REHEARSAL_START_MS, evidence);
}

/* --- evidence --------------------------------------------------------------------------------------------------------- */

static void counts_what_is_bought_together(void **state)
{
    const struct str three[] = {MUG, JAR, SALT, MUG};
    struct rehearsal r;

    (void)state;
    begin_counting(&r, &purchase_rules);
    buy(&r, "order-1", three, 4); /* the mug in two lines is one mug */
    assert_int_equal(seen(&r, MUG), weight(EVIDENCE_ORDER));
    assert_int_equal(together(&r, MUG, JAR), weight(EVIDENCE_ORDER));
    assert_int_equal(together(&r, JAR, MUG), weight(EVIDENCE_ORDER));
    assert_int_equal(together(&r, SALT, JAR), weight(EVIDENCE_ORDER));
    assert_int_equal(together(&r, MUG, MUG), 0);
    assert_int_equal(rehearsal_due(&r, MSG_RECOMMENDATIONS_DUE, MUG), REHEARSAL_START_MS + settings.settle_ms);
    buy(&r, "order-1", three, 4);
    assert_int_equal(seen(&r, MUG), weight(EVIDENCE_ORDER));
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
    assert_int_equal(seen(&r, many[PURCHASE_MOST - 1]), weight(EVIDENCE_ORDER));
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
    assert_int_equal(seen(&r, MUG), weight(EVIDENCE_VIEW));
    assert_int_equal(together(&r, MUG, JAR), weight(EVIDENCE_VIEW));
    assert_int_equal(together(&r, JAR, MUG), weight(EVIDENCE_VIEW));
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
    assert_int_equal(together(&r, MUG, str_of(names[1])), weight(EVIDENCE_VIEW));
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
    assert_int_equal(together(&r, SALT, MUG), weight(EVIDENCE_VIEW));
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

static void nothing_is_left_of_a_forgotten_visitor(void **state)
{
    const struct visitor_forgotten forgotten = {KIM};
    struct rehearsal r;

    (void)state;
    begin_counting(&r, &visit_rules);
    look(&r, KIM, MUG, "");
    rehearsal_hear(&r, MSG_VISITOR_FORGOTTEN, &forgotten, NULL);
    assert_int_equal(((const struct visit *)rehearsal_row(&r, KIM))->products.len, 0);
    assert_int_equal(((const struct visit *)rehearsal_row(&r, KIM))->count, 0);
    assert_int_equal(seen(&r, MUG), weight(EVIDENCE_VIEW)); /* what was counted is nobody's */
    for (size_t i = 0; i < VISIT_MOST; i++)
        look(&r, KIM, arena_printf(&r.arena, "P%05zu", i), "");
    assert_int_equal(rehearsal_state(&r, KIM), VISIT_ENDLESS);
    rehearsal_hear(&r, MSG_VISITOR_FORGOTTEN, &forgotten, NULL);
    assert_int_equal(rehearsal_state(&r, KIM), VISIT_OPEN);
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

/* --- the tables ---------------------------------------------------------------------------------------------------------- */

static void every_state_answers_every_message(void **state)
{
    (void)state;
    rehearsal_is_total(&purchase_rules);
    rehearsal_is_total(&visit_rules);
}

static void every_rule_was_played(void **state)
{
    (void)state;
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
        cmocka_unit_test(nothing_is_left_of_a_forgotten_visitor),
        cmocka_unit_test(evidence_fades_beside_newer_one),
        cmocka_unit_test(the_order_of_arrival_does_not_matter),
        cmocka_unit_test(every_state_answers_every_message),
        cmocka_unit_test(every_rule_was_played),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
