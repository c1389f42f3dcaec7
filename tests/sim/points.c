/* points.c - crash points: who dies at which, and how often each was come by, so that one that nobody comes by is seen. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "tests/sim/sim.h"

/* The section that base/crash.h fills; what fills gaps in it is NULL. */
extern const struct crash_point *const __start_crash_points[], *const __stop_crash_points[];

enum { POINTS = 512 };

bool crash_armed = true;

static struct {
    uint64_t passed, died;
} tallies[POINTS];

/* Where point stands in the list, by its address: a table of slots, since this is asked at every point. */
static size_t number_of(const struct crash_point *point)
{
    static struct {
        const struct crash_point *point;
        size_t number;
    } slots[4 * POINTS];
    size_t at = ((uintptr_t)point >> 4) % (4 * POINTS), count = (size_t)(__stop_crash_points - __start_crash_points);

    for (; slots[at].point; at = (at + 1) % (4 * POINTS))
        if (slots[at].point == point)
            return slots[at].number;
    slots[at].point = point;
    while (slots[at].number < count && __start_crash_points[slots[at].number] != point)
        slots[at].number++;
    return slots[at].number;
}

void crash_pass(const struct crash_point *point)
{
    size_t number;

    if (!sim.mortal || !sim.current)
        return;
    number = number_of(point);
    tallies[number].passed += !sim.world.calm && !sim.world.weather.fair;
    if (!sim_falls(sim.storm.at_point, SIM_DIES_AT_A_POINT))
        return;
    tallies[number].died++;
    sim.mortal = false;
    if (sim.loud)
        log_info("dies at %s", point->name);
    longjmp(sim.death, 1);
}

static bool is_same(size_t a, size_t b)
{
    return __start_crash_points[a] && __start_crash_points[b] &&
           strcmp(__start_crash_points[a]->name, __start_crash_points[b]->name) == 0;
}

/* The same point is listed twice, where a function stands twice in the binary; it is counted where it is first. */
static bool is_first(size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (is_same(i, number))
            return false;
    return __start_crash_points[number] != NULL;
}

void points_print(void)
{
    size_t count = (size_t)(__stop_crash_points - __start_crash_points), died = 0, all = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t passed = 0, deaths = 0;

        if (!is_first(i))
            continue;
        for (size_t k = i; k < count; k++)
            if (is_same(i, k)) {
                passed += tallies[k].passed;
                deaths += tallies[k].died;
            }
        all++;
        died += deaths > 0;
        printf("%10llu died of %10llu  %s\n", (unsigned long long)deaths, (unsigned long long)passed,
               __start_crash_points[i]->name);
    }
    printf("%zu of %zu crash points: a process died at it\n", died, all);
}

enum status crash_arm(struct err *err)
{
    (void)err;
    return ST_OK;
}
