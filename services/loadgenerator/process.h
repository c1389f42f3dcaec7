/* process.h - the two things that this program can be: a coordinator, which has the page and the numbers, or a worker,
 * which makes the load. */
#ifndef LOADGENERATOR_PROCESS_H
#define LOADGENERATOR_PROCESS_H

#include "run/program.h"

struct load_settings {
    const char *target, *journeys, *load, *arrivals, *listen, *page, *report, *workers_listen, *join;
    int64_t workers, workers_awaited, patience_ms, order_patience_ms, linger_ms, seed;
    int64_t most_time_ms, most_users, most_rate, most_requests;
    bool allow_remote;
};

/* Opens one of the two on the program's loop, and sets the program's stop. */
enum status coordinator_open(struct program *program, const struct load_settings *settings, struct err *err) must_check;
void coordinator_close(void);
enum status worker_open(struct program *program, const struct load_settings *settings, struct err *err) must_check;
void worker_close(void);

#endif
