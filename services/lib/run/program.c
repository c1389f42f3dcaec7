/* program.c - the frame of a long-running program. */
#include "run/program.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/log.h"
#include "run/metrics.h"

enum { STANDSTILL_S = 60, DRAIN_S = 10 };

static const char *admin_address, *log_level;

static const struct setting common[] = {
    {"APP_ADMIN", SETTING_TEXT, "127.0.0.1:9100", &admin_address, "Address and port of /livez, /readyz and /metrics.",
     false},
    {"APP_LOG_LEVEL", SETTING_TEXT, "info", &log_level, "debug, info, warning or error.", false},
};

enum { COMMON = sizeof(common) / sizeof(common[0]) };

static struct setting *all_settings(const struct program *program, size_t *count)
{
    struct setting *all = calloc(COMMON + program->setting_count, sizeof(*all));

    if (!all)
        abort();
    memcpy(all, common, sizeof(common));
    if (program->setting_count)
        memcpy(all + COMMON, program->settings, program->setting_count * sizeof(*all));
    *count = COMMON + program->setting_count;
    return all;
}

static void print_help(const struct program *program)
{
    printf("%s - %s\n\n"
           "  %s                 runs until SIGTERM\n"
           "  %s --help-config   lists the settings, which are environment variables\n"
           "  %s --health        asks the running process whether it is ready: exit code 0 or 1\n"
           "  %s --crash-points  lists the places at which a test can have it die (APP_CHAOS, APP_CRASH_AT)\n",
           program->name, program->purpose, program->name, program->name, program->name, program->name);
}

/* What the command line asks for instead of running; -1: run. */
static int answer_command(const struct program *program, int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    const char *address = getenv("APP_ADMIN");
    struct setting *all;
    size_t count;

    if (argc == 1)
        return -1;
    if (crash_asked(argc, argv))
        return 0;
    if (strcmp(command, "--health") == 0)
        return admin_health(address ? address : common[0].standard);
    if (strcmp(command, "--help-config") == 0) {
        all = all_settings(program, &count);
        config_print_help(all, count);
        free(all);
        return 0;
    }
    print_help(program);
    return strcmp(command, "--help") == 0 ? 0 : 2;
}

static bool read_settings(const struct program *program, struct err *err)
{
    size_t count;
    struct setting *all = all_settings(program, &count);
    enum status status = config_load(all, count, err);

    free(all);
    return status == ST_OK;
}

/* While it runs, the alarm means that the loop stands still; while it stops, that stopping takes too long. */
static void too_late(int signal_number)
{
    static const char line[] =
        "{\"severity\":\"error\",\"message\":\"the loop does not turn, or stopping takes too long: "
        "the process ends\"}\n";

    (void)signal_number;
    if (write(STDOUT_FILENO, line, sizeof(line) - 1) < 0)
        _exit(1);
    _exit(1);
}

static void pulse(evutil_socket_t fd, short what, void *context)
{
    struct program *program = context;

    (void)fd;
    (void)what;
    if (!program->stopping)
        alarm(STANDSTILL_S);
}

static void begin_stop(evutil_socket_t fd, short what, void *context)
{
    struct program *program = context;

    (void)what;
    if (program->stopping)
        return;
    program->stopping = true;
    log_info("signal %d: finishing what is under way", (int)fd);
    alarm(DRAIN_S);
    if (program->stop)
        program->stop(program->context);
    else
        program_end(program, 0);
}

static void make_loop(struct program *program)
{
    struct timeval second = {1, 0};

    program->base = event_base_new();
    if (!program->base)
        abort();
    program->term = evsignal_new(program->base, SIGTERM, begin_stop, program);
    program->interrupt = evsignal_new(program->base, SIGINT, begin_stop, program);
    program->pulse = event_new(program->base, -1, EV_PERSIST, pulse, program);
    if (!program->term || !program->interrupt || !program->pulse)
        abort();
    event_add(program->term, NULL);
    event_add(program->interrupt, NULL);
    event_add(program->pulse, &second);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGALRM, too_late);
    alarm(STANDSTILL_S);
}

bool program_begin(struct program *program, int argc, char **argv, int *exit_code)
{
    struct err err = {{0}};

    *exit_code = answer_command(program, argc, argv);
    if (*exit_code >= 0)
        return false;
    /* The library's threads would each get an arena of their own, and keep what they once used. */
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TRIM_THRESHOLD, 256 * 1024);
    *exit_code = 1;
    log_init(program->name, "info");
    if (crash_arm(&err) != ST_OK || !read_settings(program, &err)) {
        log_error("%s", err.text);
        fprintf(stderr, "%s: %s\n", program->name, err.text);
        return false;
    }
    log_init(program->name, log_level);
    metrics_init(program->name);
    make_loop(program);
    if (admin_open(program->base, admin_address, &program->admin, &err) != ST_OK) {
        log_error("%s", err.text);
        program_close(program);
        return false;
    }
    *exit_code = 0;
    return true;
}

int program_loop(struct program *program)
{
    if (!program->ended)
        event_base_dispatch(program->base);
    return program->exit_code;
}

void program_end(struct program *program, int exit_code)
{
    if (program->ended)
        return;
    program->exit_code = exit_code;
    program->stopping = program->ended = true;
    alarm(DRAIN_S);
    event_base_loopbreak(program->base);
}

void program_close(struct program *program)
{
    admin_close(program->admin);
    event_free(program->term);
    event_free(program->interrupt);
    event_free(program->pulse);
    event_base_free(program->base);
    alarm(0);
    program->admin = NULL;
    program->base = NULL;
}
