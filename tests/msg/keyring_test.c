/* keyring_test.c - a key opens what was sealed under it, until it is forgotten; older news never undoes newer. */
/* links: tests/sealing.c msg base */
#include "msg/keyring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/sealing.h"

static struct arena arena;
static struct seal_pair *own, *own_public;
static struct keyring *ring;
static struct sealing_customer ada;
static struct sealed email;
static const struct str order = {"order-1", 7};

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    sealing_pair(&own, &own_public);
    ring = keyring_open("email", own);
    ada = sealing_customer(&arena);
    email = sealing_field(&ada, STR("ada@example.com"), order, "email", &arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    keyring_close(ring);
    seal_pair_free(own);
    seal_pair_free(own_public);
    arena_release(&arena);
    return 0;
}

static bool learn(int64_t version, bool forgotten)
{
    struct customer_key key = sealing_key(&ada, "email", own_public, version, &arena);

    if (forgotten)
        key = (struct customer_key){.key_id = ada.key_id, .version = version, .forgotten = true};
    return keyring_learn(ring, &key);
}

static enum status open_email(struct str *plaintext)
{
    struct err err = {""};
    enum status status = keyring_open_field(ring, &email, order, "email", &arena, plaintext, &err);

    assert_true(status == ST_OK || err.text[0]);
    return status;
}

static void opens_a_field_with_a_key_it_was_told(void **state)
{
    struct str plaintext;

    (void)state;
    learn(1, false);
    for (int i = 0; i < 3; i++) { /* unwrapped once, kept for the others */
        assert_int_equal(open_email(&plaintext), ST_OK);
        assert_true(str_is(plaintext, "ada@example.com"));
    }
}

static void waits_for_a_key_it_never_heard_of(void **state)
{
    struct str plaintext;

    (void)state;
    assert_int_equal(open_email(&plaintext), ST_RETRY);
    learn(1, false);
    assert_int_equal(open_email(&plaintext), ST_OK);
}

static void refuses_a_field_in_another_place(void **state)
{
    struct str plaintext;

    (void)state;
    learn(1, false);
    assert_int_equal(keyring_open_field(ring, &email, STR("order-2"), "email", &arena, &plaintext, NULL), ST_REJECT);
    assert_int_equal(keyring_open_field(ring, &email, order, "address", &arena, &plaintext, NULL), ST_REJECT);
    assert_int_equal(open_email(&plaintext), ST_OK);
}

static void forgets_before_and_after_the_first_use(void **state)
{
    struct str plaintext;

    (void)state;
    learn(1, false);
    learn(2, true);
    assert_int_equal(open_email(&plaintext), ST_REJECT);
    learn(3, false);
    assert_int_equal(open_email(&plaintext), ST_OK);
    learn(4, true);
    assert_int_equal(open_email(&plaintext), ST_REJECT);
}

static void never_goes_back_to_an_older_version(void **state)
{
    struct str plaintext;

    (void)state;
    learn(7, true);
    assert_true(learn(6, false)); /* compaction would keep it: the owner says the forgotten one again */
    assert_int_equal(open_email(&plaintext), ST_REJECT);
    assert_true(learn(7, false));
    assert_int_equal(open_email(&plaintext), ST_REJECT);
    assert_false(learn(6, true));
    assert_false(learn(7, true));
}

static void lets_the_forgotten_one_win_among_equal_versions(void **state)
{
    struct str plaintext;

    (void)state;
    learn(1, false);
    learn(1, true);
    assert_int_equal(open_email(&plaintext), ST_REJECT);
}

static void tells_a_key_of_others_from_an_unknown_one(void **state)
{
    struct customer_key key = sealing_key(&ada, "shipping", own_public, 1, &arena);
    struct str plaintext;

    (void)state;
    keyring_learn(ring, &key);
    assert_int_equal(open_email(&plaintext), ST_REJECT);
}

static void survives_wraps_that_are_none(void **state)
{
    struct seal_pair *other;
    struct customer_key key = sealing_key(&ada, "email", own_public, 1, &arena);
    struct wrapped_key *wrap = (struct wrapped_key *)(uintptr_t)key.wraps.items;
    struct str plaintext;

    (void)state;
    wrap->key.ciphertext.len--;
    keyring_learn(ring, &key);
    assert_int_equal(open_email(&plaintext), ST_REJECT);
    sealing_pair(NULL, &other); /* the right shape, to somebody else */
    key = sealing_key(&ada, "email", other, 2, &arena);
    keyring_learn(ring, &key);
    assert_int_equal(open_email(&plaintext), ST_REJECT);
    assert_int_equal(open_email(&plaintext), ST_REJECT);
    seal_pair_free(other);
}

static void holds_thousands_of_keys_and_mixes_none_up(void **state)
{
    enum { CUSTOMERS = 3000 };
    struct sealing_customer *all = arena_array(&arena, CUSTOMERS, sizeof(*all));

    (void)state;
    all[0] = sealing_customer(&arena);
    struct customer_key first = sealing_key(&all[0], "email", own_public, 1, &arena);

    for (size_t i = 0; i < CUSTOMERS; i++) {
        all[i] = sealing_customer(&arena);
        if (i % 2) /* names that are no UUIDs have their place too */
            all[i].key_id = arena_printf(&arena, "customer %zu", i);
        /* One in a hundred really wrapped: agreeing on a secret takes its time. */
        struct customer_key key = i % 100 ? first : sealing_key(&all[i], "email", own_public, 1, &arena);

        key.key_id = all[i].key_id;
        keyring_learn(ring, &key);
    }
    for (size_t i = 0; i < CUSTOMERS; i++) {
        struct sealed field = sealing_field(&all[i], all[i].key_id, order, "email", &arena);
        struct str plaintext = {0};
        enum status status = keyring_open_field(ring, &field, order, "email", &arena, &plaintext, NULL);

        assert_int_equal(status, i % 100 ? ST_REJECT : ST_OK);
        assert_true(i % 100 || str_equal(plaintext, all[i].key_id));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opens_a_field_with_a_key_it_was_told, begin, end),
        cmocka_unit_test_setup_teardown(waits_for_a_key_it_never_heard_of, begin, end),
        cmocka_unit_test_setup_teardown(refuses_a_field_in_another_place, begin, end),
        cmocka_unit_test_setup_teardown(forgets_before_and_after_the_first_use, begin, end),
        cmocka_unit_test_setup_teardown(never_goes_back_to_an_older_version, begin, end),
        cmocka_unit_test_setup_teardown(lets_the_forgotten_one_win_among_equal_versions, begin, end),
        cmocka_unit_test_setup_teardown(tells_a_key_of_others_from_an_unknown_one, begin, end),
        cmocka_unit_test_setup_teardown(survives_wraps_that_are_none, begin, end),
        cmocka_unit_test_setup_teardown(holds_thousands_of_keys_and_mixes_none_up, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
