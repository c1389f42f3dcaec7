/* cart_test.c - what goes in and out of a cart, and what an order's end does to it. */
/* links: services/cart tests/rehearsal msg base */
#include "tests/services/cart_hands.h"

static const struct cart_ordering ordering = {STR_INIT("user-1"), STR_INIT("order"), 0};

static const char *sell(int64_t generation, const struct cart_line *lines, size_t count)
{
    rehearsal_hear(&r, MSG_CART_ORDERED, &(struct cart_ordered){USER, STR("order"), generation, {lines, count}}, NULL);
    return shown();
}

static const char *keep(int64_t generation)
{
    rehearsal_hear(&r, MSG_CART_KEPT, &(struct cart_kept){USER, STR("order"), generation, STR("sold out")}, NULL);
    return shown();
}

static void has_a_rule_for_everything(void **state)
{
    (void)state;
    rehearsal_is_total(&cart_rules);
}

static void answers_each_command_with_the_whole_cart(void **state)
{
    (void)state;
    assert_string_equal(add("MUG", 2), "1.0 ACCEPTED 2 x MUG");
    assert_string_equal(add("WATCH", 1), "2.0 ACCEPTED 2 x MUG 1 x WATCH");
    assert_string_equal(add("MUG", 3), "3.0 ACCEPTED 5 x MUG 1 x WATCH");
    assert_string_equal(change("WATCH", 4), "4.0 ACCEPTED 5 x MUG 4 x WATCH");
    assert_string_equal(change("MUG", 0), "5.0 ACCEPTED 4 x WATCH");
    assert_string_equal(change("MUG", 0), "6.0 ACCEPTED 4 x WATCH");
    rehearsal_hear(&r, MSG_EMPTY_CART, &(struct empty_cart){USER}, NULL);
    assert_string_equal(shown(), "7.0 ACCEPTED");
    assert_int_equal(rehearsal_said(&r, MSG_CART_UPDATED), 7);
}

static void says_which_commands_it_answered(void **state)
{
    const struct cart_updated *cart;

    (void)state;
    add("MUG", 1);
    cart = rehearsal_last(&r, MSG_CART_UPDATED);
    assert_int_equal(cart->position, 0);
    for (int i = 1; i < CART_COMMANDS_KEPT + 3; i++)
        change("MUG", 1 + i % 9);
    cart = rehearsal_last(&r, MSG_CART_UPDATED);
    assert_int_equal(cart->position, CART_COMMANDS_KEPT + 2);
    assert_int_equal(cart->command_ids.count, CART_COMMANDS_KEPT);
    assert_true(
        str_equal(cart->command_ids.items[CART_COMMANDS_KEPT - 1], id_text(&r.heard_ids[r.heard_count - 1], &r.arena)));
    assert_true(str_equal(cart->command_ids.items[0], id_text(&r.heard_ids[3], &r.arena)));
    /* An order's end answers no command. */
    keep(0);
    cart = rehearsal_last(&r, MSG_CART_UPDATED);
    assert_int_equal(cart->position, CART_COMMANDS_KEPT + 2);
    assert_int_equal(cart->command_ids.count, CART_COMMANDS_KEPT);
}

static void starts_before_the_first_command(void **state)
{
    (void)state;
    assert_string_equal(keep(0), "1.1 UNKNOWN");
    assert_int_equal(last_cart()->position, -1);
}

static void takes_out_what_was_sold_and_nothing_else(void **state)
{
    const struct cart_line sold[] = {{STR("MUG"), 2}, {STR("WATCH"), 1}, {STR("JAR"), 5}};

    (void)state;
    add("MUG", 2);
    add("WATCH", 3);
    add("CANDLE", 1);
    assert_string_equal(sell(0, sold, 3), "4.1 ACCEPTED 2 x WATCH 1 x CANDLE");
    /* said again, or of an order that ended long ago */
    sell(0, sold, 3);
    keep(0);
    assert_string_equal(shown(), "4.1 ACCEPTED 2 x WATCH 1 x CANDLE");
    assert_int_equal(rehearsal_said(&r, MSG_CART_UPDATED), 4);
    assert_string_equal(keep(1), "5.2 ACCEPTED 2 x WATCH 1 x CANDLE");
    assert_string_equal(sell(2, sold, 2), "6.3 ACCEPTED 1 x WATCH 1 x CANDLE");
}

static void remembers_the_outcome_over_an_orders_end(void **state)
{
    (void)state;
    add("MUG", 100);
    assert_string_equal(keep(0), "2.1 REFUSED");
    assert_string_equal(reason(), "A cart holds 1 to 99 of a product.");
}

static void repeats_do_nothing(void **state)
{
    const struct add_item item = {USER, STR("MUG"), 1};

    (void)state;
    rehearsal_hear(&r, MSG_ADD_ITEM, &item, "once");
    rehearsal_hear(&r, MSG_ADD_ITEM, &item, "once");
    assert_string_equal(shown(), "1.0 ACCEPTED 1 x MUG");
    assert_int_equal(rehearsal_said(&r, MSG_CART_UPDATED), 1);
}

/* The last CartExpired as "<version>.<generation> <idle since, of the start> <lines>". */
static const char *expired(void)
{
    static char text[512];
    const struct cart_expired *cart = rehearsal_last(&r, MSG_CART_EXPIRED);
    int len;

    if (!cart)
        return "nothing expired";
    len = snprintf(text, sizeof(text), "%d.%d %d", (int)cart->version, (int)cart->generation,
                   (int)(cart->idle_since_ms - REHEARSAL_START_MS));
    put_lines(text, sizeof(text), len, &cart->lines);
    return text;
}

static void each_command_puts_the_expiry_off(void **state)
{
    (void)state;
    add("MUG", 1);
    assert_int_equal(rehearsal_due(&r, MSG_CART_IDLE, USER), REHEARSAL_START_MS + 60000);
    r.now_ms += 50000;
    add("MUG", 100); /* refused: somebody is there all the same */
    assert_int_equal(rehearsal_due(&r, MSG_CART_IDLE, USER), REHEARSAL_START_MS + 110000);
    change("MUG", 0);
    assert_true(rehearsal_due(&r, MSG_CART_IDLE, USER) == INT64_MIN); /* nothing can expire */
}

static void says_what_was_in_it_and_keeps_its_generation(void **state)
{
    (void)state;
    add("MUG", 2);
    add("WATCH", 1);
    keep(0);
    r.now_ms += 7;
    change("WATCH", 3);
    rehearsal_ring(&r, MSG_CART_IDLE, USER);
    assert_string_equal(expired(), "5.1 7 2 x MUG 3 x WATCH");
    assert_int_equal(((const struct cart_expired *)rehearsal_last(&r, MSG_CART_EXPIRED))->position, 3);
    assert_string_equal(add("JAR", 1), "6.1 ACCEPTED 1 x JAR");
    assert_int_equal(last_cart()->left_behind.count, 2);
    assert_int_equal(last_cart()->left_since_ms, REHEARSAL_START_MS + 7);
}

static void puts_back_what_was_left_behind(void **state)
{
    const struct cart_line lines[] = {{STR("MUG"), 2}, {STR("WATCH"), 1}}, guest[] = {{STR("JAR"), 1}};

    (void)state;
    add("MUG", 2);
    add("WATCH", 1);
    rehearsal_ring(&r, MSG_CART_IDLE, USER);
    assert_string_equal(merge(guest, 1), "4.0 ACCEPTED 1 x JAR");
    assert_int_equal(last_cart()->left_behind.count, 2);
    rehearsal_hear(&r, MSG_MERGE_CART, &(struct merge_cart){USER, USER, {lines, 2}}, NULL);
    assert_string_equal(shown(), "5.0 ACCEPTED 1 x JAR 2 x MUG 1 x WATCH");
    assert_int_equal(last_cart()->left_behind.count, 0);
}

static void forgets_what_nobody_wants_back(void **state)
{
    (void)state;
    add("MUG", 2);
    rehearsal_ring(&r, MSG_CART_IDLE, USER);
    assert_int_equal(rehearsal_due(&r, MSG_CART_IDLE, USER), REHEARSAL_START_MS + 11 * 60000);
    rehearsal_ring(&r, MSG_CART_IDLE, USER);
    assert_string_equal(shown(), "3.0 ACCEPTED");
    assert_int_equal(last_cart()->left_behind.count, 0);
    assert_true(rehearsal_due(&r, MSG_CART_IDLE, USER) == INT64_MIN);
    assert_string_equal(add("MUG", 1), "4.0 ACCEPTED 1 x MUG");
    rehearsal_ring(&r, MSG_CART_IDLE, USER);
    rehearsal_hear(&r, MSG_EMPTY_CART, &(struct empty_cart){USER}, NULL);
    assert_int_equal(last_cart()->left_behind.count, 0);
}

static void does_not_expire_while_it_is_ordered(void **state)
{
    (void)state;
    add("MUG", 2);
    rehearsal_hear(&r, MSG_CART_ORDERING, &ordering, NULL);
    rehearsal_ring(&r, MSG_CART_IDLE, USER);
    assert_string_equal(expired(), "nothing expired");
    assert_string_equal(keep(0), "2.1 ACCEPTED 2 x MUG");
    rehearsal_hear(&r, MSG_CART_ORDERING, &ordering, NULL); /* said twice: it has ended */
    rehearsal_ring(&r, MSG_CART_IDLE, USER);
    assert_string_equal(expired(), "3.1 60000 2 x MUG");
}

static void comes_back_when_it_was_ordered_in_the_last_moment(void **state)
{
    (void)state;
    add("MUG", 2);
    rehearsal_ring(&r, MSG_CART_IDLE, USER);
    rehearsal_hear(&r, MSG_CART_ORDERING, &ordering, NULL);
    assert_string_equal(shown(), "3.0 ACCEPTED 2 x MUG");
    assert_int_equal(last_cart()->left_behind.count, 0);
    assert_string_equal(keep(0), "4.1 ACCEPTED 2 x MUG");
}

static void holds_nothing_of_who_is_forgotten(void **state)
{
    struct customer_forgotten forgotten = {.user_id = USER};

    (void)state;
    rehearsal_hear(&r, MSG_CUSTOMER_FORGOTTEN, &forgotten, NULL);
    assert_null(last_cart()); /* there never was a cart */
    add("MUG", 3);
    rehearsal_hear(&r, MSG_CART_KEPT, &(struct cart_kept){USER, STR("order"), 0, STR("sold out")}, NULL);
    r.now_ms += 60001;
    rehearsal_ring(&r, MSG_CART_IDLE, USER);
    add("WATCH", 1);
    assert_string_equal(shown(), "4.1 ACCEPTED 1 x WATCH");
    assert_int_equal(last_cart()->left_behind.count, 1);
    rehearsal_hear(&r, MSG_CUSTOMER_FORGOTTEN, &forgotten, NULL);
    assert_string_equal(shown(), "5.1 ACCEPTED"); /* the generation stays: no order's id is made twice */
    assert_int_equal(last_cart()->left_behind.count, 0);
    assert_int_equal(last_cart()->command_ids.count, 0);
    assert_true(rehearsal_due(&r, MSG_CART_IDLE, USER) == INT64_MIN);
}

/* Nine adds at once are nine of it, and an order of three of them leaves six, in every order. */
static const char *has_six_left(struct rehearsal *played, void *context)
{
    const struct cart *cart = rehearsal_row(played, USER);

    (void)context;
    if (!str_is(cart->lines, "4 MUG\n2 WATCH\n") && !str_is(cart->lines, "2 WATCH\n4 MUG\n"))
        return "not four mugs and two watches";
    return cart->generation == 1 ? NULL : "not the next generation";
}

static void put_enough_in(struct rehearsal *played)
{
    const struct add_item first = {USER, STR("MUG"), 3};

    rehearsal_hear(played, MSG_ADD_ITEM, &first, "first");
}

static void adds_and_sales_may_come_in_any_order(void **state)
{
    const struct add_item mug = {USER, STR("MUG"), 2}, watch = {USER, STR("WATCH"), 1};
    const struct cart_line sold[] = {{STR("MUG"), 3}};
    const struct cart_ordered ordered = {USER, STR("order"), 0, {sold, 1}};
    const struct play all[] = {{MSG_ADD_ITEM, &mug, "a", {0}, 0},
                               {MSG_ADD_ITEM, &mug, "b", {0}, 0},
                               {MSG_ADD_ITEM, &watch, "c", {0}, 0},
                               {MSG_ADD_ITEM, &watch, "d", {0}, 0},
                               {MSG_CART_ORDERED, &ordered, "e", {0}, 0}};
    const struct every_order every = {
        .messages = all, .count = 5, .repeats = true, .setup = put_enough_in, .check = has_six_left};

    (void)state;
    assert_int_equal(rehearsal_every_order(&r, &every), 120 * 16);
}

static void ran_every_rule(void **state)
{
    (void)state;
    rehearsal_all_rules_ran(&cart_rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_a_rule_for_everything),
        cmocka_unit_test_setup(answers_each_command_with_the_whole_cart, clear),
        cmocka_unit_test_setup(says_which_commands_it_answered, clear),
        cmocka_unit_test_setup(starts_before_the_first_command, clear),
        cmocka_unit_test_setup(takes_out_what_was_sold_and_nothing_else, clear),
        cmocka_unit_test_setup(remembers_the_outcome_over_an_orders_end, clear),
        cmocka_unit_test_setup(repeats_do_nothing, clear),
        cmocka_unit_test_setup(each_command_puts_the_expiry_off, clear),
        cmocka_unit_test_setup(says_what_was_in_it_and_keeps_its_generation, clear),
        cmocka_unit_test_setup(puts_back_what_was_left_behind, clear),
        cmocka_unit_test_setup(forgets_what_nobody_wants_back, clear),
        cmocka_unit_test_setup(does_not_expire_while_it_is_ordered, clear),
        cmocka_unit_test_setup(comes_back_when_it_was_ordered_in_the_last_moment, clear),
        cmocka_unit_test_setup(holds_nothing_of_who_is_forgotten, clear),
        cmocka_unit_test_setup(adds_and_sales_may_come_in_any_order, clear),
        cmocka_unit_test(ran_every_rule),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    rehearsal_release(&r);
    return failed;
}
