/* session_test.c - who a cookie says that somebody is, and when it is not believed. */
/* links: gateway/session.c base */
#include "gateway/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static const struct session_key key = {{1, 2, 3}, false}, other_key = {{9}, false};
static struct arena arena;

/* What a browser sends back for a Set-Cookie. */
static struct str sent_back(struct str set_cookie)
{
    const char *end = memchr(set_cookie.ptr, ';', set_cookie.len);

    return (struct str){set_cookie.ptr, (size_t)(end - set_cookie.ptr)};
}

static void a_session_comes_back_as_it_went(void **state)
{
    struct session session = session_new(), back;
    struct str cookie = session_set_cookie(&key, &session, &arena);

    (void)state;
    assert_non_null(strstr(cookie.ptr, "; Path=/; "));
    assert_non_null(strstr(cookie.ptr, "; HttpOnly; SameSite=Lax"));
    back = session_of(&key, sent_back(cookie));
    assert_string_equal(back.user_id, session.user_id);
    assert_false(back.fresh);
    assert_int_equal(back.mark.offset, -1);
}

static void what_we_did_not_sign_is_a_new_shopper(void **state)
{
    struct session session = session_new();
    struct str cookie = sent_back(session_set_cookie(&key, &session, &arena));

    (void)state;
    assert_true(session_of(&other_key, cookie).fresh);
    for (size_t i = strlen(SESSION_COOKIE) + 1; i < cookie.len; i++) {
        struct str changed = arena_copy(&arena, cookie);
        char *bytes = arena_alloc(&arena, cookie.len);

        memcpy(bytes, changed.ptr, changed.len);
        bytes[i] = bytes[i] == '0' ? '1' : '0';
        if (i != strlen(SESSION_COOKIE) + 1 + ID_TEXT_LEN) /* the dot */
            assert_true(session_of(&key, (struct str){bytes, cookie.len}).fresh);
        assert_true(session_of(&key, (struct str){cookie.ptr, i}).fresh);
    }
    assert_true(session_of(&key, STR("")).fresh);
    assert_true(session_of(&key, STR(SESSION_COOKIE "=12345678-1234-1234-1234-123456789123")).fresh);
}

static void a_mark_comes_back_with_its_session_only(void **state)
{
    struct session session = session_new(), back;
    struct str cookie = sent_back(session_set_cookie(&key, &session, &arena)), mark, both;

    (void)state;
    session.mark = (struct cart_mark){4711, id_random()};
    mark = sent_back(session_set_mark(&session, &arena));
    both = arena_printf(&arena, STR_FMT "; " STR_FMT, STR_ARG(mark), STR_ARG(cookie));
    back = session_of(&key, both);
    assert_int_equal(back.mark.offset, 4711);
    assert_true(id_equal(&back.mark.command, &session.mark.command));
    assert_int_equal(session_of(&key, mark).mark.offset, -1);
}

static void nonsense_is_no_mark(void **state)
{
    static const char *const nonsense[] = {"",
                                           "1",
                                           "1.",
                                           ".x",
                                           "x.11111111-2222-4333-8444-555555555555",
                                           "-1.11111111-2222-4333-8444-555555555555",
                                           "99999999999999999999.11111111-2222-4333-8444-555555555555",
                                           "1.1111"};
    struct session session = session_new();
    struct str cookie = sent_back(session_set_cookie(&key, &session, &arena));

    (void)state;
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        struct str both = arena_printf(&arena, STR_FMT "; " CART_COOKIE "=%s", STR_ARG(cookie), nonsense[i]);

        if (session_of(&key, both).mark.offset != -1)
            fail_msg("'%s' passed for a mark", nonsense[i]);
    }
}

static void finds_a_cookie_among_others(void **state)
{
    struct str cookies = STR("a=1; shop_currency=EUR;b=; xshop_currency=USD; c=d=e");

    (void)state;
    assert_true(str_is(cookie_value(cookies, "shop_currency"), "EUR"));
    assert_true(str_is(cookie_value(cookies, "a"), "1"));
    assert_true(str_is(cookie_value(cookies, "b"), ""));
    assert_true(str_is(cookie_value(cookies, "c"), "d=e"));
    assert_null(cookie_value(cookies, "shop").ptr);
    assert_null(cookie_value(STR(""), "a").ptr);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_key_is_64_hex_digits_in_a_file(void **state)
{
    char path[] = "/tmp/session_test_XXXXXX";
    struct session_key read;
    struct err err;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    write_file(path, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1F\n");
    assert_int_equal(session_key_read(path, &read, &err), ST_OK);
    assert_int_equal(read.bytes[31], 0x1F);
    write_file(path, "0001");
    assert_int_equal(session_key_read(path, &read, &err), ST_FATAL);
    unlink(path);
    assert_int_equal(session_key_read(path, &read, &err), ST_FATAL);
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
        TEST(a_session_comes_back_as_it_went),
        TEST(what_we_did_not_sign_is_a_new_shopper),
        TEST(a_mark_comes_back_with_its_session_only),
        TEST(nonsense_is_no_mark),
        TEST(finds_a_cookie_among_others),
        TEST(a_key_is_64_hex_digits_in_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
