/* steps_test.c - a service between real Kafka and Postgres: every message has its effect once. */
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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/services/lib/run/probe.h"
#include "tests/services/lib/run/one_world.h"

static void send_some(const char *word, int count)
{
    char key[64];

    for (int i = 0; i < count; i++)
        world_cancel_order(world, world_key(world, word, i, key), "plain", NULL);
}

/* Each of count keys was heard once, and said so once (or more often, under the same id). */
static void check_once(const char *word, int count)
{
    char prefix[96];
    struct spoken spoken;

    snprintf(prefix, sizeof(prefix), "%s-%s-", world->name, word);
    world_await(world, count, "SELECT count(*) FROM probe_order WHERE key LIKE '%s%%'", prefix);
    assert_int_equal(world_number(world, "SELECT max(count) FROM probe_order WHERE key LIKE '%s%%'", prefix), 1);
    world_await(world, 0, "SELECT count(*) FROM outbox");
    spoken = world_spoken(world, "order.events", prefix);
    assert_int_equal(spoken.ids, count);
    assert_in_range(spoken.records, count, 3 * count);
}

static void hears_a_message_that_came_twice_once(void **state)
{
    struct id id = id_random();
    char key[64];

    (void)state;
    world_key(world, "twice", 0, key);
    world_start(world, world->admin, NULL, true);
    world_cancel_order(world, key, "plain", &id);
    world_cancel_order(world, key, "plain", &id);
    world_await(world, 1, "SELECT count FROM probe_order WHERE key = '%s'", key);
    world_cancel_order(world, key, "plain", &id);
    world_cancel_order(world, world_key(world, "after", 0, key), "plain", NULL);
    world_await(world, 1, "SELECT count FROM probe_order WHERE key = '%s'", key);
    assert_int_equal(
        world_number(world, "SELECT count FROM probe_order WHERE key = '%s'", world_key(world, "twice", 0, key)), 1);
    assert_true(world_metric(world->admin, "shop_seen_total") >= 2);
    stop();
}

static void says_with_headers_that_follow_from_what_was_heard(void **state)
{
    struct id id = id_random();
    char key[64], text[ID_TEXT_LEN + 1], wanted[128];
    struct spoken spoken;

    (void)state;
    world_start(world, world->admin, NULL, true);
    world_cancel_order(world, world_key(world, "headers", 0, key), "plain", &id);
    world_await(world, 1, "SELECT count FROM probe_order WHERE key = '%s'", key);
    world_await(world, 0, "SELECT count(*) FROM outbox");
    spoken = world_spoken(world, "order.events", key);
    assert_int_equal(spoken.records, 1);
    id_write(&id, text);
    snprintf(wanted, sizeof(wanted), "correlationid=%s,causationid=%s,", text, text);
    assert_non_null(strstr(spoken.headers, wanted));
    assert_non_null(strstr(spoken.headers, "ce-type=CancelRefused,ce-time=20"));
    assert_non_null(strstr(spoken.headers, "traceparent=00-0af7651916cd43dd8448eb211c80319c-"));
    assert_null(strstr(spoken.headers, "b7ad6b7169203331"));
    stop();
}

static void asks_outside_and_hears_the_answer(void **state)
{
    char key[64];

    (void)state;
    world_start(world, world->admin, NULL, true);
    world_cancel_order(world, world_key(world, "ask", 0, key), "ask", NULL);
    world_await(world, 2, "SELECT count FROM probe_order WHERE key = '%s'", key);
    world_await(world, 0, "SELECT count(*) FROM outbox");
    assert_string_equal(world_spoken(world, "order.events", key).user_id, "answered");
    stop();
}

static void finishes_what_is_under_way_when_told_to_stop(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        char word[32];

        snprintf(word, sizeof(word), "stop%d", round);
        world_start(world, world->admin, NULL, true);
        send_some(word, 30);
        stop();
        world_start(world, world->admin, NULL, true);
        check_once(word, 30);
        assert_int_equal(world_spoken(world, "order.events", word).records, 0);
        stop();
    }
}

static void deadline_behind_a_backlog(void **state)
{
    struct id id = id_random();
    char key[64];

    (void)state;
    world_start(world, world->admin, NULL, true);
    world_cancel_order(world, world_key(world, "patient", 0, key), "deadline", NULL);
    world_await(world, 1, "SELECT count FROM probe_order WHERE key = '%s'", key);
    assert_int_equal(world_number(world, "SELECT count(*) FROM deadline WHERE key = '%s' AND patient", key), 1);
    stop();
    send_some("backlog", 50);
    world_cancel_order(world, key, "plain", &id);
    usleep(PROBE_DEADLINE_MS * 1000);
    world_start(world, world->admin, NULL, true);
    world_await(world, 3, "SELECT count FROM probe_order WHERE key = '%s'", key);
    world_await(world, 0, "SELECT count(*) FROM outbox");
    assert_string_equal(world_spoken(world, "order.events", key).user_id, "overdue");
    assert_string_equal(world_spoken(world, "order.events", key).detail, "3");
    assert_int_equal(world_number(world, "SELECT count(*) FROM deadline"), 0);
    stop();
}

static void delivers_an_impatient_deadline_at_once(void **state)
{
    char key[64];

    (void)state;
    world_start(world, world->admin, NULL, true);
    world_cancel_order(world, world_key(world, "soon", 0, key), "soon", NULL);
    world_await(world, 2, "SELECT count FROM probe_order WHERE key = '%s'", key);
    stop();
}

static void a_version_that_hears_more_topics_is_given_them(void **state)
{
    char key[64];
    pid_t pid;

    (void)state;
    setenv("PROBE_OLDER", "1", 1);
    pid = world_start(world, world->admin, NULL, true);
    unsetenv("PROBE_OLDER");
    kill(pid, SIGTERM);
    assert_int_equal(world_wait_end(world, pid), 0);
    world_empty_cart(world, world_key(world, "newer", 0, key));
    world_start(world, world->admin, NULL, true);
    world_await(world, 1, "SELECT count(*) FROM probe_user WHERE key = '%s'", key);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        with_cleanup(a_version_that_hears_more_topics_is_given_them), /* first: its group has no members of others */
        with_cleanup(hears_a_message_that_came_twice_once),
        with_cleanup(says_with_headers_that_follow_from_what_was_heard),
        with_cleanup(asks_outside_and_hears_the_answer),
        with_cleanup(finishes_what_is_under_way_when_told_to_stop),
        with_cleanup(deadline_behind_a_backlog),
        with_cleanup(delivers_an_impatient_deadline_at_once),
    };

    (void)argv;
    if (argc > 1)
        return probe_serve();
    return cmocka_run_group_tests(tests, begin, end);
}
