/* crash.h - named places between two effects, at which a test can have the process die.
 *
 * They are compiled in always: what is tested is what runs. An unarmed one costs one comparison. A process arms itself only
 * when the environment says APP_CHAOS=1, and refuses to start when it is told where to die without that. Every program lists
 * its own (--crash-points); they lie in a section of the binary, so the list cannot forget one. */
#ifndef BASE_CRASH_H
#define BASE_CRASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

/* name is of letters, digits, '-' and '.', and unique in a program; because is one sentence. */
struct crash_point {
    const char *name, *because;
};

/* Something that others see: a group of statements, a record, a request. It may be that it has not been begun, that it has
 * been sent and nobody knows what became of it, or that the answer is here and nothing has been done about it. */
struct effect {
    struct crash_point before, after, answered;
};

extern bool crash_armed;

/* Dies when it is told so (by crash_arm). */
void crash_pass(const struct crash_point *point);

static inline void crash_at(const struct crash_point *point)
{
    if (crash_armed)
        crash_pass(point);
}

/* For the functions that make effects; a NULL effect only reads. */
static inline void effect_before(const struct effect *effect)
{
    if (crash_armed && effect)
        crash_pass(&effect->before);
}

static inline void effect_after(const struct effect *effect)
{
    if (crash_armed && effect)
        crash_pass(&effect->after);
}

static inline void effect_answered(const struct effect *effect)
{
    if (crash_armed && effect)
        crash_pass(&effect->answered);
}

/* A definition of "static const struct effect variable", for an effect that several places know. */
#define DEFINE_EFFECT(variable, name, what)                                                   \
    static const struct effect variable = {{name ".before", what ": not begun yet"},          \
                                           {name ".after", what ": sent, not answered"},      \
                                           {name ".answered", what ": answered, not noted"}}; \
    static const struct crash_point *const variable##_points[]                                \
        __attribute__((section("crash_points"), used)) = {&(variable).before, &(variable).after, &(variable).answered}

/* The effect that is made here: pg_send(pg, EFFECT("claim", "partitions are claimed"), done, context). */
#define EFFECT(name, what)                      \
    __extension__({                             \
        DEFINE_EFFECT(effect_here, name, what); \
        &effect_here;                           \
    })

/* In an effect's place: nothing is changed by it. */
#define READS ((const struct effect *)NULL)

/* A single place, a statement: CRASH_POINT("rule", "a rule has run, and nothing is saved"). */
#define CRASH_POINT(name, because)                                        \
    do {                                                                  \
        static const struct crash_point point_here = {name, because};     \
        static const struct crash_point *const listed_here                \
            __attribute__((section("crash_points"), used)) = &point_here; \
        crash_at(listed_here);                                            \
    } while (0)

/* Arms the point that APP_CRASH_AT names, "claim.before:3": the process kills itself with SIGKILL at the third passage;
 * "claim.before:3:stop": it stops itself with SIGSTOP. Unset or empty: nothing. ST_FATAL: no such point in this program, or
 * APP_CHAOS is not 1. */
enum status crash_arm(struct err *err) must_check;

/* "--crash-points": every point of this program, one a line: its name, a tab, its sentence. */
void crash_print(FILE *out);

/* Whether the command line asks for that and nothing else; it is printed then. */
bool crash_asked(int argc, char **argv);

#endif
