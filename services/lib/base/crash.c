/* crash.c - the list of the places to die at, and dying there. */
#include "base/crash.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* The linker's names for the section's ends; what fills gaps in it is NULL. */
extern const struct crash_point *const __start_crash_points[], *const __stop_crash_points[];

bool crash_armed;

static struct {
    const char *name;
    size_t name_len;
    unsigned long left; /* passages, the deadly one included */
    int signal;
} armed;

/* This file's own, so that a program without any other has the section. */
static void arrive(void)
{
    CRASH_POINT("start", "the process has read where it shall die, and done nothing");
}

static const struct crash_point *find(const char *name, size_t len)
{
    /* cppcheck-suppress comparePointers ; the linker makes them the two ends of one array */
    for (const struct crash_point *const *at = __start_crash_points; at < __stop_crash_points; at++)
        if (*at && strlen((*at)->name) == len && memcmp((*at)->name, name, len) == 0)
            return *at;
    return NULL;
}

void crash_pass(const struct crash_point *point)
{
    if (strlen(point->name) != armed.name_len || memcmp(point->name, armed.name, armed.name_len) != 0 ||
        armed.left == 0 || --armed.left > 0)
        return;
    log_warning("crash point %s: the process %s itself", point->name, armed.signal == SIGKILL ? "kills" : "stops");
    raise(armed.signal);
}

enum status crash_arm(struct err *err)
{
    const char *where = getenv("APP_CRASH_AT"), *chaos = getenv("APP_CHAOS"), *colon;
    char nothing[] = "", *rest = nothing;

    if (!where || !*where)
        return ST_OK;
    if (!chaos || strcmp(chaos, "1") != 0)
        return err_set(err, ST_FATAL, "APP_CRASH_AT is for tests, which also set APP_CHAOS=1");
    colon = strchr(where, ':');
    armed.name = where;
    armed.name_len = colon ? (size_t)(colon - where) : strlen(where);
    armed.left = colon ? strtoul(colon + 1, &rest, 10) : 0;
    if (!find(armed.name, armed.name_len))
        return err_set(err, ST_FATAL, "APP_CRASH_AT: this program has no crash point %.*s", (int)armed.name_len, where);
    if (armed.left == 0 || (*rest && strcmp(rest, ":stop") != 0))
        return err_set(err, ST_FATAL, "APP_CRASH_AT is name:passage or name:passage:stop, not %s", where);
    armed.signal = *rest ? SIGSTOP : SIGKILL;
    crash_armed = true;
    arrive();
    return ST_OK;
}

static int by_name(const void *one, const void *other)
{
    return strcmp((*(const struct crash_point *const *)one)->name, (*(const struct crash_point *const *)other)->name);
}

void crash_print(FILE *out)
{
    /* cppcheck-suppress comparePointers */
    size_t count = 0, most = (size_t)(__stop_crash_points - __start_crash_points);
    const struct crash_point **list = calloc(most, sizeof(const struct crash_point *));

    if (!list)
        abort();
    for (size_t i = 0; i < most; i++)
        if (__start_crash_points[i])
            list[count++] = __start_crash_points[i];
    qsort(list, count, sizeof(*list), by_name);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s\t%s\n", list[i]->name, list[i]->because);
    free(list);
}

bool crash_asked(int argc, char **argv)
{
    bool asked = argc == 2 && strcmp(argv[1], "--crash-points") == 0;

    if (asked)
        crash_print(stdout);
    return asked;
}
