/* chaos.h - the catalogue made slow or wasteful on purpose, to see what the rest of the shop makes of it. Off by default. */
#ifndef CATALOG_CHAOS_H
#define CATALOG_CHAOS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct run;

enum { CHAOS_LATENCY_MOST_MS = 20000 }; /* a loop that stands still for a minute ends its process */

struct chaos_settings {
    int64_t latency_ms;
    const char *file;
};

extern struct chaos_settings chaos_settings;

/* SIGUSR1 switches the waste on, SIGUSR2 off. */
enum status chaos_open(struct run *run, struct err *err) must_check;
void chaos_close(struct run *run);

/* Before each step, outside its transaction: waits for the extra latency; parses the file once for each message. */
void chaos_before_step(size_t messages);

#endif
