/* id_test.c - ids that others can check: RFC 9562's versions 4 and 5. */
/* links: base */
#include "base/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct id parsed(const char *text)
{
    struct id id;

    assert_true(id_parse(str_of(text), &id));
    return id;
}

/* RFC 9562, appendix A.4, and values of Python's uuid module. */
static void names_an_id_as_everybody_else_does(void **state)
{
    static const struct {
        const char *space, *name, *id;
    } cases[] = {
        {"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com", "2ed6657d-e927-568b-95e1-2665a8aea6a2"},
        {"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "python.org", "886313e1-3b8a-5372-9b90-0c9aee199e5d"},
        {"6ba7b811-9dad-11d1-80b4-00c04fd430c8", "", "1b4db7eb-4057-5ddf-91e0-36dec72071f5"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct id space = parsed(cases[i].space), want = parsed(cases[i].id);
        struct id got = id_named(&space, str_of(cases[i].name));

        assert_true(id_equal(&got, &want));
    }
}

static void gives_one_order_id_to_one_cart_generation(void **state)
{
    struct str user = STR("12345678-1234-1234-1234-123456789123");
    struct id order = id_of_order(user, 7), want = parsed("56dd8359-29f5-50a4-820a-ad35dc23dbc2");
    struct id next = id_of_order(user, 8);

    (void)state;
    assert_true(id_equal(&order, &want));
    assert_false(id_equal(&order, &next));
}

static void draws_random_ids_of_version_4_that_differ(void **state)
{
    struct id a = id_random(), b = id_random();

    (void)state;
    assert_int_equal(a.bytes[6] >> 4, 4);
    assert_int_equal(a.bytes[8] >> 6, 2);
    assert_false(id_equal(&a, &b));
}

static void reads_what_it_wrote_in_either_case(void **state)
{
    struct id id = parsed("2ED6657D-e927-568B-95E1-2665A8AEA6A2");
    struct arena arena;

    (void)state;
    arena_init(&arena);
    assert_string_equal(id_text(&id, &arena).ptr, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    assert_int_equal(id_text(&id, &arena).len, ID_TEXT_LEN);
    arena_release(&arena);
}

static void refuses_what_is_no_id_and_leaves_zero(void **state)
{
    static const char *const bad[] = {
        "",
        "2ed6657d",
        "2ed6657d-e927-568b-95e1-2665a8aea6a",
        "2ed6657d-e927-568b-95e1-2665a8aea6a22",
        "2ed6657de-927-568b-95e1-2665a8aea6a2",
        "2ed6657d-e927-568b-95e1-2665a8aea6g2",
        "2ed6657d_e927_568b_95e1_2665a8aea6a2",
        "{ed6657d-e927-568b-95e1-2665a8aea6a}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct id id = {{1}};

        assert_false(id_parse(str_of(bad[i]), &id));
        assert_true(id_is_zero(&id));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_an_id_as_everybody_else_does),
        cmocka_unit_test(gives_one_order_id_to_one_cart_generation),
        cmocka_unit_test(draws_random_ids_of_version_4_that_differ),
        cmocka_unit_test(reads_what_it_wrote_in_either_case),
        cmocka_unit_test(refuses_what_is_no_id_and_leaves_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
