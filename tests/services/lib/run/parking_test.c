/* parking_test.c - what is parked goes on in its order, or is given up; and who waited for its answer gets one. */
/* links: tests/services/lib/run/probe.c tests/services/lib/run/world.c tests/services/lib/run/spoken.c run store msg base */
/* timeout: 300 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/services/lib/run/probe.h"
#include "tests/services/lib/run/one_world.h"

/* Every row that the outbox ever held, in the order of its saying, and what caused it. */
static const char keep_said[] =
    "CREATE TABLE told (seq bigint, topic text, key text, cause text);"
    "CREATE FUNCTION note_told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO told VALUES (NEW.seq, NEW.topic, "
    "convert_from(NEW.key, 'UTF8'), substring(NEW.headers FROM 'causationid: ([^\n]*)')); RETURN NEW; END $$;"
    "CREATE TRIGGER note_told AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION note_told()";

/* What the database is told, in more words than a number. */
static void sql(const char *text)
{
    PGresult *result = PQexec(world->db, text);

    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail_msg("%s", PQresultErrorMessage(result));
    PQclear(result);
}

static int begin_keeping(void **state)
{
    begin(state);
    sql(keep_said);
    return 0;
}

static void forbid(void)
{
    world_number(world, "UPDATE probe_user SET count = 0 WHERE count < 0");
    sql("ALTER TABLE probe_user ADD CONSTRAINT probe_user_count_check CHECK (count >= 0)");
}

static void allow(void)
{
    sql("ALTER TABLE probe_user DROP CONSTRAINT probe_user_count_check");
}

static struct id numbered(const char *key, int number)
{
    static const struct id space = {{9}};
    char name[96];

    snprintf(name, sizeof(name), "%s %d", key, number);
    return id_named(&space, str_of(name));
}

/* Its n-th command, under an id that tells which. */
static void send_numbered(const char *key, int number)
{
    struct empty_cart cart = {.user_id = str_of(key)};
    struct id id = numbered(key, number);
    struct arena arena;

    arena_init(&arena);
    world_send(world, TOPIC_CART_COMMANDS, key, msg_encode(MSG_EMPTY_CART, &cart, &arena), &id);
    arena_release(&arena);
}

static void await_parked(const char *key, int count)
{
    world_await(world, count, "SELECT count(*) FROM parked WHERE convert_from(key, 'UTF8') = '%s'", key);
}

/* The key's commands from..to were heard once each, in the order in which they were sent. */
static void assert_heard_in_order(const char *key, int from, int to)
{
    char text[256], cause[ID_TEXT_LEN + 1];
    PGresult *rows;

    snprintf(text, sizeof(text), "SELECT cause FROM told WHERE topic = 'cart.checkouts' AND key = '%s' ORDER BY seq",
             key);
    rows = PQexec(world->db, text);
    assert_int_equal(PQntuples(rows), to - from);
    for (int i = from; i < to; i++) {
        struct id id = numbered(key, i);

        id_write(&id, cause);
        cause[ID_TEXT_LEN] = '\0';
        assert_string_equal(PQgetvalue(rows, i - from, 0), cause);
    }
    PQclear(rows);
}

static void hears_a_line_in_its_order_once_its_head_can_be_taken(void **state)
{
    enum { BEFORE = 30, ALL = 40 };
    char key[64];

    (void)state;
    world_key(world, "bad", 1, key);
    world_start(world, world->admin, NULL, true);
    for (int i = 0; i < BEFORE; i++)
        send_numbered(key, i);
    await_parked(key, BEFORE);
    assert_int_equal(world_number(world, "SELECT count(*) FROM parked WHERE behind"), BEFORE - 1);
    allow();
    world_number(world, "UPDATE parked SET again = true WHERE NOT behind");
    for (int i = BEFORE; i < ALL; i++)
        send_numbered(key, i);
    world_await(world, ALL, "SELECT count(*) FROM told WHERE topic = 'cart.checkouts' AND key = '%s'", key);
    assert_heard_in_order(key, 0, ALL);
    await_parked(key, 0);
    stop();
    forbid();
}

static void keeps_the_line_when_its_head_is_refused_again(void **state)
{
    char key[64];

    (void)state;
    world_key(world, "bad", 2, key);
    world_start(world, world->admin, NULL, true);
    for (int i = 0; i < 5; i++)
        send_numbered(key, i);
    await_parked(key, 5);
    world_number(world, "UPDATE parked SET again = true, reason = 'asked'");
    world_await(world, 1,
                "SELECT count(*) FROM parked WHERE NOT again AND NOT behind AND reason LIKE '%%check constraint%%'");
    assert_heard_in_order(key, 0, 0);
    await_parked(key, 5);
    allow();
    world_number(world, "UPDATE parked SET again = true WHERE NOT behind");
    await_parked(key, 0);
    assert_heard_in_order(key, 0, 5);
    stop();
    forbid();
}

static void takes_out_what_a_person_drops_and_says_so(void **state)
{
    char key[64];

    (void)state;
    world_key(world, "bad", 3, key);
    world_start(world, world->admin, NULL, true);
    for (int i = 0; i < 3; i++)
        send_numbered(key, i);
    await_parked(key, 3);
    world_number(world, "UPDATE parked SET drop_reason = 'sent by mistake', drop_by = 'ada' WHERE NOT behind");
    world_await(world, 1, "SELECT count(*) FROM parked WHERE NOT behind AND reason LIKE '%%check constraint%%'");
    world_await(world, 2, "SELECT count(*) FROM parked");
    world_await(world, 1, "SELECT count(*) FROM told WHERE topic = 'operator.events'");
    world_await(world, 1, "SELECT count(*) FROM told WHERE topic = 'cart.checkouts' AND key = '%s'", key);
    world_await(world, 0, "SELECT count(*) FROM outbox");
    send_numbered(key, 0); /* given up is heard: a repeat is none of a rule's business */
    allow();
    world_number(world, "UPDATE parked SET again = true");
    await_parked(key, 0);
    world_await(world, 3, "SELECT count(*) FROM told WHERE topic = 'cart.checkouts' AND key = '%s'", key);
    assert_heard_in_order(key, 0, 3);
    stop();
    forbid();
}

static void refuses_a_command_that_stayed_parked_too_long(void **state)
{
    char key[64];
    struct spoken answer;

    (void)state;
    world_key(world, "late", 1, key);
    setenv("APP_PARKED_FOR", "1s", 1);
    world_start(world, world->admin, NULL, true);
    world_cancel_order(world, key, "constraint", NULL);
    world_await(world, 1, "SELECT count(*) FROM told WHERE topic = 'order.events' AND key = '%s'", key);
    await_parked(key, 0);
    world_await(world, 0, "SELECT count(*) FROM outbox");
    answer = world_spoken(world, "order.events", key);
    assert_string_equal(answer.user_id, "refused");
    assert_int_equal(world_number(world, "SELECT count FROM probe_order WHERE key = '%s'", key), 0);
    stop();
    unsetenv("APP_PARKED_FOR");
}

static void asks_nobody_when_what_was_parked_is_fenced(void **state)
{
    char key[64];

    (void)state;
    world_key(world, "fenced", 1, key);
    sql("ALTER TABLE probe_order ADD CONSTRAINT none CHECK (key NOT LIKE '%fenced%')");
    world_start(world, world->admin, NULL, true);
    world_cancel_order(world, key, "ask", NULL);
    await_parked(key, 1);
    sql("ALTER TABLE probe_order DROP CONSTRAINT none");
    world_number(world, "UPDATE parked SET again = true, fenced = true");
    await_parked(key, 0);
    assert_int_equal(world_number(world, "SELECT count(*) FROM probe_order WHERE key = '%s' AND count > 0", key), 0);
    assert_true(world_metric(world->admin, "shop_fenced_total") == 1);
    stop();
    assert_int_equal(world_number(world, "SELECT count(*) FROM told WHERE key = '%s' AND topic = 'order.events'", key),
                     0);
}

/* A sealed card: nothing of it may lie anywhere for longer than the hour that its topic keeps it. */
static void keeps_nothing_of_what_is_secret_longer_than_its_topic(void **state)
{
    struct pay_with card = {.card = {.key_id = STR("k"), .ciphertext = STR("sealed, and sixteen")}};
    struct spoken copy;
    struct arena arena;
    char key[64], topic[96], cause[ID_TEXT_LEN + 1] = "";
    struct id id;

    (void)state;
    arena_init(&arena);
    card.order_id = str_of(world_key(world, "card", 1, key));
    id = numbered(key, 1);
    id_write(&id, cause);
    world_start(world, world->admin, NULL, true);
    world_send(world, TOPIC_PAYMENT_COMMANDS, key, msg_encode(MSG_PAY_WITH, &card, &arena), &id);
    arena_release(&arena);
    await_parked(key, 1);
    world_await(world, 0, "SELECT count(*) FROM outbox");
    assert_int_equal(world_number(world, "SELECT count(*) FROM parked WHERE length(value) > 5"), 1);
    snprintf(topic, sizeof(topic), "payment.commands.%s.dlt", world->name);
    copy = world_spoken(world, topic, key);
    assert_int_equal(copy.records, 1);
    assert_int_equal(copy.value_bytes, 0);
    assert_non_null(strstr(copy.headers, "dlt-left-out="));
    assert_non_null(strstr(copy.headers, "dlt-offset="));
    world_number(world, "UPDATE parked SET heard_ms = heard_ms - 3540000, again = true");
    world_await(world, 1, "SELECT count(*) FROM parked WHERE NOT again");
    world_number(world, "UPDATE parked SET heard_ms = heard_ms - 61000, again = true");
    await_parked(key, 0);
    world_await(world, 1, "SELECT count(*) FROM told WHERE topic = 'operator.events' AND cause = '%s'", cause);
    stop();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        with_cleanup(hears_a_line_in_its_order_once_its_head_can_be_taken),
        with_cleanup(keeps_the_line_when_its_head_is_refused_again),
        with_cleanup(takes_out_what_a_person_drops_and_says_so),
        with_cleanup(refuses_a_command_that_stayed_parked_too_long),
        with_cleanup(keeps_nothing_of_what_is_secret_longer_than_its_topic),
        with_cleanup(asks_nobody_when_what_was_parked_is_fenced),
    };

    (void)argv;
    if (argc > 1)
        return probe_serve();
    return cmocka_run_group_tests(tests, begin_keeping, end);
}
