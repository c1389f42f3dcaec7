/* numbers_test.c - histograms, ramps and arrivals: what the report's numbers rest on. */
/* links: services/loadgenerator/histogram.c services/loadgenerator/ramp.c services/loadgenerator/arrivals.c base */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "services/loadgenerator/arrivals.h"
#include "services/loadgenerator/histogram.h"
#include "services/loadgenerator/ramp.h"

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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
