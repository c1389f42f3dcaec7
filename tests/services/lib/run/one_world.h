/* one_world.h - for a test program with one world: how it begins and ends, and tests that leave no process to the next. */
#ifndef TESTS_RUN_ONE_WORLD_H
#define TESTS_RUN_ONE_WORLD_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/services/lib/run/world.h"

static struct world *world;

static inline int begin(void **state)
{
    (void)state;
    world = world_open();
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    world_close(world);
    return 0;
}

/* Asks the process to end, and has it end well. */
static inline void stop(void)
{
    pid_t pid = world->pid;

    kill(pid, SIGTERM);
    assert_int_equal(world_wait_end(world, pid), 0);
}

static inline int clean_up(void **state)
{
    (void)state;
    world_kill(world);
    return 0;
}

/* A test that failed leaves no process to the next. */
#define with_cleanup(test) cmocka_unit_test_teardown(test, clean_up)

#endif
