/* password_test.c - passwords: kept slowly, checked alike, written so that their parameters can grow. */
/* links: gateway/accounts/password.c base */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/accounts/password.h"

static const struct password_cost cheap = {4, 8, 1};
static struct arena arena;

static void a_password_is_known_again_and_no_other(void **state)
{
    struct password_hash kept, again;

    (void)state;
    password_make(STR("correct horse"), cheap, &kept);
    assert_true(password_check(STR("correct horse"), &kept));
    assert_false(password_check(STR("correct horsf"), &kept));
    assert_false(password_check(STR("correct hors"), &kept));
    assert_false(password_check(STR(""), &kept));
    password_make(STR("correct horse"), cheap, &again);
    assert_memory_not_equal(kept.salt, again.salt, sizeof kept.salt);
    assert_memory_not_equal(kept.hash, again.hash, sizeof kept.hash);
}

/* An answer of another implementation: Python's hashlib.scrypt(b"pleaseletmein", salt=b"SodiumChloride!!", n=16384, r=8, p=1,
 * dklen=32). */
static void it_is_scrypt(void **state)
{
    struct password_hash kept;

    (void)state;
    assert_true(password_read(STR("scrypt$14$8$1$536f6469756d43686c6f726964652121$"
                                  "5266323433bf611b859ac800e892b96da335a93270d5b16f5f66ab7b50f63817"),
                              &kept));
    assert_true(password_check(STR("pleaseletmein"), &kept));
    assert_false(password_check(STR("pleaseletmeout"), &kept));
}

static void what_is_written_is_read_again(void **state)
{
    struct password_hash kept, read;
    struct str text;

    (void)state;
    password_make(STR("correct horse"), (struct password_cost){5, 4, 2}, &kept);
    text = password_write(&kept, &arena);
    assert_true(text.len > 100 && memcmp(text.ptr, "scrypt$5$4$2$", 13) == 0);
    assert_true(password_read(text, &read));
    assert_int_equal(read.cost.log2_n, 5);
    assert_int_equal(read.cost.r, 4);
    assert_int_equal(read.cost.p, 2);
    assert_true(password_check(STR("correct horse"), &read));
    for (size_t len = 0; len < text.len; len++)
        assert_false(password_read((struct str){text.ptr, len}, &read));
    assert_false(password_read(arena_printf(&arena, "%sx", text.ptr), &read));
}

static void parameters_that_would_take_all_memory_are_refused(void **state)
{
    struct password_hash kept, read;
    const char *rest;

    (void)state;
    password_make(STR("x"), cheap, &kept);
    rest = password_write(&kept, &arena).ptr + strlen("scrypt$4$8$1");
    assert_true(password_read(arena_printf(&arena, "scrypt$4$8$1%s", rest), &read));
    assert_false(password_read(arena_printf(&arena, "scrypt$21$8$1%s", rest), &read));
    assert_false(password_read(arena_printf(&arena, "scrypt$0$8$1%s", rest), &read));
    assert_false(password_read(arena_printf(&arena, "scrypt$4$9$1%s", rest), &read));
    assert_false(password_read(arena_printf(&arena, "scrypt$4$8$17%s", rest), &read));
    assert_false(password_read(arena_printf(&arena, "scrypt$4$8$-1%s", rest), &read));
}

static void a_hash_made_with_less_work_is_weak(void **state)
{
    const struct password_hash kept = {.cost = {15, 8, 3}};

    (void)state;
    assert_false(password_is_weak(&kept, (struct password_cost){15, 8, 3}));
    assert_false(password_is_weak(&kept, (struct password_cost){14, 8, 3}));
    assert_true(password_is_weak(&kept, (struct password_cost){16, 8, 3}));
    assert_true(password_is_weak(&kept, (struct password_cost){15, 8, 4}));
}

static void nobody_has_no_password(void **state)
{
    struct password_hash one = password_of_nobody(cheap), two = password_of_nobody(cheap);

    (void)state;
    assert_int_equal(one.cost.log2_n, cheap.log2_n);
    assert_memory_not_equal(one.hash, two.hash, sizeof one.hash);
    assert_false(password_check(STR(""), &one));
}

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_password_is_known_again_and_no_other), TEST(it_is_scrypt),
        TEST(what_is_written_is_read_again),          TEST(parameters_that_would_take_all_memory_are_refused),
        TEST(a_hash_made_with_less_work_is_weak),     TEST(nobody_has_no_password),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
