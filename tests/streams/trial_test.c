/* trial_test.c - who is counted in the experiment, and the numbers of its test against those of textbooks. */
/* links: streams/shopctl/trial.c msg base */
#include "streams/shopctl/trial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define KIM "4b60a1c9-0e05-4b4b-9d9f-8f4ac7f30001"
#define LEE "4b60a1c9-0e05-4b4b-9d9f-8f4ac7f30002"
#define FIRST "11111111-0e05-4b4b-9d9f-8f4ac7f30001"
#define SECOND "11111111-0e05-4b4b-9d9f-8f4ac7f30002"
#define ORDER "99999999-0e05-4b4b-9d9f-8f4ac7f30002"

static void show(struct trial *trial, const char *exposure, const char *visitor, enum recommendation_strategy strategy)
{
    static struct str shown[] = {STR_INIT("mug"), STR_INIT("jar")};
    struct recommendation_shown body = {
        .session_id = str_of(visitor), .exposure_id = str_of(exposure), .strategy = strategy, .shown = {shown, 2}};

    trial_hear(trial, &(struct msg){.type = MSG_RECOMMENDATION_SHOWN, .body = &body});
}

static void follow(struct trial *trial, const char *exposure, const char *visitor, const char *product, int64_t time_ms)
{
    struct recommendation_clicked body = {
        .session_id = str_of(visitor), .exposure_id = str_of(exposure), .product_id = str_of(product)};

    trial_hear(trial, &(struct msg){.type = MSG_RECOMMENDATION_CLICKED, .body = &body, .time_ms = time_ms});
}

static void buy(struct trial *trial, const char *order, const char *visitor, const char *product, int64_t time_ms)
{
    struct order_line lines[] = {{.product_id = STR("salt")}, {.product_id = str_of(product)}};
    struct order_confirmed body = {.order_id = str_of(order), .user_id = str_of(visitor), .order.lines = {lines, 2}};

    trial_hear(trial, &(struct msg){.type = MSG_ORDER_CONFIRMED, .body = &body, .time_ms = time_ms});
}

static void everything_counts_once(void **state)
{
    struct trial *trial = trial_open();
    struct verdict verdict;

    (void)state;
    buy(trial, ORDER, KIM, "mug", 200);
    for (int times = 0; times < 3; times++) {
        follow(trial, FIRST, KIM, "mug", 100 + times);
        follow(trial, FIRST, KIM, "jar", 100);
        show(trial, FIRST, KIM, RECOMMENDATION_STRATEGY_COSINE);
        show(trial, SECOND, LEE, RECOMMENDATION_STRATEGY_LIFT);
    }
    buy(trial, ORDER, KIM, "mug", 200);
    verdict = trial_verdict(trial);
    assert_int_equal(verdict.arms[0].exposures, 1);
    assert_int_equal(verdict.arms[0].clicks, 2);
    assert_int_equal(verdict.arms[0].visitors, 1);
    assert_int_equal(verdict.arms[0].clicked, 1);
    assert_int_equal(verdict.arms[0].orders, 1);
    assert_int_equal(verdict.arms[1].exposures, 1);
    assert_int_equal(verdict.arms[1].clicks, 0);
    assert_int_equal(verdict.strangers, 0);
    assert_false(verdict.enough);
    trial_close(trial);
}

static void what_nobody_showed_is_no_click(void **state)
{
    struct trial *trial = trial_open();
    struct verdict verdict;

    (void)state;
    show(trial, FIRST, KIM, RECOMMENDATION_STRATEGY_COSINE);
    show(trial, SECOND, LEE, RECOMMENDATION_STRATEGY_UNKNOWN);
    follow(trial, FIRST, LEE, "mug", 1);   /* another's exposure */
    follow(trial, FIRST, KIM, "watch", 1); /* not shown */
    follow(trial, SECOND, LEE, "mug", 1);  /* of no arm */
    follow(trial, "nonsense", KIM, "mug", 1);
    buy(trial, ORDER, KIM, "watch", 2);
    verdict = trial_verdict(trial);
    assert_int_equal(verdict.arms[0].clicks + verdict.arms[1].clicks, 0);
    assert_int_equal(verdict.arms[0].orders, 0);
    assert_int_equal(verdict.strangers, 3);
    trial_close(trial);
}

static void an_order_before_the_click_was_not_led_by_it(void **state)
{
    struct trial *trial = trial_open();

    (void)state;
    show(trial, FIRST, KIM, RECOMMENDATION_STRATEGY_LIFT);
    follow(trial, FIRST, KIM, "mug", 100);
    buy(trial, ORDER, KIM, "mug", 99);
    assert_int_equal(trial_verdict(trial).arms[1].orders, 0);
    trial_close(trial);
}

static void nothing_heard_is_nothing_said(void **state)
{
    struct trial *trial = trial_open();
    struct verdict verdict = trial_verdict(trial);

    (void)state;
    assert_false(verdict.enough);
    assert_int_equal(verdict.needed, 0);
    assert_true(verdict.arms[0].low == 0 && verdict.arms[0].high == 1);
    trial_close(trial);
}

static bool near(double a, double b)
{
    return fabs(a - b) < 0.0005;
}

static struct verdict judged(int64_t clicked_a, int64_t a, int64_t clicked_b, int64_t b)
{
    struct verdict verdict = {.arms = {{.visitors = a, .clicked = clicked_a}, {.visitors = b, .clicked = clicked_b}}};

    trial_judge(&verdict);
    return verdict;
}

/* Worked by hand: pooled 0.225, standard error 0.018675. */
static void two_proportions_are_told_apart(void **state)
{
    struct verdict verdict = judged(200, 1000, 250, 1000);

    (void)state;
    assert_true(verdict.enough);
    assert_true(near(verdict.z, 2.6774));
    assert_true(near(verdict.p_value, 0.00742));
    assert_true(near(verdict.difference, 0.05));
    assert_true(near(verdict.low, 0.0135) && near(verdict.high, 0.0865));
    assert_true(near(judged(250, 1000, 200, 1000).z, -2.6774));
    assert_true(near(judged(100, 1000, 100, 1000).p_value, 1));
}

static void too_little_is_not_tested(void **state)
{
    (void)state;
    assert_false(judged(4, 100, 5, 100).enough);
    assert_true(judged(5, 100, 5, 100).enough);
    assert_false(judged(100, 100, 96, 100).enough);
    assert_false(judged(50, 100, 0, 0).enough);
    assert_int_equal(judged(0, 100, 0, 100).needed, 0);
    assert_in_range((uintmax_t)judged(100, 1000, 100, 1000).needed, 3500, 3600); /* 2 x 2.8 squared x 0.9 / 0.004 */
}

static void an_interval_is_wilsons(void **state)
{
    double low, high;

    (void)state;
    trial_interval(10, 100, &low, &high);
    assert_true(near(low, 0.0552) && near(high, 0.1744));
    trial_interval(0, 10, &low, &high);
    assert_true(low == 0 && near(high, 0.2775));
    trial_interval(10, 10, &low, &high);
    assert_true(near(low, 0.7225) && high == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_counts_once),
        cmocka_unit_test(what_nobody_showed_is_no_click),
        cmocka_unit_test(an_order_before_the_click_was_not_led_by_it),
        cmocka_unit_test(nothing_heard_is_nothing_said),
        cmocka_unit_test(two_proportions_are_told_apart),
        cmocka_unit_test(too_little_is_not_tested),
        cmocka_unit_test(an_interval_is_wilsons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
