/* poison_test.c - messages that cannot be taken: they cost themselves, and not the partition. */
/* links: tests/services/lib/run/probe.c tests/services/lib/run/world.c tests/services/lib/run/spoken.c run store msg base */
/* timeout: 300 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/kafka.h"
#include "tests/services/lib/run/probe.h"
#include "tests/services/lib/run/one_world.h"

static struct spoken dead_letter(const char *topic, const char *key)
{
    char name[128];

    world_await(world, 0, "SELECT count(*) FROM outbox");
    snprintf(name, sizeof(name), "%s.%s.dlt", topic, world->name);
    return world_spoken(world, name, key);
}

static void parks_what_the_table_refuses_and_goes_on(void **state)
{
    char key[64], other[64];
    struct spoken copy;

    (void)state;
    for (int i = 0; i < 10; i++)
        world_cancel_order(world, world_key(world, "refused", i, key), i == 5 ? "constraint" : "plain", NULL);
    world_start(world, world->admin, NULL, true);
    world_await(world, 9, "SELECT count(*) FROM probe_order WHERE key LIKE '%s-refused-%%'", world->name);
    world_key(world, "refused", 5, other);
    world_await(world, 1, "SELECT count(*) FROM parked WHERE convert_from(key, 'UTF8') = '%s' AND type = 'CancelOrder'",
                other);
    assert_int_equal(
        world_number(world, "SELECT count(*) FROM parked WHERE convert_from(key, 'UTF8') LIKE '%s%%'", world->name), 1);
    copy = dead_letter("order.commands", other);
    assert_int_equal(copy.records, 1);
    assert_non_null(strstr(copy.headers, "dlt-topic=order.commands,"));
    assert_non_null(strstr(copy.headers, "dlt-outcome=parked,"));
    assert_non_null(strstr(copy.headers, "violates check constraint"));
    stop();
}

static void hears_a_parked_message_again_when_a_person_says_so(void **state)
{
    char key[64];

    (void)state;
    world_key(world, "again", 0, key);
    world_start(world, world->admin, NULL, true);
    world_cancel_order(world, key, "constraint", NULL);
    world_await(world, 1, "SELECT count(*) FROM parked WHERE convert_from(key, 'UTF8') = '%s'", key);
    world_number(world, "ALTER TABLE probe_order DROP CONSTRAINT probe_order_count_check");
    world_number(world, "UPDATE parked SET again = true WHERE convert_from(key, 'UTF8') = '%s'", key);
    world_await(world, 0, "SELECT count(*) FROM parked WHERE convert_from(key, 'UTF8') = '%s'", key);
    world_await(world, 1, "SELECT count(*) FROM probe_order WHERE key = '%s'", key);
    world_await(world, 0, "SELECT count(*) FROM outbox");
    assert_int_equal(world_spoken(world, "order.events", key).records, 1);
    stop();
    world_number(world, "UPDATE probe_order SET count = 0 WHERE count < 0");
    world_number(world, "ALTER TABLE probe_order ADD CONSTRAINT probe_order_count_check CHECK (count >= 0)");
}

static void sends_bytes_that_are_no_message_to_the_dead_letters(void **state)
{
    char key[64];
    struct spoken copy;

    (void)state;
    world_key(world, "garbage", 0, key);
    world_start(world, world->admin, NULL, true);
    world_send(world, TOPIC_ORDER_COMMANDS, key, STR("hello"), NULL);
    world_cancel_order(world, world_key(world, "garbage", 1, key), "plain", NULL);
    world_await(world, 1, "SELECT count FROM probe_order WHERE key = '%s'", key);
    copy = dead_letter("order.commands", world_key(world, "garbage", 0, key));
    assert_int_equal(copy.records, 1);
    assert_non_null(strstr(copy.headers, "ce-id="));
    assert_non_null(strstr(copy.headers, "dlt-outcome=dead,"));
    assert_int_equal(world_number(world, "SELECT count(*) FROM parked WHERE convert_from(key, 'UTF8') = '%s'", key), 0);
    stop();
}

static void parks_a_type_that_nobody_knows(void **state)
{
    char key[64];

    (void)state;
    world_start(world, world->admin, NULL, true);
    world_send(world, TOPIC_ORDER_COMMANDS, world_key(world, "unknown", 0, key), STR("\0\0\xff\xff\xff\x02x"), NULL);
    world_await(world, 1, "SELECT count(*) FROM parked WHERE convert_from(key, 'UTF8') = '%s' AND type = 'Unknown'",
                key);
    world_cancel_order(world, world_key(world, "unknown", 1, key), "plain", NULL);
    world_await(world, 1, "SELECT count FROM probe_order WHERE key = '%s'", key);
    stop();
}

static void parks_what_stands_behind_where_order_matters(void **state)
{
    char bad[64], good[64];

    (void)state;
    world_key(world, "bad", 0, bad);
    world_key(world, "user", 0, good);
    world_empty_cart(world, bad);
    world_empty_cart(world, good);
    world_empty_cart(world, bad);
    world_start(world, world->admin, NULL, true);
    world_await(world, 2, "SELECT count(*) FROM parked WHERE convert_from(key, 'UTF8') = '%s'", bad);
    world_await(world, 1, "SELECT count FROM probe_user WHERE key = '%s'", good);
    world_empty_cart(world, bad);
    world_empty_cart(world, good);
    world_await(world, 3, "SELECT count(*) FROM parked WHERE convert_from(key, 'UTF8') = '%s'", bad);
    world_await(world, 2, "SELECT count FROM probe_user WHERE key = '%s'", good);
    assert_int_equal(
        world_number(world, "SELECT count(*) FROM parked WHERE kind = 'user' AND reason LIKE '%%their order matters'"),
        2);
    stop();
}

static void parks_a_message_that_kills_the_process(void **state)
{
    char key[64], deadly[64];
    int deaths = 0;

    (void)state;
    world_key(world, "deadly", 0, deadly);
    world_cancel_order(world, deadly, "die", NULL);
    for (int i = 0; i < 5; i++)
        world_cancel_order(world, world_key(world, "survivor", i, key), "plain", NULL);
    while (world_number(world, "SELECT count(*) FROM parked WHERE convert_from(key, 'UTF8') = '%s'", deadly) == 0) {
        int status = 0;
        pid_t pid = world_start(world, world->admin, NULL, false);

        while (waitpid(pid, &status, WNOHANG) == 0 &&
               world_number(world, "SELECT count(*) FROM parked WHERE convert_from(key, 'UTF8') = '%s'", deadly) == 0)
            usleep(50000);
        deaths += WIFSIGNALED(status);
        assert_true(deaths < 8);
    }
    assert_in_range(deaths, 2, 7);
    world_await(world, 5, "SELECT count(*) FROM probe_order WHERE key LIKE '%s-survivor-%%' AND count = 1",
                world->name);
    world_wait_ready(world, world->admin);
    stop();
}

#define NEXT_OFFSET "SELECT next_offset FROM position WHERE topic = 'order.commands' AND part = %d"

/* The process may die between the commit and the word that the suspect was none; what it heard is not heard once more. */
static void a_suspect_that_was_heard_before_is_not_parked(void **state)
{
    char key[64];
    int part;
    int64_t offset;

    (void)state;
    world_key(world, "heard", 0, key);
    part = kafka_partition(KIND_ORDER, str_of(key));
    world_start(world, world->admin, NULL, true);
    world_cancel_order(world, key, "plain", NULL);
    world_await(world, 1, "SELECT count FROM probe_order WHERE key = '%s'", key);
    stop();
    offset = world_number(world, NEXT_OFFSET, part);
    world_number(world,
                 "UPDATE claim SET tries = 1, suspect = 'order.commands/%d/%lld' WHERE kind = 'order' AND part = %d",
                 part, (long long)offset, part);
    world_cancel_order(world, key, "plain", NULL); /* the same id */
    world_start(world, world->admin, NULL, true);
    world_await(world, offset + 1, NEXT_OFFSET, part);
    assert_int_equal(world_number(world, "SELECT count(*) FROM parked WHERE convert_from(key, 'UTF8') = '%s'", key), 0);
    world_cancel_order(world, key, "plain", NULL);
    world_await(world, offset + 2, NEXT_OFFSET, part);
    assert_int_equal(world_number(world, "SELECT count FROM probe_order WHERE key = '%s'", key), 1);
    stop();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        with_cleanup(parks_what_the_table_refuses_and_goes_on),
        with_cleanup(hears_a_parked_message_again_when_a_person_says_so),
        with_cleanup(sends_bytes_that_are_no_message_to_the_dead_letters),
        with_cleanup(parks_a_type_that_nobody_knows),
        with_cleanup(parks_what_stands_behind_where_order_matters),
        with_cleanup(parks_a_message_that_kills_the_process),
        with_cleanup(a_suspect_that_was_heard_before_is_not_parked),
    };

    (void)argv;
    if (argc > 1)
        return probe_serve();
    return cmocka_run_group_tests(tests, begin, end);
}
