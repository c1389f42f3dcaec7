/* program.h - what every long-running program of the shop has around its work: settings, log, loop, admin port, signals.
 *
 *     int main(int argc, char **argv)
 *     {
 *         struct program program = {.name = "views", .purpose = "...", .settings = ..., .stop = stop};
 *         int code;
 *
 *         if (!program_begin(&program, argc, argv, &code))
 *             return code;
 *         ... open things on program.base, admin_check(program.admin, ...) ...
 *         code = program_loop(&program);
 *         ... close them ...
 *         program_close(&program);
 *         return code;
 *     }
 */
#ifndef RUN_PROGRAM_H
#define RUN_PROGRAM_H

#include "base/config.h"
#include "run/admin.h"

struct program {
    const char *name;               /* in logs, metrics, and as the producer's ce-source */
    const char *purpose;            /* one sentence for --help */
    const struct setting *settings; /* its own, beside APP_ADMIN and APP_LOG_LEVEL */
    size_t setting_count;
    /* SIGTERM or SIGINT came: begin to finish, call program_end when done. NULL: end at once. Called once; 10 s later
     * the process exits with 1, whatever it does. */
    void (*stop)(void *context);
    void *context;

    /* Filled by program_begin. */
    struct event_base *base;
    struct admin *admin;
    bool stopping, ended;
    int exit_code;
    struct event *term, *interrupt, *pulse;
};

/* False when there is nothing to run: --help, --help-config, --health were answered, or a setting is wrong (said on
 * standard error and in the log); then *exit_code is to be returned. */
bool program_begin(struct program *program, int argc, char **argv, int *exit_code) must_check;

/* Turns the loop until program_end. A loop that stands still for a minute ends the process (SIGALRM). */
int program_loop(struct program *program);

/* Leaves the loop; the first call's code counts. */
void program_end(struct program *program, int exit_code);

void program_close(struct program *program);

#endif
