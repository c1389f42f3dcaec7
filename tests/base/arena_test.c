/* arena_test.c - pieces that do not touch each other, and slices that compare as bytes. Worth most under SAN=1. */
/* links: base */
#include "base/arena.h"

#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void gives_zeroed_aligned_pieces_that_do_not_overlap(void **state)
{
    enum { PIECES = 2000 };
    unsigned char *pieces[PIECES];
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < PIECES; i++) {
            size_t size = i * 37 % 300;

            pieces[i] = arena_alloc(&arena, size);
            assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
            for (size_t b = 0; b < size; b++)
                assert_int_equal(pieces[i][b], 0);
            memset(pieces[i], (int)(i % 251) + 1, size);
        }
        for (size_t i = 0; i < PIECES; i++)
            for (size_t b = 0; b < i * 37 % 300; b++)
                assert_int_equal(pieces[i][b], i % 251 + 1);
        arena_clear(&arena);
    }
    arena_release(&arena);
}

static void serves_pieces_larger_than_a_block(void **state)
{
    struct arena arena;
    char *large, *small;

    (void)state;
    arena_init(&arena);
    small = arena_alloc(&arena, 10);
    large = arena_alloc(&arena, 300 * 1024);
    memset(large, 'x', 300 * 1024);
    memset(small, 'y', 10);
    assert_int_equal(large[300 * 1024 - 1], 'x');
    memset(arena_alloc(&arena, 0), 0, 0);
    arena_clear(&arena);
    assert_non_null(arena_alloc(&arena, 1));
    arena_release(&arena);
    assert_non_null(arena_alloc(&arena, 1)); /* released is as new */
    arena_release(&arena);
}

static void a_small_one_stays_small_after_it_was_released(void **state)
{
    struct arena arena;

    (void)state;
    arena_init_small(&arena);
    for (int round = 0; round < 2; round++) {
        size_t before = mallinfo2().uordblks;

        arena_alloc(&arena, 100);
        assert_true(mallinfo2().uordblks - before < 4096);
        assert_non_null(memset(arena_alloc(&arena, 100000), 1, 100000));
        arena_release(&arena);
    }
}

static void ends_its_texts_with_a_nul_beyond_their_length(void **state)
{
    struct arena arena;
    struct str text;

    (void)state;
    arena_init(&arena);
    text = arena_printf(&arena, "%s-%d", "order", 7);
    assert_int_equal(text.len, 7);
    assert_string_equal(text.ptr, "order-7");
    text = arena_copy(&arena, (struct str){"ab\0cd", 5});
    assert_int_equal(text.len, 5);
    assert_memory_equal(text.ptr, "ab\0cd", 6);
    assert_string_equal(arena_copy(&arena, (struct str){NULL, 0}).ptr, "");
    arena_release(&arena);
}

static int exit_signal_of_an_overflowing_array(void)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        struct arena arena;

        signal(SIGABRT, SIG_DFL);
        arena_init(&arena);
        arena_array(&arena, SIZE_MAX / 2, 3);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void aborts_when_a_product_overflows(void **state)
{
    (void)state;
    assert_int_equal(exit_signal_of_an_overflowing_array(), SIGABRT);
}

static void compares_slices_as_bytes(void **state)
{
    (void)state;
    assert_true(str_equal((struct str){NULL, 0}, STR("")));
    assert_true(str_is(STR("mug"), "mug"));
    assert_false(str_is(STR("mug"), "mugs"));
    assert_false(str_equal((struct str){"a\0b", 3}, (struct str){"a\0c", 3}));
    assert_true(str_compare(STR("ab"), STR("abc")) < 0);
    assert_true(str_compare(STR("b"), STR("abc")) > 0);
    assert_true(str_compare(STR("\xff"), STR("a")) > 0);
    assert_int_equal(str_compare((struct str){NULL, 0}, STR("")), 0);
    assert_int_equal(str_of(NULL).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_aligned_pieces_that_do_not_overlap),
        cmocka_unit_test(serves_pieces_larger_than_a_block),
        cmocka_unit_test(a_small_one_stays_small_after_it_was_released),
        cmocka_unit_test(ends_its_texts_with_a_nul_beyond_their_length),
        cmocka_unit_test(aborts_when_a_product_overflows),
        cmocka_unit_test(compares_slices_as_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
