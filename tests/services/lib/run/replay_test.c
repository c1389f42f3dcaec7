/* replay_test.c - the past is heard again: what was asked for, nothing behind it, and nobody outside is asked. */
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

#include <cmocka.h>

#include "run/kafka.h"
#include "tests/services/lib/run/probe.h"
#include "tests/services/lib/run/one_world.h"

static int part_of(const char *key)
{
    return (int)kafka_partition(KIND_ORDER, str_of(key));
}

static int64_t position(const char *key)
{
    return world_number(world, "SELECT next_offset FROM position WHERE topic = 'order.commands' AND part = %d",
                        part_of(key));
}

/* The key's partition is to be heard again from one position, and up to another. */
static void ask_for(const char *key, int64_t from, int64_t to, bool effects)
{
    char text[512];
    PGresult *result;

    snprintf(text, sizeof(text),
             "INSERT INTO replay (topic, part, kind, from_offset, to_offset, effects, asked_by) VALUES "
             "('order.commands', %d, 'order', %lld, %lld, %s, 'test') ON CONFLICT (topic, part) DO UPDATE SET "
             "from_offset = excluded.from_offset, to_offset = excluded.to_offset, effects = excluded.effects, "
             "end_offset = -1, began_at = NULL, heard = 0, fenced = 0",
             part_of(key), (long long)from, (long long)to, effects ? "true" : "false");
    result = PQexec(world->db, text);
    assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
    PQclear(result);
}

static void await_over(const char *key)
{
    world_await(world, 1,
                "SELECT count(*) FROM replay r JOIN position p USING (topic, part) WHERE r.part = %d AND r.began_at IS "
                "NOT NULL AND p.next_offset >= r.end_offset AND r.end_offset > 0",
                part_of(key));
}

static int64_t count_of(const char *key)
{
    return world_number(world, "SELECT count FROM probe_order WHERE key = '%s'", key);
}

static void order(const char *key, const char *word, int number)
{
    static const struct id space = {{11}};
    char name[96];
    struct id id;

    snprintf(name, sizeof(name), "%s %d", key, number);
    id = id_named(&space, str_of(name));
    world_cancel_order(world, key, word, &id);
}

static void hears_the_range_again_and_what_is_behind_it_only_once(void **state)
{
    char key[64];
    int64_t from, to;

    (void)state;
    world_key(world, "range", 0, key);
    world_start(world, world->admin, NULL, true);
    from = position(key);
    for (int i = 0; i < 3; i++)
        order(key, "plain", i);
    world_await(world, 3, "SELECT count FROM probe_order WHERE key = '%s'", key);
    to = position(key);
    for (int i = 3; i < 5; i++)
        order(key, "plain", i);
    world_await(world, 5, "SELECT count FROM probe_order WHERE key = '%s'", key);
    ask_for(key, from, to, false);
    await_over(key);
    assert_int_equal(count_of(key), 8);
    order(key, "plain", 2); /* the same id, behind the range: seen */
    order(key, "plain", 5);
    world_await(world, 9, "SELECT count FROM probe_order WHERE key = '%s'", key);
    stop();
}

static void asks_nobody_outside_unless_that_is_wanted(void **state)
{
    char key[64];
    int64_t from;

    (void)state;
    world_key(world, "outside", 0, key);
    world_start(world, world->admin, NULL, true);
    from = position(key);
    order(key, "ask", 0);
    world_await(world, 2, "SELECT count FROM probe_order WHERE key = '%s'", key); /* heard, answered */
    world_number(world, "DELETE FROM probe_order WHERE key = '%s'", key);
    ask_for(key, from, from + 1, false);
    await_over(key);
    assert_int_equal(count_of(key), -1);
    assert_int_equal(world_number(world, "SELECT fenced FROM replay WHERE part = %d", part_of(key)), 1);
    world_number(world, "DELETE FROM inbox"); /* of the answer, which has the same id */
    ask_for(key, from, from + 1, true);
    await_over(key);
    world_await(world, 2, "SELECT count FROM probe_order WHERE key = '%s'", key);
    stop();
}

static void goes_on_with_a_replay_in_the_middle_of_which_it_died(void **state)
{
    enum { ALL = 300 };
    char key[64];
    int64_t from, to;
    int status;

    (void)state;
    world_key(world, "middle", 0, key);
    world_start(world, world->admin, NULL, true);
    from = position(key);
    for (int i = 0; i < ALL; i++)
        order(key, "plain", i);
    world_await(world, ALL, "SELECT count FROM probe_order WHERE key = '%s'", key);
    to = position(key);
    stop();
    ask_for(key, from, to, false);
    setenv("APP_BATCH", "20", 1);
    status = world_wait_end(world, world_start(world, world->admin, "step-said:5", false));
    assert_true(WIFSIGNALED(status));
    world_start(world, world->admin, NULL, true);
    await_over(key);
    assert_int_equal(count_of(key), 2 * ALL);
    assert_int_equal(world_number(world, "SELECT heard FROM replay WHERE part = %d", part_of(key)), ALL);
    unsetenv("APP_BATCH");
    stop();
}

/* As shopctl rebuild does it. The process lives on, and what it remembers of a range must go with the state. */
static void hears_all_of_it_anew_when_its_state_was_dropped_after_a_replay(void **state)
{
    char key[64];
    int64_t from;

    (void)state;
    world_key(world, "dropped", 0, key);
    world_start(world, world->admin, NULL, true);
    from = position(key);
    for (int i = 0; i < 5; i++)
        order(key, "plain", i);
    world_await(world, 5, "SELECT count FROM probe_order WHERE key = '%s'", key);
    ask_for(key, from, from + 1, false);
    await_over(key);
    world_await(world, 6, "SELECT count FROM probe_order WHERE key = '%s'", key);
    PQclear(PQexec(world->db,
                   "BEGIN; UPDATE claim SET dropped = true, rebuilding = true; TRUNCATE inbox, outbox, deadline, "
                   "position, replay, probe_order, probe_user; UPDATE said SET next_offset = 0; COMMIT"));
    world_await(world, 5, "SELECT count FROM probe_order WHERE key = '%s'", key);
    stop();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        with_cleanup(hears_the_range_again_and_what_is_behind_it_only_once),
        with_cleanup(asks_nobody_outside_unless_that_is_wanted),
        with_cleanup(goes_on_with_a_replay_in_the_middle_of_which_it_died),
        with_cleanup(hears_all_of_it_anew_when_its_state_was_dropped_after_a_replay),
    };

    (void)argv;
    if (argc > 1)
        return probe_serve();
    return cmocka_run_group_tests(tests, begin, end);
}
