/* numbers_test.c - histograms, ramps, arrivals and sums: what the report's numbers rest on. */
/* links: services/loadgenerator/histogram.c services/loadgenerator/ramp.c services/loadgenerator/arrivals.c base */
/* links: services/loadgenerator/tally.c services/loadgenerator/tally_json.c services/loadgenerator/json.c */
/* links: services/loadgenerator/course.c services/loadgenerator/report.c */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "services/loadgenerator/arrivals.h"
#include "services/loadgenerator/course.h"

/* --- histograms --------------------------------------------------------------------------------------------------------- */

static void every_value_lies_in_its_bucket_to_one_in_128(void **state)
{
    unsigned last = 0;

    (void)state;
    for (int64_t value = 0; value < (1LL << 32); value += 1 + value / 50) {
        unsigned bucket = histogram_bucket(value);

        assert_true(bucket < HISTOGRAM_BUCKETS);
        assert_true(bucket >= last);
        assert_true(histogram_bucket_top(bucket) >= value);
        assert_true(histogram_bucket_top(bucket) - value <= value / 128);
        assert_int_equal(histogram_bucket(histogram_bucket_top(bucket)), bucket);
        assert_int_equal(histogram_bucket(histogram_bucket_top(bucket) + 1), bucket + (bucket < HISTOGRAM_BUCKETS - 1));
        last = bucket;
    }
    assert_int_equal(histogram_bucket((1LL << 32) - 1), HISTOGRAM_BUCKETS - 1);
    assert_int_equal(histogram_bucket(INT64_MAX), HISTOGRAM_BUCKETS - 1);
    assert_int_equal(histogram_bucket(-5), 0);
}

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static void percentiles_are_those_of_the_sorted_values(void **state)
{
    enum { COUNT = 5000 };
    static struct histogram histogram;
    static int64_t values[COUNT];
    static const double shares[] = {0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1};
    struct dice dice = {7};

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        values[i] = (int64_t)exp(dice_share(&dice) * 17);
        histogram_add(&histogram, values[i]);
    }
    qsort(values, COUNT, sizeof(values[0]), by_value);
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        size_t rank = (size_t)ceil(shares[i] * COUNT);
        int64_t right = values[rank ? rank - 1 : 0], told = histogram_percentile(&histogram, shares[i]);

        assert_true(told >= right);
        assert_true(told <= right + right / 128);
    }
    assert_int_equal(histogram_percentile(&histogram, 1), values[COUNT - 1]);
    assert_int_equal(histogram.min_us, values[0]);
}

static void an_empty_histogram_says_zero(void **state)
{
    static struct histogram empty, other;

    (void)state;
    assert_int_equal(histogram_percentile(&empty, 0.99), 0);
    assert_int_equal(histogram_mean(&empty), 0);
    histogram_add(&other, 3);
    histogram_merge(&other, &empty);
    assert_int_equal(other.min_us, 3);
}

static void what_takes_too_long_for_the_buckets_is_still_the_greatest(void **state)
{
    static struct histogram histogram;

    (void)state;
    histogram_add(&histogram, 1LL << 40);
    assert_int_equal(histogram_percentile(&histogram, 0.5), 1LL << 40);
}

/* --- ramps ---------------------------------------------------------------------------------------------------------------- */

static struct ramp ramp_of(const char *text)
{
    struct ramp ramp;
    struct err err;

    if (ramp_parse(str_of(text), 1000, &ramp, &err) != ST_OK)
        fail_msg("%s", err.text);
    return ramp;
}

static void a_ramp_has_steps_and_slopes(void **state)
{
    struct ramp ramp = ramp_of("users to 50 in 30s, for 5m, 20 for 250ms, to 0 in 10s");

    (void)state;
    assert_false(ramp.open);
    assert_int_equal(ramp_length_ms(&ramp), 30000 + 300000 + 250 + 10000);
    assert_float_equal(ramp_level(&ramp, 0), 0, 1e-9);
    assert_float_equal(ramp_level(&ramp, 15000), 25, 1e-9);
    assert_float_equal(ramp_level(&ramp, 30000), 50, 1e-9);
    assert_float_equal(ramp_level(&ramp, 330000), 20, 1e-9);
    assert_float_equal(ramp_level(&ramp, 330250 + 5000), 10, 1e-9);
    assert_float_equal(ramp_level(&ramp, 1LL << 40), 0, 1e-9);
    assert_true(ramp_of("rate 2.5 for 1h").open);
    assert_float_equal(ramp_of("rate 2.5 for 1h").stages[0].to, 2.5, 1e-9);
}

static void what_is_no_ramp_is_refused_with_a_sentence(void **state)
{
    static const char *const wrong[] = {"",
                                        "users",
                                        "people 5 for 1m",
                                        "users 5",
                                        "users 5 for",
                                        "users 5 for 1 m",
                                        "users five for 1m",
                                        "users -5 for 1m",
                                        "users 5 for 1m,",
                                        "users 5 for 1d",
                                        "users to 5 for 1m",
                                        "users 5 in 1m",
                                        "users 1001 for 1m",
                                        "users 5 for 1m now",
                                        "users nan for 1m",
                                        "users 5x for 1m"};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct ramp ramp;
        struct err err = {{0}};

        if (ramp_parse(str_of(wrong[i]), 1000, &ramp, &err) == ST_OK)
            fail_msg("taken: %s", wrong[i]);
        assert_true(err.text[0]);
    }
}

static void shares_add_up_and_differ_by_one_at_most(void **state)
{
    (void)state;
    for (int64_t total = 0; total < 40; total++)
        for (int64_t count = 1; count < 9; count++) {
            int64_t sum = 0;

            for (int64_t i = 0; i < count; i++) {
                int64_t share = ramp_share(total, i, count);

                assert_true(share >= total / count && share <= total / count + 1);
                sum += share;
            }
            assert_int_equal(sum, total);
        }
}

/* --- arrivals --------------------------------------------------------------------------------------------------------------- */

static int take_until(struct arrivals *arrivals, int64_t now_us)
{
    int64_t came_us;
    int count = 0;

    while (arrivals_take(arrivals, now_us, &came_us)) {
        assert_true(came_us <= now_us);
        count++;
    }
    return count;
}

static void even_arrivals_come_at_equal_distances(void **state)
{
    struct arrivals arrivals;
    int64_t came_us;

    (void)state;
    arrivals_init(&arrivals, 1, true, 1000);
    assert_int_equal(arrivals_next_us(&arrivals), INT64_MAX);
    arrivals_set_rate(&arrivals, 3, 1000);
    for (int i = 1; i <= 3000; i++) {
        assert_true(arrivals_take(&arrivals, INT64_MAX - 1, &came_us));
        assert_true(llabs(came_us - (1000 + (int64_t)i * 1000000 / 3)) <= 1);
    }
}

static void a_change_of_rate_neither_loses_nor_invents_visitors(void **state)
{
    struct arrivals arrivals;
    int count = 0;

    (void)state;
    arrivals_init(&arrivals, 1, true, 0);
    for (int second = 0; second < 100; second++) {
        arrivals_set_rate(&arrivals, second % 2 ? 0.5 : 1.7, (int64_t)second * 1000000);
        count += take_until(&arrivals, (int64_t)(second + 1) * 1000000);
    }
    assert_in_range(count, 109, 110);
}

/* The moments do not depend on when they are asked for: a loop that was held up for a second counts all that came. */
static void visitors_come_whether_or_not_somebody_looks(void **state)
{
    struct arrivals often, seldom;
    int counted = 0;

    (void)state;
    arrivals_init(&often, 9, false, 0);
    arrivals_init(&seldom, 9, false, 0);
    arrivals_set_rate(&often, 200, 0);
    arrivals_set_rate(&seldom, 200, 0);
    for (int64_t now_us = 0; now_us <= 10000000; now_us += 1000)
        counted += take_until(&often, now_us);
    assert_int_equal(take_until(&seldom, 10000000), counted);
    assert_in_range(counted, 1800, 2200);
}

static void random_distances_are_those_of_independent_people(void **state)
{
    struct arrivals arrivals;
    int64_t last_us = 0, came_us;
    int shorter = 0;

    (void)state;
    arrivals_init(&arrivals, 3, false, 0);
    arrivals_set_rate(&arrivals, 10, 0);
    for (int i = 0; i < 10000; i++) {
        assert_true(arrivals_take(&arrivals, INT64_MAX - 1, &came_us));
        shorter += came_us - last_us < 100000; /* the mean: 1 - 1/e of an exponential distribution lie below it */
        last_us = came_us;
    }
    assert_in_range(shorter, 6100, 6550);
}

/* --- sums -------------------------------------------------------------------------------------------------------------------- */

static void fill(struct tally *tally, struct dice *dice, int count)
{
    for (int i = 0; i < count; i++) {
        size_t line = tally_line(tally, TALLY_STEP, dice_throw(dice) % 2 ? STR("GET /") : STR("POST \"x\"\n"));

        if (dice_throw(dice) % 8 == 0)
            tally_bad(tally, line, dice_throw(dice) % 2 ? "status 500 instead of 200" : "no whole answer in time");
        else
            tally_good(tally, line, dice_between(dice, 0, 10000000));
        tally->counters[TALLY_ACCEPTED] += dice_throw(dice) % 2;
        histogram_add(&tally->late, dice_between(dice, 0, 300));
    }
}

static void assert_same(const struct tally *a, const struct tally *b)
{
    assert_memory_equal(a->counters, b->counters, sizeof(a->counters));
    assert_memory_equal(&a->all, &b->all, sizeof(a->all));
    assert_memory_equal(&a->late, &b->late, sizeof(a->late));
    for (size_t i = 0; i < a->line_count; i++) {
        size_t other = tally_line((struct tally *)(uintptr_t)b, a->lines[i]->kind, str_of(a->lines[i]->name));

        assert_memory_equal(&a->lines[i]->latency, &b->lines[other]->latency, sizeof(struct histogram));
        assert_int_equal(a->lines[i]->failed, b->lines[other]->failed);
    }
}

/* Three workers that report now and then, and one process that counted the same alone. */
static void the_coordinators_sum_is_what_one_process_would_have_counted(void **state)
{
    struct tally workers[3], sum, alone;
    struct out out;
    struct err err;

    (void)state;
    tally_init(&sum);
    tally_init(&alone);
    out_init(&out);
    for (int i = 0; i < 3; i++) {
        struct dice luck = {(uint64_t)i}, again = {(uint64_t)i};

        tally_init(&workers[i]);
        for (int round = 0; round < 5; round++) {
            fill(&workers[i], &luck, 100);
            fill(&alone, &again, 100);
            out_clear(&out);
            tally_write(&workers[i], &out);
            assert_int_equal(tally_read(out_str(&out), &sum, &err), ST_OK);
            tally_clear(&workers[i]);
        }
        tally_release(&workers[i]);
    }
    assert_int_equal(sum.counters[TALLY_STEPS], 1500);
    assert_same(&alone, &sum);
    tally_release(&sum);
    tally_release(&alone);
    out_release(&out);
}

static void numbers_that_make_no_sense_are_refused(void **state)
{
    static const char *const wrong[] = {"", "{}", "[]", "{\"counters\":[1]}",
                                        "{\"counters\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,-1]}"};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct tally tally;
        struct err err;

        tally_init(&tally);
        assert_int_equal(tally_read(str_of(wrong[i]), &tally, &err), ST_REJECT);
        tally_release(&tally);
    }
}

static void too_many_lines_and_sentences_are_counted_together(void **state)
{
    struct tally tally;
    char name[200];
    uint64_t failures = 0;

    (void)state;
    tally_init(&tally);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "line %d", i);
        tally_bad(&tally, tally_line(&tally, TALLY_STEP, str_of(name)), "no connection");
        snprintf(name, sizeof(name), "sentence %d", i);
        tally_bad(&tally, 0, name);
    }
    assert_int_equal(tally.line_count, TALLY_LINES);
    assert_int_equal(tally.lines[TALLY_LINES - 1]->failed, 100 - (TALLY_LINES - 1));
    assert_int_equal(tally.lines[0]->failure_count, TALLY_FAILURES);
    for (size_t i = 0; i < TALLY_FAILURES; i++)
        failures += tally.lines[0]->failures[i].count;
    assert_int_equal(failures, 101);
    tally_release(&tally);
}

/* --- the course ------------------------------------------------------------------------------------------------------------- */

static void a_run_ends_with_its_ramp_or_at_a_bound(void **state)
{
    struct course course;

    (void)state;
    course_init(&course);
    course.ramp = ramp_of("users 10 for 60s");
    course.bounds = (struct bounds){.time_ms = 100000, .requests = 1000, .users = 20, .rate = 5};
    course.phase = PHASE_RUNNING;
    course.elapsed_ms = 59999;
    assert_null(course_enough(&course));
    assert_float_equal(course_level(&course), 10, 1e-9);
    course.elapsed_ms = 60000;
    assert_non_null(course_enough(&course));
    assert_true(course_hold(&course, 500));
    assert_float_equal(course_level(&course), 20, 1e-9);
    assert_null(course_enough(&course));
    course.elapsed_ms = 100000;
    assert_non_null(course_enough(&course));
    course.elapsed_ms = 0;
    course.total.counters[TALLY_EXCHANGES] = 1000;
    assert_non_null(course_enough(&course));
    assert_false(course_hold(&course, -1));
    assert_false(course_hold(&course, NAN));
    course_release(&course);
}

static void the_orders_of_a_lost_worker_are_unknown(void **state)
{
    struct course course;
    struct tally tally;

    (void)state;
    course_init(&course);
    tally_init(&tally);
    course.worker_count = 1;
    tally.counters[TALLY_ACCEPTED] = 7;
    tally.counters[TALLY_CONFIRMED] = 4;
    tally.counters[TALLY_CANCELLED] = 1;
    course_hear(&course, &course.workers[0], &tally);
    course_lose(&course, &course.workers[0]);
    course_lose(&course, &course.workers[0]);
    assert_int_equal(course.total.counters[TALLY_UNKNOWN], 2);
    assert_int_equal(course.total.counters[TALLY_ACCEPTED], 7);
    tally_release(&tally);
    course_release(&course);
}

static void a_report_is_safe_in_a_spreadsheet(void **state)
{
    struct course course;
    struct out out;

    (void)state;
    course_init(&course);
    out_init(&out);
    tally_good(&course.total, tally_line(&course.total, TALLY_STEP, STR("=SUM(\"A1\")")), 1500);
    course_csv(&course, &out);
    out_put(&out, "", 1);
    assert_non_null(strstr(out.ptr, "\n\"'=SUM(\"\"A1\"\")\",step,1,0,1.500,1.500,"));
    out_release(&out);
    course_release(&course);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_lies_in_its_bucket_to_one_in_128),
        cmocka_unit_test(percentiles_are_those_of_the_sorted_values),
        cmocka_unit_test(an_empty_histogram_says_zero),
        cmocka_unit_test(what_takes_too_long_for_the_buckets_is_still_the_greatest),
        cmocka_unit_test(a_ramp_has_steps_and_slopes),
        cmocka_unit_test(what_is_no_ramp_is_refused_with_a_sentence),
        cmocka_unit_test(shares_add_up_and_differ_by_one_at_most),
        cmocka_unit_test(even_arrivals_come_at_equal_distances),
        cmocka_unit_test(a_change_of_rate_neither_loses_nor_invents_visitors),
        cmocka_unit_test(visitors_come_whether_or_not_somebody_looks),
        cmocka_unit_test(random_distances_are_those_of_independent_people),
        cmocka_unit_test(the_coordinators_sum_is_what_one_process_would_have_counted),
        cmocka_unit_test(numbers_that_make_no_sense_are_refused),
        cmocka_unit_test(too_many_lines_and_sentences_are_counted_together),
        cmocka_unit_test(a_run_ends_with_its_ramp_or_at_a_bound),
        cmocka_unit_test(the_orders_of_a_lost_worker_are_unknown),
        cmocka_unit_test(a_report_is_safe_in_a_spreadsheet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
