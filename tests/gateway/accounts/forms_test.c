/* forms_test.c - what is typed to sign in, where one is led back to, how addresses are kept, and how tries are counted. */
/* links: gateway/accounts/sign_form.c gateway/accounts/tally.c gateway/order_form.c gateway/check.c gateway/form.c msg base */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mailbox.h"
#include "gateway/accounts/sign_form.h"
#include "gateway/accounts/tally.h"

static struct arena arena;

static struct sign_form read_form(const char *text, bool up)
{
    struct form form;
    struct sign_form read;

    form_init(&form);
    assert_int_equal(form_add_urlencoded(&form, str_of(text), &arena), FORM_OK);
    sign_form_read(&read, &form, up, "", &arena);
    return read;
}

static void a_mail_address_has_one_spelling(void **state)
{
    struct sign_form read = read_form("email=Kim%40Example.COM&password=x", false);

    (void)state;
    assert_true(read.good);
    assert_true(str_is(read.mail, "kim@example.com"));
    assert_true(str_is(read.shown.mail.value, "Kim@Example.COM"));
}

static void mistakes_are_told_beside_their_field(void **state)
{
    (void)state;
    assert_true(read_form("", false).shown.mail.error.len > 0);
    assert_true(read_form("", false).shown.password.error.len > 0);
    assert_true(read_form("email=kim&password=x", false).shown.mail.error.len > 0);
    assert_true(read_form("email=kim&password=x", false).shown.password.error.len == 0);
    assert_true(read_form("email=kim%40example.com&password=", false).shown.mail.error.len == 0);
    assert_false(read_form("email=kim%40example.com&password=", false).good);
}

static void a_password_is_never_shown_again(void **state)
{
    struct sign_form read = read_form("email=kim&password=correct-horse-battery", true);

    (void)state;
    assert_int_equal(read.shown.password.value.len, 0);
    assert_true(str_is(read.password, "correct-horse-battery"));
}

static void only_a_new_password_has_to_be_good(void **state)
{
    static const char *const bad[] = {"", "short", "123456789", "aaaaaaaaaaaaaaaa"};
    char longest[202];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (password_complaint(str_of(bad[i]), STR("kim@example.com")).len == 0)
            fail_msg("'%s' passed for a password", bad[i]);
    assert_true(password_complaint(STR("kim@example.com"), STR("kim@example.com")).len > 0);
    assert_int_equal(password_complaint(STR("1234567890"), STR("kim@example.com")).len, 0);
    for (size_t i = 0; i < sizeof longest; i++)
        longest[i] = (char)('a' + i % 26);
    assert_int_equal(password_complaint((struct str){longest, 200}, STR("")).len, 0);
    assert_true(password_complaint((struct str){longest, 201}, STR("")).len > 0);
    assert_true(read_form("email=kim%40example.com&password=short", false).good);
    assert_false(read_form("email=kim%40example.com&password=short", true).good);
}

static void one_is_led_back_to_a_page_of_this_site_only(void **state)
{
    static const char *const away[] = {"",
                                       "cart",
                                       "//evil.example",
                                       "/\\evil.example",
                                       "https://evil.example/",
                                       "javascript:alert(1)",
                                       "/signin",
                                       "/signup?next=/cart",
                                       "/logout",
                                       "/signout",
                                       "/a\r\nb",
                                       "/a b",
                                       "/account/password"};

    (void)state;
    for (size_t i = 0; i < sizeof away / sizeof *away; i++)
        if (!str_is(path_to_go_back(str_of(away[i]), "", &arena), "/"))
            fail_msg("'%s' was taken for a way back", away[i]);
    assert_true(str_is(path_to_go_back(STR("/cart"), "", &arena), "/cart"));
    assert_true(str_is(path_to_go_back(STR("/account"), "", &arena), "/account"));
    assert_true(str_is(path_to_go_back(STR("/?category=kitchen"), "", &arena), "/?category=kitchen"));
    assert_true(str_is(path_to_go_back(STR("/shop/cart"), "/shop", &arena), "/shop/cart"));
    assert_true(str_is(path_to_go_back(STR("/elsewhere"), "/shop", &arena), "/shop/"));
    assert_true(str_is(path_to_go_back(STR("/shop/signin"), "/shop", &arena), "/shop/"));
}

static void an_address_is_found_and_shown_with_the_key_only(void **state)
{
    const uint8_t key[SEAL_KEY_BYTES] = {1}, other[SEAL_KEY_BYTES] = {2};
    struct mailbox_keys keys = mailbox_keys_of(key), others = mailbox_keys_of(other);
    struct str mail = STR("kim@example.com"), user = STR("53d0c9bc-f3d6-4eae-8aec-39b31355e7ff");
    struct str sealed = mailbox_seal(&keys, mail, user, &arena);

    (void)state;
    assert_int_equal(mailbox_hash(&keys, mail, &arena).len, MAILBOX_HASH_TEXT);
    assert_true(str_equal(mailbox_hash(&keys, mail, &arena), mailbox_hash(&keys, mail, &arena)));
    assert_false(str_equal(mailbox_hash(&keys, mail, &arena), mailbox_hash(&others, mail, &arena)));
    assert_true(str_equal(mailbox_open(&keys, sealed, user, &arena), mail));
    assert_int_equal(mailbox_open(&others, sealed, user, &arena).len, 0);
    assert_int_equal(mailbox_open(&keys, sealed, STR("another"), &arena).len, 0);
    assert_int_equal(mailbox_open(&keys, (struct str){sealed.ptr, sealed.len - 2}, user, &arena).len, 0);
    assert_int_equal(mailbox_open(&keys, STR("zz"), user, &arena).len, 0);
    assert_false(str_equal(sealed, mailbox_seal(&keys, mail, user, &arena)));
}

static void tries_are_counted_within_their_window(void **state)
{
    struct tally *tally = calloc(1, sizeof *tally);
    int64_t left_ms;

    (void)state;
    assert_non_null(tally);
    tally->window_ms = 1000;
    assert_int_equal(tally_add(tally, STR("a"), 5000, &left_ms), 1);
    assert_int_equal(left_ms, 1000);
    assert_int_equal(tally_add(tally, STR("a"), 5400, &left_ms), 2);
    assert_int_equal(left_ms, 600);
    assert_int_equal(tally_add(tally, STR("b"), 5400, &left_ms), 1);
    assert_int_equal(tally_add(tally, STR("a"), 6000, &left_ms), 1);
    assert_int_equal(tally_add(tally, STR("a"), 6001, &left_ms), 2);
    tally_take_back(tally, STR("a"));
    assert_int_equal(tally_add(tally, STR("a"), 6002, &left_ms), 2);
    tally_take_back(tally, STR("nobody"));
    tally_clear(tally, STR("a"));
    tally_take_back(tally, STR("a"));
    assert_int_equal(tally_add(tally, STR("a"), 6003, &left_ms), 1);
    free(tally);
}

static void nobody_is_counted_too_little(void **state)
{
    struct tally *tally = calloc(1, sizeof *tally);
    int64_t left_ms;

    (void)state;
    assert_non_null(tally);
    tally->window_ms = 1000;
    assert_int_equal(tally_add(tally, STR("victim"), 0, &left_ms), 1);
    for (int i = 0; i < 4 * TALLY_PLACES; i++) /* whatever others there are, they do not push anybody out */
        (void)tally_add(tally, arena_printf(&arena, "other %d", i), 1, &left_ms);
    assert_true(tally_add(tally, STR("victim"), 2, &left_ms) >= 2);
    free(tally);
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
        TEST(a_mail_address_has_one_spelling),
        TEST(mistakes_are_told_beside_their_field),
        TEST(a_password_is_never_shown_again),
        TEST(only_a_new_password_has_to_be_good),
        TEST(one_is_led_back_to_a_page_of_this_site_only),
        TEST(an_address_is_found_and_shown_with_the_key_only),
        TEST(tries_are_counted_within_their_window),
        TEST(nobody_is_counted_too_little),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
