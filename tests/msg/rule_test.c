/* rule_test.c - what the rehearsals cannot see of a step: how its deadlines are named. */
/* links: msg base */
/* needs: none */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "msg/rule.h"

static void a_deadline_set_anew_for_the_same_moment_is_another_message(void **state)
{
    const struct id placed = {.bytes = "order placed"}, cancelled = {.bytes = "and cancelled"};
    struct id first = reminder_id(&placed, MSG_PRODUCT_DUE, STR("MUG"), 5);
    struct id same = reminder_id(&placed, MSG_PRODUCT_DUE, STR("MUG"), 5);
    struct id anew = reminder_id(&cancelled, MSG_PRODUCT_DUE, STR("MUG"), 5);
    struct id later = reminder_id(&placed, MSG_PRODUCT_DUE, STR("MUG"), 6);
    struct id of_lamp = reminder_id(&placed, MSG_PRODUCT_DUE, STR("LAMP"), 5);
    struct id other = reminder_id(&placed, MSG_CARD_OVERDUE, STR("MUG"), 5);

    (void)state;
    assert_true(id_equal(&first, &same));
    assert_false(id_equal(&first, &anew));
    assert_false(id_equal(&first, &later));
    assert_false(id_equal(&first, &of_lamp));
    assert_false(id_equal(&first, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_deadline_set_anew_for_the_same_moment_is_another_message)};

    return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}
