/* crash.h - places where a test lets the process die. Nothing happens in a program that does not set crash_point. */
#ifndef RUN_CRASH_H
#define RUN_CRASH_H

extern void (*crash_point)(const char *name);

#define CRASH_POINT(name)      \
    do {                       \
        if (crash_point)       \
            crash_point(name); \
    } while (0)

#endif
