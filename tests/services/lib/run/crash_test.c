/* crash_test.c - the runtime is killed at each of its crash points, and every message still has its effect once.
 *
 * Five probes at a time, each with a list of points: it is started with the first, dies there, is started with the next,
 * and so on, while messages come. So each point is also a recovery from the one before. What the runtime parked, because the
 * process died over it too often, is heard again at the end, as a person would have it. */
/* links: tests/services/lib/run/probe.c tests/services/lib/run/world.c tests/services/lib/run/spoken.c run store msg base */
/* timeout: 600 */
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

#include "base/clock.h"
#include "base/crash.h"
#include "tests/services/lib/run/probe.h"
#include "tests/services/lib/run/world.h"

enum { WORLDS = 5, POINTS_MAX = 128, PATIENCE_US = 150 * 1000000, WORD_EVERY_US = 700000 };

/* One probe, and what it was sent. */
struct victim {
    struct world *world;
    const char *points[POINTS_MAX];
    size_t count, killed;
    int64_t began_us, word_us;
    int plain, shared, asked, refused;
};

static struct victim victims[WORLDS];
static char list[32768];

/* Before a step has been committed: four deaths in a row there make the runtime careful, which the last ones need. */
static bool is_before_steps(const char *name)
{
    return strncmp(name, "claim.", 6) == 0 || strncmp(name, "outbox-read.", 12) == 0 ||
           strncmp(name, "upkeep.", 7) == 0;
}

static bool is_of_care(const char *name)
{
    return strncmp(name, "step-suspect.", 13) == 0;
}

/* Come by when there is nothing to hear. */
static bool is_of_rest(const char *name)
{
    return strncmp(name, "claim-settled.", 14) == 0 || strncmp(name, "outbox-delete.", 14) == 0;
}

static void give(struct victim *victim, const char *name)
{
    assert_true(victim->count < POINTS_MAX);
    victim->points[victim->count++] = name;
}

/* This program's own points, dealt out: those that belong together to the first, in order. */
static void deal_points(void)
{
    FILE *out = fmemopen(list, sizeof(list), "w");
    const char *names[POINTS_MAX];
    size_t count = 0, next = 0;

    crash_print(out);
    fclose(out);
    for (char *line = strtok(list, "\n"); line; line = strtok(NULL, "\n")) {
        line[strcspn(line, "\t")] = '\0';
        assert_true(count < POINTS_MAX);
        names[count++] = line;
    }
    for (size_t i = 0; i < count; i++)
        if (is_before_steps(names[i]))
            give(&victims[0], names[i]);
    for (size_t i = 0; i < count; i++)
        if (is_of_care(names[i]))
            give(&victims[0], names[i]);
    for (size_t i = 0; i < count; i++)
        if (!is_before_steps(names[i]) && !is_of_care(names[i]))
            give(&victims[1 + next++ % (WORLDS - 1)], names[i]);
}

static int begin(void **state)
{
    char key[64];

    (void)state;
    setenv("PROBE_FOLLOWS", "1", 1);
    deal_points();
    for (int i = 0; i < WORLDS; i++)
        victims[i].world = world_open();
    world_send(victims[0].world, TOPIC_AD_STATE, world_key(victims[0].world, "garbage", 0, key), STR("hello"), NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (int i = 0; i < WORLDS; i++)
        world_close(victims[i].world);
    return 0;
}

static void say(struct victim *victim, const char *word, const char *wish, int *count)
{
    char key[64];

    world_cancel_order(victim->world, world_key(victim->world, word, (*count)++, key), wish, NULL);
}

/* Some of everything: each crash point lies on the road of one of them. */
static void say_some(struct victim *victim)
{
    victim->word_us = clock_steady_us();
    for (int i = 0; i < 4; i++)
        say(victim, "plain", "plain", &victim->plain);
    say(victim, "shared", "share", &victim->shared);
    say(victim, "asked", "ask", &victim->asked);
    say(victim, "refused", "constraint", &victim->refused);
}

static void start_next(struct victim *victim)
{
    const char *name = victim->points[victim->killed];
    bool second = strncmp(name, "step-", 5) == 0 && !is_of_care(name);
    char where[64];

    snprintf(where, sizeof(where), "%s:%d", name, second ? 2 : 1);
    if (strncmp(name, "rebuilt.", 8) == 0)
        world_number(victim->world, "UPDATE claim SET rebuilding = true");
    say_some(victim);
    world_start(victim->world, victim->world->admin, where, false);
    victim->began_us = clock_steady_us();
}

/* All hear the same topics: who is to rest needs the others to be quiet, too. */
static bool somebody_rests(void)
{
    for (int i = 0; i < WORLDS; i++)
        if (victims[i].killed < victims[i].count && is_of_rest(victims[i].points[victims[i].killed]))
            return true;
    return false;
}

/* While somebody rests, only they are told something, now and then, and have time to be done with it. */
static void say_more(struct victim *victim)
{
    int64_t since_us = clock_steady_us() - victim->word_us;

    if (!somebody_rests()) {
        if (since_us > WORD_EVERY_US)
            say_some(victim);
    } else if (is_of_rest(victim->points[victim->killed]) && since_us > 4 * WORD_EVERY_US) {
        victim->word_us = clock_steady_us();
        say(victim, "plain", "plain", &victim->plain);
    }
}

/* One look at a victim; false when it has been killed at all its points. */
static bool look_after(struct victim *victim)
{
    int status = 0;

    if (victim->killed == victim->count)
        return false;
    if (!victim->world->pid) {
        start_next(victim);
        return true;
    }
    if (waitpid(victim->world->pid, &status, WNOHANG) == victim->world->pid) {
        victim->world->pid = 0;
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
            fail_msg("at %s it ended otherwise: %d", victim->points[victim->killed], status);
        print_message("# killed at %s\n", victim->points[victim->killed]);
        victim->killed++;
        return true;
    }
    if (clock_steady_us() - victim->began_us > PATIENCE_US)
        fail_msg("it never came by %s", victim->points[victim->killed]);
    say_more(victim);
    return true;
}

static void dies_at_every_crash_point(void **state)
{
    size_t all = 0, killed = 0;

    (void)state;
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < WORLDS; i++)
            more |= look_after(&victims[i]);
        usleep(20000);
    }
    for (int i = 0; i < WORLDS; i++) {
        all += victims[i].count;
        killed += victims[i].killed;
    }
    print_message("# %zu of %zu crash points of the runtime, each killed at\n", killed, all);
    assert_int_equal(killed, all);
    assert_true(all >= 40);
}

/* How many keys with this word have a row, each of them counted so often. */
static void check_rows(struct victim *victim, const char *word, int count, int least, int most)
{
    struct world *world = victim->world;

    world_await(world, count, "SELECT count(*) FROM probe_order WHERE key LIKE '%s-%s-%%'", world->name, word);
    assert_true(world_number(world, "SELECT min(count) FROM probe_order WHERE key LIKE '%s-%s-%%'", world->name,
                             word) >= least);
    assert_true(
        world_number(world, "SELECT max(count) FROM probe_order WHERE key LIKE '%s-%s-%%'", world->name, word) <= most);
}

static void check_spoken(struct victim *victim, const char *word, int ids)
{
    char prefix[64];
    struct spoken spoken;

    snprintf(prefix, sizeof(prefix), "%s-%s-", victim->world->name, word);
    spoken = world_spoken(victim->world, "order.events", prefix);
    assert_int_equal(spoken.ids, ids);
}

/* Until only what the table refuses is parked, and everything was heard. */
static void hear_again(struct victim *victim)
{
    struct world *world = victim->world;
    int heard = victim->plain + victim->shared + victim->asked;

    for (int i = 0; i < 300; i++) {
        world_number(world, "UPDATE parked SET again = true WHERE reason NOT LIKE '%%constraint%%'");
        if (world_number(world, "SELECT count(*) FROM parked") == victim->refused &&
            world_number(world, "SELECT count(*) FROM probe_order WHERE key LIKE '%s-%%'", world->name) == heard)
            return;
        usleep(100000);
    }
    fail_msg("%s has not heard everything after 30 s", world->name);
}

static void check(struct victim *victim)
{
    struct world *world = victim->world;

    unsetenv("PROBE_FOLLOWS");
    world_start(world, world->admin, NULL, true);
    hear_again(victim);
    check_rows(victim, "plain", victim->plain, 1, 1);
    check_rows(victim, "shared", victim->shared, 1, 1);
    check_rows(victim, "asked", victim->asked, 1, 2); /* an ask that dies with the process is its service's to repeat */
    assert_int_equal(world_number(world, "SELECT count FROM probe_user WHERE key = '%s-shared'", world->name),
                     victim->shared);
    world_await(world, 0, "SELECT count(*) FROM outbox");
    check_spoken(victim, "plain", victim->plain);
    check_spoken(victim, "shared", victim->shared);
    check_spoken(victim, "refused", 0);
    world_kill(world);
}

static void has_heard_and_said_everything_once(void **state)
{
    (void)state;
    for (int i = 0; i < WORLDS; i++)
        check(&victims[i]);
}

/* A test that failed leaves no process to the next. */
static int clean_up(void **state)
{
    (void)state;
    for (int i = 0; i < WORLDS; i++)
        world_kill(victims[i].world);
    return 0;
}

#define with_cleanup(test) cmocka_unit_test_teardown(test, clean_up)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        with_cleanup(dies_at_every_crash_point),
        with_cleanup(has_heard_and_said_everything_once),
    };

    if (crash_asked(argc, argv))
        return 0;
    if (argc > 1)
        return probe_serve();
    return cmocka_run_group_tests(tests, begin, end);
}
