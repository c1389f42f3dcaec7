/* lease_test.c - replicas that nobody numbers: no two have the same number, and each comes back to its own. */
/* links: tests/services/lib/run/probe.c tests/services/lib/run/world.c tests/services/lib/run/spoken.c run store msg base */
#include "run/lease.h"

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

#include "base/clock.h"
#include "tests/services/lib/run/probe.h"
#include "tests/services/lib/run/world.h"

enum { REPLICAS = 5 };

static struct world *world;
static struct event_base *base;
static struct replica {
    struct lease *lease;
    int64_t ordinal; /* -1: none, -2: lost */
} replicas[REPLICAS];

static int begin(void **state)
{
    (void)state;
    world = world_open();
    base = event_base_new();
    assert_non_null(base);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    for (int i = 0; i < REPLICAS; i++) {
        lease_close(replicas[i].lease);
        replicas[i] = (struct replica){NULL, -1};
    }
    PQclear(PQexec(world->db, "DELETE FROM replica"));
    return 0;
}

static int end(void **state)
{
    clear(state);
    event_base_free(base);
    world_close(world);
    return 0;
}

static void taken(void *context, int64_t ordinal)
{
    struct replica *replica = context;

    assert_int_equal(replica->ordinal, -1);
    replica->ordinal = ordinal;
}

static void lost(void *context, const struct err *why)
{
    struct replica *replica = context;

    assert_non_null(strstr(why->text, "another process is replica"));
    replica->ordinal = -2;
}

static void turn_until_not(const int64_t *ordinal, int64_t value)
{
    int64_t until_us = clock_steady_us() + 20000000;

    while (*ordinal == value && clock_steady_us() < until_us)
        event_base_loop(base, EVLOOP_NONBLOCK);
    assert_int_not_equal(*ordinal, value);
}

static int64_t start(int index, const char *name)
{
    struct replica *replica = &replicas[index];
    const struct lease_hooks hooks = {taken, lost, replica};
    struct err err;

    assert_int_equal(lease_open(base, world->database, world->name, name, &hooks, &replica->lease, &err), ST_OK);
    turn_until_not(&replica->ordinal, -1);
    assert_true(lease_ready(replica->lease, &err));
    return replica->ordinal;
}

static void gives_each_the_smallest_number_that_nobody_has(void **state)
{
    (void)state;
    assert_int_equal(start(0, "red"), 0);
    assert_int_equal(start(1, "green"), 1);
    assert_int_equal(start(2, "blue"), 2);
    assert_int_equal(world_number(world, "SELECT count(*) FROM replica WHERE until > now()"), 3);
}

static void gives_a_number_again_when_its_time_is_over(void **state)
{
    (void)state;
    assert_int_equal(start(0, "red"), 0);
    assert_int_equal(start(1, "green"), 1);
    lease_close(replicas[0].lease); /* as if killed */
    replicas[0].lease = NULL;
    assert_int_equal(start(2, "blue"), 2);
    PQclear(PQexec(world->db, "UPDATE replica SET until = now() - interval '1 s' WHERE holder = 'red'"));
    assert_int_equal(start(3, "grey"), 0);
}

static void gives_a_number_again_that_was_given_back(void **state)
{
    (void)state;
    assert_int_equal(start(0, "red"), 0);
    lease_give_back(replicas[0].lease);
    for (int i = 0; i < 400 && world_number(world, "SELECT count(*) FROM replica WHERE until > now()") != 0; i++)
        event_base_loop(base, EVLOOP_NONBLOCK);
    assert_int_equal(start(1, "green"), 0);
}

static void gives_its_own_number_to_one_that_comes_back_and_the_older_process_ends(void **state)
{
    (void)state;
    assert_int_equal(start(0, "red"), 0);
    assert_int_equal(start(1, "green"), 1);
    assert_int_equal(start(2, "green"), 1);
    lease_renew(replicas[1].lease);
    turn_until_not(&replicas[1].ordinal, 1);
    assert_int_equal(replicas[1].ordinal, -2);
    lease_renew(replicas[2].lease);
    lease_renew(replicas[0].lease);
    assert_int_equal(world_number(world, "SELECT count(*) FROM replica WHERE until > now()"), 2);
    assert_int_equal(replicas[2].ordinal, 1);
}

static void keeps_its_number_by_renewing_it(void **state)
{
    (void)state;
    assert_int_equal(start(0, "red"), 0);
    PQclear(PQexec(world->db, "UPDATE replica SET until = now() + interval '1 s'"));
    lease_renew(replicas[0].lease);
    for (int i = 0;
         i < 400 && world_number(world, "SELECT count(*) FROM replica WHERE until > now() + interval '5 s'") != 1; i++)
        event_base_loop(base, EVLOOP_NONBLOCK);
    assert_int_equal(world_number(world, "SELECT count(*) FROM replica WHERE until > now() + interval '5 s'"), 1);
}

static pid_t serve_as(const char *name, const char *admin)
{
    setenv("APP_ORDINAL", "lease", 1);
    setenv("APP_REPLICA", name, 1);
    return world_start(world, admin, NULL, false);
}

/* Two processes, of which each steps some partitions; when one is killed the other has all. */
static void shares_the_partitions_among_processes_that_nobody_numbered(void **state)
{
    pid_t first, second;
    char key[64];

    (void)state;
    first = serve_as("red", world->admin);
    second = serve_as("green", world->other_admin);
    world_wait_ready(world, world->admin);
    world_wait_ready(world, world->other_admin);
    assert_int_equal(world_number(world, "SELECT sum(ordinal) FROM replica WHERE until > now()"), 1);
    kill(first, SIGKILL);
    waitpid(first, NULL, 0);
    for (int i = 0; i < 30; i++)
        world_cancel_order(world, world_key(world, "shared", i, key), "plain", NULL);
    world_await(world, 30, "SELECT count(*) FROM probe_order WHERE key LIKE '%s-shared-%%'", world->name);
    kill(second, SIGTERM);
    assert_int_equal(world_wait_end(world, second), 0);
    assert_int_equal(world_number(world, "SELECT count(*) FROM replica WHERE until > now() AND holder = 'green'"), 0);
}

static void refuses_an_ordinal_that_is_neither_a_number_nor_a_lease(void **state)
{
    pid_t pid;
    int status;

    (void)state;
    setenv("APP_ORDINAL", "first", 1);
    pid = world_start(world, world->admin, NULL, false);
    status = world_wait_end(world, pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(gives_each_the_smallest_number_that_nobody_has, clear),
        cmocka_unit_test_setup(gives_a_number_again_when_its_time_is_over, clear),
        cmocka_unit_test_setup(gives_a_number_again_that_was_given_back, clear),
        cmocka_unit_test_setup(gives_its_own_number_to_one_that_comes_back_and_the_older_process_ends, clear),
        cmocka_unit_test_setup(keeps_its_number_by_renewing_it, clear),
        cmocka_unit_test_setup(shares_the_partitions_among_processes_that_nobody_numbered, clear),
        cmocka_unit_test_setup(refuses_an_ordinal_that_is_neither_a_number_nor_a_lease, clear),
    };

    (void)argv;
    if (argc > 1)
        return probe_serve();
    return cmocka_run_group_tests(tests, begin, end);
}
