/* cart_limits_test.c - how much a cart holds, and what it says to more. */
/* links: services/cart tests/rehearsal msg base */
#include "tests/services/cart_hands.h"

static void refuses_with_a_sentence_and_changes_nothing(void **state)
{
    (void)state;
    add("MUG", 98);
    assert_string_equal(add("MUG", 2), "2.0 REFUSED 98 x MUG");
    assert_string_equal(reason(), "A cart holds 1 to 99 of a product.");
    assert_string_equal(add("MUG", 1), "3.0 ACCEPTED 99 x MUG");
    assert_string_equal(reason(), "");
    assert_string_equal(add("WATCH", 0), "4.0 REFUSED 99 x MUG");
    assert_string_equal(add("WATCH", INT32_MIN), "5.0 REFUSED 99 x MUG");
    assert_string_equal(add("WATCH", 100), "6.0 REFUSED 99 x MUG");
    assert_string_equal(change("MUG", 100), "7.0 REFUSED 99 x MUG");
    assert_string_equal(change("MUG", -1), "8.0 REFUSED 99 x MUG");
    assert_string_equal(change("WATCH", 1), "9.0 REFUSED 99 x MUG");
    assert_string_equal(reason(), "It is not in the cart any more.");
    assert_string_equal(add("a mug", 1), "10.0 REFUSED 99 x MUG");
    assert_string_equal(reason(), "There is no such product.");
    assert_string_equal(add("", 1), "11.0 REFUSED 99 x MUG");
    assert_string_equal(add("M\xc3\xbcG", 1), "12.0 REFUSED 99 x MUG");
    assert_string_equal(add("a-product-id-of-sixty-five-characters-which-is-one-more-than-may-b", 1),
                        "13.0 REFUSED 99 x MUG");
}

static void holds_fifty_products(void **state)
{
    char product[16];

    (void)state;
    for (int i = 0; i < CART_LINES_MAX; i++) {
        snprintf(product, sizeof(product), "P%d", i);
        add(product, 1);
    }
    assert_memory_equal(shown(), "50.0 ACCEPTED 1 x P0 ", 21);
    add("ONE-MORE", 1);
    assert_string_equal(reason(), "A cart holds at most 50 different products.");
    change("P30", 0);
    add("ONE-MORE", 1);
    assert_string_equal(reason(), "");
    assert_int_equal(last_cart()->lines.count, 50);
}

static void merges_once_however_often(void **state)
{
    const struct cart_line theirs[] = {{STR("MUG"), 3}, {STR("WATCH"), 1}},
                           wrong[] = {{STR("JAR"), 1}, {STR("MUG"), 100}};

    (void)state;
    add("WATCH", 2);
    assert_string_equal(merge(theirs, 2), "2.0 ACCEPTED 2 x WATCH 3 x MUG");
    assert_string_equal(merge(theirs, 2), "3.0 ACCEPTED 2 x WATCH 3 x MUG");
    assert_string_equal(merge(wrong, 2), "4.0 REFUSED 2 x WATCH 3 x MUG");
    assert_string_equal(merge(NULL, 0), "5.0 ACCEPTED 2 x WATCH 3 x MUG");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(refuses_with_a_sentence_and_changes_nothing, clear),
        cmocka_unit_test_setup(holds_fifty_products, clear),
        cmocka_unit_test_setup(merges_once_however_often, clear),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    rehearsal_release(&r);
    return failed;
}
