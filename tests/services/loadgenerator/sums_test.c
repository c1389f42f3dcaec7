/* sums_test.c - tallies, their way from worker to coordinator, and a run's end. */
/* links: services/loadgenerator/histogram.c services/loadgenerator/ramp.c base */
/* links: services/loadgenerator/tally.c services/loadgenerator/tally_json.c services/loadgenerator/json.c */
/* links: services/loadgenerator/course.c services/loadgenerator/report.c */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "services/loadgenerator/course.h"
#include "services/loadgenerator/dice.h"

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
    json_t *read;

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
            read = json_loadb(out.ptr, out.len, 0, NULL);
            assert_true(tally_read(read, &sum));
            json_decref(read);
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
        json_t *read = json_loads(wrong[i], 0, NULL);
        struct tally tally;

        tally_init(&tally);
        assert_false(tally_read(read, &tally));
        tally_release(&tally);
        json_decref(read);
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
    struct err err;

    (void)state;
    course_init(&course);
    assert_int_equal(ramp_parse(STR("users 10 for 60s"), 20, &course.ramp, &err), ST_OK);
    course.bounds = (struct bounds){.time_ms = 100000, .requests = 1000, .users = 20, .rate = 5};
    course.phase = PHASE_RUNNING;
    course.elapsed_ms = 59999;
    assert_null(course_enough(&course));
    assert_float_equal(course_level(&course), 10, 1e-9);
    course.elapsed_ms = 60000;
    assert_non_null(course_enough(&course));
    assert_false(course_hold(&course, 500));
    assert_true(course_hold(&course, 20));
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
        cmocka_unit_test(the_coordinators_sum_is_what_one_process_would_have_counted),
        cmocka_unit_test(numbers_that_make_no_sense_are_refused),
        cmocka_unit_test(too_many_lines_and_sentences_are_counted_together),
        cmocka_unit_test(a_run_ends_with_its_ramp_or_at_a_bound),
        cmocka_unit_test(the_orders_of_a_lost_worker_are_unknown),
        cmocka_unit_test(a_report_is_safe_in_a_spreadsheet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
