/* token_test.c - what a signed-in browser holds, and how long that is good for. */
/* links: gateway/accounts/token.c gateway/session.c base */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/accounts/token.h"

static const struct session_key key = {.bytes = {1, 2, 3}}, other_key = {.bytes = {1, 2, 4}};
static const struct life_limits limits = {.idle_ms = 8000, .absolute_ms = 100000, .trust_ms = 60};
static struct arena arena;

/* What a browser sends back for a Set-Cookie. */
static struct str sent_back(struct str set_cookie)
{
    const char *end = memchr(set_cookie.ptr, ';', set_cookie.len);

    return arena_copy(&arena, (struct str){set_cookie.ptr, (size_t)(end - set_cookie.ptr)});
}

static struct str cookie_of(const struct token *token)
{
    return sent_back(token_set_cookie(&key, token, 5000, false, &arena));
}

static struct token somebody(void)
{
    struct id id = id_random();

    return token_new(id_text(&id, &arena));
}

static void a_token_comes_back_as_it_went(void **state)
{
    struct token token = somebody(), back;
    struct str cookie = token_set_cookie(&key, &token, 5000, true, &arena);

    (void)state;
    assert_non_null(strstr(cookie.ptr, "; Path=/; Max-Age=5; HttpOnly; SameSite=Lax; Secure"));
    assert_null(strstr(token_set_cookie(&key, &token, 5000, false, &arena).ptr, "Secure"));
    assert_true(token_of(&key, sent_back(cookie), &back));
    assert_string_equal(back.user_id, token.user_id);
    assert_string_equal(back.hash, token.hash);
    assert_memory_equal(back.secret, token.secret, sizeof token.secret);
    assert_int_equal(strlen(back.hash), TOKEN_HASH_TEXT);
}

static void what_is_kept_is_not_what_the_browser_holds(void **state)
{
    struct token token = somebody(), next = token_new(str_of(token.user_id));

    (void)state;
    assert_null(strstr(cookie_of(&token).ptr, token.hash));
    assert_string_not_equal(token.hash, next.hash);
}

static void whatever_we_did_not_sign_is_nobody(void **state)
{
    struct token token = somebody(), other = somebody(), back;
    struct str cookie = cookie_of(&token);
    size_t start = strlen(ACCOUNT_COOKIE) + 1;

    (void)state;
    assert_false(token_of(&other_key, cookie, &back));
    assert_false(token_of(&key, STR(""), &back));
    assert_false(token_of(&key, STR(ACCOUNT_COOKIE "="), &back));
    for (size_t i = start; i < cookie.len; i++) {
        char *bytes = arena_alloc(&arena, cookie.len);

        memcpy(bytes, cookie.ptr, cookie.len);
        bytes[i] = bytes[i] == '0' ? '1' : '0';
        if (token_of(&key, (struct str){bytes, cookie.len}, &back))
            fail_msg("byte %zu does not matter", i);
        assert_false(token_of(&key, (struct str){cookie.ptr, i}, &back));
    }
    { /* one user's name with another's secret */
        char *bytes = arena_alloc(&arena, cookie.len);

        memcpy(bytes, cookie.ptr, cookie.len);
        memcpy(bytes + start, other.user_id, ID_TEXT_LEN);
        assert_false(token_of(&key, (struct str){bytes, cookie.len}, &back));
    }
}

static void a_session_without_an_account_is_no_token(void **state)
{
    struct session session = session_new();
    struct token back;

    (void)state;
    assert_false(token_of(&key, sent_back(session_set_cookie(&key, &session, &arena)), &back));
}

static void an_idle_life_ends_and_so_does_a_long_one(void **state)
{
    struct life life = {.begun_ms = 1000, .seen_ms = 1000, .checked_ms = 1000};

    (void)state;
    assert_false(life_is_over(&life, &limits, 8999));
    assert_true(life_is_over(&life, &limits, 9000));
    life.seen_ms = 100000;
    assert_false(life_is_over(&life, &limits, 100999));
    assert_true(life_is_over(&life, &limits, 101000));
}

static void what_was_checked_is_believed_for_a_while(void **state)
{
    struct life life = {.begun_ms = 0, .seen_ms = 0, .checked_ms = 1000};

    (void)state;
    assert_false(life_is_stale(&life, &limits, 1059));
    assert_true(life_is_stale(&life, &limits, 1060));
    assert_false(life_is_old(&life, &limits, 1599));
    assert_true(life_is_old(&life, &limits, 1600));
}

static void use_is_noted_eight_times_in_the_idle_time_at_least(void **state)
{
    struct life life = {.seen_ms = 0};
    const struct life_limits long_idle = {.idle_ms = 14LL * 24 * 3600 * 1000};

    (void)state;
    assert_false(life_wants_note(&life, &limits, 999));
    assert_true(life_wants_note(&life, &limits, 1000));
    assert_false(life_wants_note(&life, &long_idle, 3599999));
    assert_true(life_wants_note(&life, &long_idle, 3600000));
}

static void a_life_is_read_as_it_was_written(void **state)
{
    static const char *const nonsense[] = {"",
                                           "ended",
                                           "live",
                                           "live 1 2",
                                           "live 1 2 3 4",
                                           "live 1 2 3x",
                                           "dead 1 2 3",
                                           "live 1 2 9999999999999999999999"};
    const struct life life = {1795549911000, 1795549912000, 1795549913000};
    struct life back;

    (void)state;
    assert_true(life_read(life_write(&life, &arena), &back));
    assert_memory_equal(&life, &back, sizeof life);
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
        if (life_read(str_of(nonsense[i]), &back))
            fail_msg("'%s' passed for a life", nonsense[i]);
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
        TEST(a_token_comes_back_as_it_went),
        TEST(what_is_kept_is_not_what_the_browser_holds),
        TEST(whatever_we_did_not_sign_is_nobody),
        TEST(a_session_without_an_account_is_no_token),
        TEST(an_idle_life_ends_and_so_does_a_long_one),
        TEST(what_was_checked_is_believed_for_a_while),
        TEST(use_is_noted_eight_times_in_the_idle_time_at_least),
        TEST(a_life_is_read_as_it_was_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
