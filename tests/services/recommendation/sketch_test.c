/* sketch_test.c - the heaviest neighbours, in bounded memory. */
/* links: services/recommendation/sketch.c msg base */
#include "services/recommendation/sketch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MUG STR("6E92ZMYYFZ")
#define JAR STR("9SIQT8TOJO")

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sketch_reads_what_it_wrote),
        cmocka_unit_test(a_full_sketch_keeps_its_promises),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
