/* id_set_test.c - a set of ids: what was put in is found, nothing else is, however many there are. */
/* links: gateway/forget/id_set.c msg base */
#include "gateway/forget/id_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MANY = 5000 };

static void holds_many_and_each_once(void **state)
{
    struct id_set set = {NULL, 0, 0};
    struct arena arena;
    struct str *texts = calloc(MANY, sizeof *texts), *again;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < MANY; i++) {
        struct id id = id_random();

        texts[i] = id_text(&id, &arena);
        assert_false(id_set_has(&set, texts[i]));
        assert_true(id_set_add(&set, texts[i]));
    }
    for (size_t i = 0; i < MANY; i++) {
        assert_true(id_set_has(&set, texts[i]));
        assert_false(id_set_add(&set, texts[i]));
    }
    assert_int_equal(set.count, MANY);
    again = id_set_texts(&set, &arena);
    for (size_t i = 0; i < set.count; i++)
        assert_true(id_set_has(&set, again[i]));
    free(texts);
    id_set_release(&set);
    arena_release(&arena);
}

static void knows_nothing_of_what_is_no_id(void **state)
{
    struct id_set set = {NULL, 0, 0};

    (void)state;
    assert_false(id_set_has(&set, STR("8a5f3f5e-6f52-4d3c-9f0e-2d1d0c5b7a10")));
    assert_false(id_set_add(&set, STR("kim")));
    assert_false(id_set_add(&set, STR("00000000-0000-0000-0000-000000000000")));
    assert_true(id_set_add(&set, STR("8a5f3f5e-6f52-4d3c-9f0e-2d1d0c5b7a10")));
    assert_false(id_set_has(&set, STR("kim")));
    assert_false(id_set_has(&set, (struct str){NULL, 0}));
    assert_false(id_set_has(&set, STR("8a5f3f5e-6f52-4d3c-9f0e-2d1d0c5b7a11")));
    id_set_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_many_and_each_once),
        cmocka_unit_test(knows_nothing_of_what_is_no_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
