/* outage_test.c - a database that goes away, a COMMIT whose answer is lost, a process that wakes up too late. */
/* links: tests/services/lib/run/probe.c tests/services/lib/run/world.c tests/services/lib/run/spoken.c tests/services/lib/run/proxy.c run store msg base */
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
#include "tests/services/lib/run/proxy.h"
#include "tests/services/lib/run/one_world.h"

static struct proxy *proxy;

static int begin_behind_proxy(void **state)
{
    char user[64], password[64], host[64];

    begin(state);
    snprintf(user, sizeof(user), "%s", PQuser(world->db));
    snprintf(password, sizeof(password), "%s", PQpass(world->db));
    snprintf(host, sizeof(host), "%s", PQhost(world->db));
    proxy = proxy_open(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, (int)strtol(PQport(world->db), NULL, 10));
    snprintf(world->through, sizeof(world->through), "postgres://%s:%s@127.0.0.1:%d/%s", user, password,
             proxy_port(proxy), world->name);
    return 0;
}

static int end_with_proxy(void **state)
{
    end(state);
    proxy_close(proxy);
    return 0;
}

static void check_once(const char *word, int count)
{
    char prefix[64];

    snprintf(prefix, sizeof(prefix), "%s-%s-", world->name, word);
    world_await(world, count, "SELECT count(*) FROM probe_order WHERE key LIKE '%s%%'", prefix);
    assert_int_equal(world_number(world, "SELECT max(count) FROM probe_order WHERE key LIKE '%s%%'", prefix), 1);
    world_await(world, 0, "SELECT count(*) FROM outbox");
    assert_int_equal(world_spoken(world, "order.events", prefix).ids, count);
}

static void commit_whose_answer_is_lost(void **state)
{
    char key[64];

    (void)state;
    world_start(world, world->admin, NULL, true);
    for (int i = 0; i < 60; i++) {
        if (i % 20 == 10)
            proxy_lose_commits(proxy, 1);
        for (int waited = 0; i % 20 == 19 && proxy_lost(proxy) <= i / 20 && waited < 100; waited++)
            usleep(100000);
        world_cancel_order(world, world_key(world, "lost", i, key), "plain", NULL);
        usleep(5000);
    }
    check_once("lost", 60);
    assert_int_equal(proxy_lost(proxy), 3);
    stop();
}

static void goes_on_by_itself_when_the_database_returns(void **state)
{
    char key[64];

    (void)state;
    world_start(world, world->admin, NULL, true);
    for (int i = 0; i < 60; i++) {
        if (i % 20 == 5)
            proxy_cut(proxy);
        if (i % 20 == 15) {
            usleep(700000);
            assert_false(world_is_ready(world->admin));
            proxy_heal(proxy);
        }
        world_cancel_order(world, world_key(world, "cut", i, key), "plain", NULL);
    }
    check_once("cut", 60);
    world_wait_ready(world, world->admin);
    stop();
}

static char log_path[64];

/* A process whose log is read afterwards. */
static pid_t start_zombie(const char *where)
{
    pid_t pid;

    snprintf(log_path, sizeof(log_path), "/tmp/zombie-%d", (int)getpid());
    setenv("PROBE_LOG", log_path, 1);
    pid = world_start(world, world->admin, where, true);
    unsetenv("PROBE_LOG");
    return pid;
}

/* How often it says why a stale write of its was refused. */
static int refusals(const char *why)
{
    FILE *file = fopen(log_path, "r");
    static char line[65536];
    int count = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        count += strstr(line, why) != NULL;
    fclose(file);
    return count;
}

/* Another process takes over while this one stands still in the middle of a step, holding its locks. */
static void claim_after_a_pause_in_a_step(void **state)
{
    char key[64];
    pid_t zombie, other;
    int status = 0;

    (void)state;
    zombie = start_zombie("step-commit.before:3:stop");
    for (int i = 0; i < 10; i++)
        world_cancel_order(world, world_key(world, "zombie", i, key), "plain", NULL);
    for (int i = 0; i < 200 && waitpid(zombie, &status, WUNTRACED | WNOHANG) == 0; i++)
        usleep(50000);
    assert_true(WIFSTOPPED(status));
    other = world_start(world, world->other_admin, NULL, false);
    for (int i = 10; i < 20; i++)
        world_cancel_order(world, world_key(world, "zombie", i, key), "plain", NULL);
    check_once("zombie", 20);
    kill(zombie, SIGCONT);
    status = world_wait_end(world, zombie);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    assert_true(refusals("the connection to the database is lost") > 0);
    for (int i = 20; i < 25; i++)
        world_cancel_order(world, world_key(world, "zombie", i, key), "plain", NULL);
    check_once("zombie", 25);
    world->pid = other;
    stop();
}

/* The same, but it stood still between two steps: its connection lives, and only the epoch tells it. */
static void claim_after_a_pause_between_steps(void **state)
{
    char key[64];
    pid_t zombie, other;
    int64_t heard;
    int status = 0;

    (void)state;
    zombie = start_zombie("step-batch:3:stop");
    for (int i = 0; i < 10; i++)
        world_cancel_order(world, world_key(world, "late", i, key), "plain", NULL);
    for (int i = 0; i < 200 && waitpid(zombie, &status, WUNTRACED | WNOHANG) == 0; i++)
        usleep(50000);
    assert_true(WIFSTOPPED(status));
    other = world_start(world, world->other_admin, NULL, false);
    for (int i = 10; i < 60; i++)
        world_cancel_order(world, world_key(world, "late", i, key), "plain", NULL);
    check_once("late", 60);
    heard = world_number(world, "SELECT sum(next_offset) FROM position");
    kill(zombie, SIGCONT);
    status = world_wait_end(world, zombie);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    assert_true(refusals("another process has claimed") > 0);
    assert_int_equal(world_number(world, "SELECT sum(next_offset) FROM position"), heard);
    world->pid = other;
    stop();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        with_cleanup(commit_whose_answer_is_lost),
        with_cleanup(goes_on_by_itself_when_the_database_returns),
        with_cleanup(claim_after_a_pause_in_a_step),
        with_cleanup(claim_after_a_pause_between_steps),
    };

    (void)argv;
    if (argc > 1)
        return probe_serve();
    return cmocka_run_group_tests(tests, begin_behind_proxy, end_with_proxy);
}
