/* views_writer_test.c - views against a Redis of its own, which is flushed, killed, filled up and started again. */
/* links: streams/views run store msg base */
/* needs: none */
#include "tests/streams/views_world.h"

static void keeps_the_greatest_cart(void **state)
{
    (void)state;
    hear_cart(7, 10);
    keep(false);
    assert_string_equal(redis_says("HGET cart:ann version"), "7");
    hear_cart(6, 11);
    hear_cart(9, 12);
    hear_cart(8, 13);
    keep(false);
    assert_string_equal(redis_says("HGET cart:ann version"), "9");
    assert_string_equal(redis_says("HGET views:positions cart.events/3"), "14");
    assert_int_equal(writer_position(world.writer, TOPIC_CART_EVENTS, 3), 14);
}

static void keeps_a_cart_as_it_was(void **state)
{
    struct str value = msg_encode(MSG_CART_UPDATED, &(struct cart_updated){.user_id = STR("ann"), .version = 1},
                                  &world.arena);
    redisReply *reply;

    (void)state;
    hear_cart(1, 0);
    keep(false);
    reply = redisCommand(world.look, "HGET cart:ann value");
    assert_int_equal(reply->len, value.len);
    assert_memory_equal(reply->str, value.ptr, value.len);
    freeReplyObject(reply);
}

static void keeps_an_event_once_and_lists_its_order(void **state)
{
    static const char field[] = "05000000-0000-0000-0000-000000000000";

    (void)state;
    hear_order(5, 0);
    hear_order(5, 1);
    hear_order(7, 2);
    hear(MSG_STOCK_RESERVED, &(struct stock_reserved){.order_id = STR("o-1")}, 6, 0);
    keep(false);
    assert_string_equal(redis_says("HLEN order:o-1"), "3");
    assert_memory_equal(redis_says("HGET order:o-1 %s", field), "1700000000005 ", 14);
    assert_string_equal(redis_says("ZSCORE orders:ann o-1"), "1700000000005");
    assert_string_equal(redis_says("ZCARD orders:ann"), "1");
    assert_string_equal(redis_says("HGET views:positions stock.events/3"), "1");
}

static void hear_forgotten(int64_t offset)
{
    hear(MSG_CUSTOMER_FORGOTTEN, &(struct customer_forgotten){.user_id = STR("ann")}, 90, offset);
}

/* Whichever is heard first: a rebuild reads topics side by side. */
static void lists_nothing_of_who_is_forgotten(void **state)
{
    (void)state;
    hear_order(5, 0);
    hear_forgotten(0);
    keep(false);
    assert_string_equal(redis_says("EXISTS orders:ann"), "0");
    assert_string_equal(redis_says("EXISTS order:o-1"), "1");
    hear(MSG_ORDER_PLACED, &(struct order_placed){.order_id = STR("o-2"), .user_id = STR("ann")}, 8, 3);
    hear(MSG_ORDER_PLACED, &(struct order_placed){.order_id = STR("o-3"), .user_id = STR("bob")}, 9, 4);
    keep(false);
    assert_string_equal(redis_says("EXISTS orders:ann"), "0");
    assert_string_equal(redis_says("ZCARD orders:bob"), "1");
}

/* The times of these messages are years ago. */
static void lets_go_of_what_is_old(void **state)
{
    const struct cart_line mug = {STR("MUG"), 1};
    struct cart_updated full = {.user_id = STR("ann"), .version = 1, .lines = {&mug, 1}};

    (void)state;
    world.keep = (struct view_keep){1000, INT64_C(4102444800000) - 1700000000000}; /* orders go in 2100 */
    hear(MSG_CART_UPDATED, &full, 1, 1);
    hear_order(2, 2);
    hear(MSG_STOCK_RESERVED, &(struct stock_reserved){.order_id = STR("o-1")}, 9, 3);
    hear(MSG_PAYMENT_CHARGED, &(struct payment_charged){.order_id = STR("o-1")}, 5, 4);
    keep(true);
    assert_string_equal(redis_says("PTTL cart:ann"), "-1");
    assert_string_equal(redis_says("PEXPIRETIME order:o-1"), "4102444800009"); /* after the latest of them */
    assert_string_equal(redis_says("PEXPIRETIME orders:ann"), "4102444800002");
    hear(MSG_CART_EXPIRED, &(struct cart_expired){.user_id = STR("ann"), .version = 2, .lines = {&mug, 1}}, 1, 5);
    keep(true);
    assert_string_equal(redis_says("EXISTS cart:ann"), "0");
    full.version = 3;
    hear(MSG_CART_UPDATED, &full, 1, 6);
    keep(true);
    assert_string_equal(redis_says("HGET cart:ann version"), "3");
    world.keep.orders_ms = 1000;
    hear(MSG_ORDER_PLACED, &(struct order_placed){.order_id = STR("o-2"), .user_id = STR("ann")}, 200, 7);
    keep(true);
    assert_string_equal(redis_says("EXISTS order:o-2"), "0");
    assert_string_equal(redis_says("ZCARD orders:ann"), "2"); /* what is on the list stays as long as the newest */
    world.keep.orders_ms = 100;
    hear(MSG_ORDER_PLACED, &(struct order_placed){.order_id = STR("o-3"), .user_id = STR("ann")}, 201, 8);
    keep(true);
    assert_string_equal(redis_says("ZCARD orders:ann"), "2"); /* o-1 was too long before it */
    assert_string_equal(redis_says("ZSCORE orders:ann o-1"), "-");
    world.keep = (struct view_keep){0, 0};
    hear_order(3, 9);
    keep(true);
    assert_string_equal(redis_says("PTTL order:o-1"), "-1");
}

/* Expiry counts as a version of the cart. */
static void keeps_an_expired_cart_as_it_was(void **state)
{
    (void)state;
    hear_cart(1, 1);
    hear(MSG_CART_EXPIRED, &(struct cart_expired){.user_id = STR("ann"), .version = 2}, 1, 2);
    hear_cart(1, 3);
    keep(true);
    assert_string_equal(redis_says("HGET cart:ann version"), "2");
    assert_string_equal(redis_says("PTTL cart:ann"), "-1");
}

static void publishes_what_is_new_and_nothing_else(void **state)
{
    struct timeval patience = {2, 0};
    redisContext *listener = connect_to_server();
    redisReply *reply;

    (void)state;
    redisSetTimeout(listener, patience);
    freeReplyObject(redisCommand(listener, "PSUBSCRIBE *"));
    hear_order(5, 0);
    hear_order(5, 0);
    hear_cart(2, 0);
    hear_cart(1, 1);
    hear_order(6, 2);
    keep(false);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(redisGetReply(listener, (void **)&reply), REDIS_OK);
        assert_string_equal(reply->element[2]->str, i == 1 ? "cart:ann" : "order:o-1");
        if (i == 0)
            assert_memory_equal(reply->element[3]->str, "05000000-0000-0000-0000-000000000000 1700000000005 ", 51);
        freeReplyObject(reply);
    }
    assert_string_equal(redis_says("PUBLISH end -"), "1");
    assert_int_equal(redisGetReply(listener, (void **)&reply), REDIS_OK);
    assert_string_equal(reply->element[2]->str, "end");
    freeReplyObject(reply);
    redisFree(listener);
}

static void marks_the_views_when_all_is_in_them(void **state)
{
    struct err why;

    (void)state;
    hear_cart(1, 0);
    keep(false);
    assert_string_equal(redis_says("GET views:mark"), "-");
    assert_false(writer_ready(world.writer, &why));
    keep(true);
    assert_int_equal(strlen(redis_says("GET views:mark")), ID_TEXT_LEN);
    assert_string_equal(redis_says("EXISTS views:rebuilding"), "0");
    assert_true(writer_ready(world.writer, &why));
    assert_false(writer_flush(world.writer, true));
}

/* Whoever reads them need not guess whether they are still written. */
static void says_that_it_lives_while_the_views_are_whole(void **state)
{
    (void)state;
    hear_cart(1, 0);
    keep(false);
    turn(1200);
    assert_string_equal(redis_says("EXISTS views:alive"), "0");
    keep(true);
    for (int i = 0; i < 800 && strcmp(redis_says("EXISTS views:alive"), "1") != 0; i++)
        turn(10);
    assert_in_range(atol(redis_says("PTTL views:alive")), 1, atol(WRITER_ALIVE_MS));
}

static void goes_on_where_another_process_stopped(void **state)
{
    const struct writer_hooks hooks = {begin, stop, kept};

    (void)state;
    hear_cart(1, 41);
    hear(MSG_EMAIL_SENT, &(struct email_sent){.order_id = STR("o-1")}, 2, 7);
    keep(true);
    writer_close(world.writer);
    world.writer = writer_open(world.base, world.redis, &world.keep, &hooks, NULL);
    turn_until(&world.begun, 2);
    assert_int_equal(writer_position(world.writer, TOPIC_CART_EVENTS, 3), 42);
    assert_int_equal(writer_position(world.writer, TOPIC_EMAIL_EVENTS, 3), 8);
    assert_int_equal(writer_position(world.writer, TOPIC_EMAIL_EVENTS, 2), -1);
}

/* A process that died while it was writing everything anew leaves no mark: the next one starts over. */
static void starts_over_what_was_not_finished(void **state)
{
    const struct writer_hooks hooks = {begin, stop, kept};

    (void)state;
    hear_cart(1, 41);
    keep(false);
    writer_close(world.writer);
    world.writer = writer_open(world.base, world.redis, &world.keep, &hooks, NULL);
    turn_until(&world.begun, 2);
    assert_int_equal(writer_position(world.writer, TOPIC_CART_EVENTS, 3), -1);
    hear_cart(1, 41);
    keep(true);
    assert_int_equal(strlen(redis_says("GET views:mark")), ID_TEXT_LEN);
}

/* Positions of an incarnation that is gone are not taken for those of the next. */
static void forgets_the_positions_with_the_mark(void **state)
{
    const struct writer_hooks hooks = {begin, stop, kept};

    (void)state;
    hear(MSG_EMAIL_SENT, &(struct email_sent){.order_id = STR("o-1")}, 2, 7);
    keep(true);
    redis_says("DEL views:mark");
    turn_until(&world.begun, 2);
    hear_cart(1, 41);
    keep(true);
    writer_close(world.writer);
    world.writer = writer_open(world.base, world.redis, &world.keep, &hooks, NULL);
    turn_until(&world.begun, 3);
    assert_int_equal(writer_position(world.writer, TOPIC_CART_EVENTS, 3), 42);
    assert_int_equal(writer_position(world.writer, TOPIC_EMAIL_EVENTS, 3), -1);
}

static void notices_a_flush_while_idle(void **state)
{
    (void)state;
    hear_cart(1, 0);
    keep(true);
    redis_says("FLUSHALL");
    turn_until(&world.stopped, 1);
    turn_until(&world.begun, 2);
    assert_int_equal(writer_position(world.writer, TOPIC_CART_EVENTS, 3), -1);
}

static void notices_a_flush_at_once_while_busy(void **state)
{
    (void)state;
    hear_cart(1, 0);
    keep(true);
    redis_says("FLUSHALL");
    hear_cart(2, 1);
    assert_true(writer_flush(world.writer, true));
    turn_until(&world.begun, 2);
    assert_int_equal(world.kept, 1);
    assert_string_equal(redis_says("EXISTS cart:ann"), "0");
    assert_string_equal(redis_says("EXISTS views:mark"), "0");
}

static void notices_a_flush_while_writing_anew(void **state)
{
    (void)state;
    hear_cart(1, 0);
    keep(false);
    redis_says("FLUSHALL");
    hear_order(5, 0);
    assert_true(writer_flush(world.writer, true));
    turn_until(&world.begun, 2);
    assert_string_equal(redis_says("EXISTS views:mark"), "0");
    assert_string_equal(redis_says("EXISTS order:o-1"), "0");
}

static void survives_a_killed_server(void **state)
{
    struct err why;

    (void)state;
    hear_cart(1, 0);
    keep(true);
    stop_server();
    turn_until(&world.stopped, 1);
    assert_false(writer_ready(world.writer, &why));
    hear_cart(2, 1); /* what comes meanwhile is not taken, and heard again later */
    assert_true(writer_flush(world.writer, true));
    start_server();
    turn_until(&world.begun, 2);
    assert_int_equal(writer_position(world.writer, TOPIC_CART_EVENTS, 3), -1);
    hear_cart(1, 0);
    hear_cart(2, 1);
    keep(true);
    assert_string_equal(redis_says("HGET cart:ann version"), "2");
    assert_true(writer_ready(world.writer, &why));
}

/* A batch that the server refuses moves no position, and is asked for again when there is room. */
static void loses_nothing_when_memory_is_full(void **state)
{
    int begun;

    (void)state;
    hear_cart(1, 0);
    keep(true);
    redis_says("CONFIG SET maxmemory 1");
    hear_cart(2, 1);
    assert_true(writer_flush(world.writer, true));
    turn_until(&world.stopped, 1);
    assert_string_equal(redis_says("HGET views:positions cart.events/3"), "1");
    redis_says("CONFIG SET maxmemory 0");
    begun = world.begun;
    turn_until(&world.begun, begun + 1);
    assert_int_equal(writer_position(world.writer, TOPIC_CART_EVENTS, 3), 1);
    hear_cart(2, 1);
    keep(true);
    assert_string_equal(redis_says("HGET cart:ann version"), "2");
}

static void survives_a_server_that_forgot_the_script(void **state)
{
    (void)state;
    hear_cart(1, 0);
    keep(true);
    redis_says("SCRIPT FLUSH");
    hear_cart(2, 1);
    assert_true(writer_flush(world.writer, true));
    turn_until(&world.begun, 2);
    assert_int_equal(writer_position(world.writer, TOPIC_CART_EVENTS, 3), 1);
    hear_cart(2, 1);
    keep(true);
    assert_string_equal(redis_says("HGET cart:ann version"), "2");
}

static void does_not_take_a_mark_that_is_not_its_own(void **state)
{
    struct err why;

    (void)state;
    hear_cart(1, 0);
    keep(true);
    redis_says("SET views:mark nonsense");
    turn_until(&world.stopped, 1);
    turn(100);
    assert_false(writer_ready(world.writer, &why));
    redis_says("DEL views:mark");
    turn_until(&world.begun, 2);
}

int main(void)
{
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)
    const struct CMUnitTest tests[] = {
        IN_WORLD(keeps_the_greatest_cart),
        IN_WORLD(keeps_a_cart_as_it_was),
        IN_WORLD(keeps_an_event_once_and_lists_its_order),
        IN_WORLD(lists_nothing_of_who_is_forgotten),
        IN_WORLD(lets_go_of_what_is_old),
        IN_WORLD(keeps_an_expired_cart_as_it_was),
        IN_WORLD(publishes_what_is_new_and_nothing_else),
        IN_WORLD(marks_the_views_when_all_is_in_them),
        IN_WORLD(says_that_it_lives_while_the_views_are_whole),
        IN_WORLD(goes_on_where_another_process_stopped),
        IN_WORLD(starts_over_what_was_not_finished),
        IN_WORLD(forgets_the_positions_with_the_mark),
        IN_WORLD(notices_a_flush_while_idle),
        IN_WORLD(notices_a_flush_at_once_while_busy),
        IN_WORLD(notices_a_flush_while_writing_anew),
        IN_WORLD(survives_a_killed_server),
        IN_WORLD(loses_nothing_when_memory_is_full),
        IN_WORLD(survives_a_server_that_forgot_the_script),
        IN_WORLD(does_not_take_a_mark_that_is_not_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
