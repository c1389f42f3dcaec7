/* coordinator.c - a run: waits for its workers, tells them the level, adds up what they say, ends it, reports.
 *
 * It makes no load itself, so that the page and the clock are right while the workers are at their limit. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "services/loadgenerator/crew.h"
#include "services/loadgenerator/journeys.h"
#include "services/loadgenerator/web.h"

enum { TICK_MS = 100, JOIN_PATIENCE_MS = 20 * 1000, STOP_PATIENCE_MS = 5 * 1000, GRACE_MS = 60 * 1000 };

static struct coordinator {
    struct program *program;
    const struct load_settings *settings;
    struct arena arena;
    struct journeys journeys;
    struct out text; /* the journey file */
    struct course course;
    struct crew *crew;
    struct web *web;
    struct event *tick;
    int64_t opened_us, began_us, cut_us, finishing_us, over_us;
    int64_t finish_patience_ms;
    int exit_code;
} coordinator;

/* --- the end ------------------------------------------------------------------------------------------------------------------- */

static void write_file(const char *name, const struct out *out)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", coordinator.settings->report, name);
    file = fopen(path, "we");
    if (!file || fwrite(out->ptr, 1, out->len, file) != out->len)
        log_error("the report %s could not be written: %s", path, strerror(errno));
    if (file)
        fclose(file);
}

static void report(void)
{
    struct out out;

    out_init(&out);
    course_text(&coordinator.course, &out);
    fwrite(out.ptr, 1, out.len, stderr);
    if (coordinator.settings->report[0]) {
        mkdir(coordinator.settings->report, 0777);
        out_clear(&out);
        course_json(&coordinator.course, 0, &out);
        write_file("report.json", &out);
        out_clear(&out);
        course_csv(&coordinator.course, &out);
        write_file("report.csv", &out);
        out_clear(&out);
        course_series_csv(&coordinator.course, &out);
        write_file("seconds.csv", &out);
    }
    out_release(&out);
}

static void finish(const char *because, int64_t patience_ms)
{
    if (coordinator.course.phase >= PHASE_FINISHING)
        return;
    coordinator.course.phase = PHASE_FINISHING;
    coordinator.finishing_us = clock_steady_us();
    coordinator.finish_patience_ms = patience_ms;
    snprintf(coordinator.course.because, sizeof(coordinator.course.because), "%s", because);
    log_info("%s", because);
    crew_finish(coordinator.crew);
}

/* Numbers of failed answers, orders of unknown end and visitors without a place make a run a failed one. */
static void end(void)
{
    struct course *course = &coordinator.course;
    const uint64_t *n = course->total.counters;

    for (size_t i = 0; i < course->worker_count; i++)
        if (course->workers[i].state != WORKER_DONE)
            course_lose(course, &course->workers[i]);
    course_cut(course);
    course->phase = PHASE_OVER;
    coordinator.over_us = clock_steady_us();
    report();
    if (n[TALLY_FAILED] || n[TALLY_UNKNOWN] || n[TALLY_NEVER_BEGUN] || n[TALLY_STEPS] == 0)
        coordinator.exit_code = 1;
}

/* --- the clock ---------------------------------------------------------------------------------------------------------------- */

static int64_t since_ms(int64_t then_us)
{
    return (clock_steady_us() - then_us) / 1000;
}

/* On the page, and in the log whenever it changes. */
static void say_missing(size_t missing, size_t wanted)
{
    struct course *course = &coordinator.course;
    char text[sizeof(course->because)];

    snprintf(text, sizeof(text), "%zu of %zu workers missing", missing, wanted);
    if (strcmp(text, course->because) == 0)
        return;
    snprintf(course->because, sizeof(course->because), "%s", text);
    log_info("waiting: %s", text);
}

static void wait_for_workers(void)
{
    const struct load_settings *settings = coordinator.settings;
    const char *trouble = crew_trouble(coordinator.crew);
    size_t wanted = (size_t)(settings->workers + settings->workers_awaited);

    if (!trouble && crew_ready(coordinator.crew) >= wanted) {
        coordinator.course.phase = PHASE_RUNNING;
        coordinator.course.because[0] = '\0';
        coordinator.began_us = coordinator.cut_us = clock_steady_us();
        coordinator.course.began_wall_ms = clock_wall_ms();
        log_info("running with %zu workers: %s against %s", wanted, settings->load, settings->target);
    } else if (trouble || (settings->workers_awaited == 0 && since_ms(coordinator.opened_us) > JOIN_PATIENCE_MS)) {
        finish(trouble ? trouble : "the workers did not join", STOP_PATIENCE_MS);
    } else {
        say_missing(wanted - crew_ready(coordinator.crew), wanted);
    }
}

static void run(void)
{
    struct course *course = &coordinator.course;
    const char *enough;

    course->elapsed_ms = since_ms(coordinator.began_us);
    enough = course_enough(course);
    if (crew_ready(coordinator.crew) == 0)
        enough = "all workers are gone";
    if (enough)
        finish(enough, coordinator.settings->order_patience_ms + coordinator.settings->patience_ms + GRACE_MS);
    else
        crew_level(coordinator.crew, course_level(course));
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
    struct course *course = &coordinator.course;

    (void)fd;
    (void)what;
    (void)context;
    if (course->phase == PHASE_WAITING)
        wait_for_workers();
    else if (course->phase == PHASE_RUNNING)
        run();
    if (course->phase == PHASE_FINISHING &&
        (crew_is_done(coordinator.crew) || since_ms(coordinator.finishing_us) > coordinator.finish_patience_ms))
        end();
    if (course->phase == PHASE_OVER) {
        if (coordinator.program->stopping || since_ms(coordinator.over_us) >= coordinator.settings->linger_ms)
            program_end(coordinator.program, coordinator.exit_code);
    } else if (coordinator.began_us && since_ms(coordinator.cut_us) >= 1000) {
        coordinator.cut_us += 1000 * 1000;
        course_cut(course);
    }
}

static void on_signal(void *context)
{
    (void)context;
    finish("stopped by a signal", STOP_PATIENCE_MS);
    coordinator.finish_patience_ms = STOP_PATIENCE_MS;
}

static void on_page_stop(void *context)
{
    (void)context;
    finish("stopped by hand", coordinator.settings->order_patience_ms + coordinator.settings->patience_ms + GRACE_MS);
}

/* --- the process ------------------------------------------------------------------------------------------------------------- */

static enum status read_journeys(const char *path, struct err *err)
{
    FILE *file = fopen(path, "re");
    struct err why;
    char *to;
    size_t n;

    if (!file)
        return err_set(err, ST_FATAL, "APP_JOURNEYS=%s cannot be read: %s", path, strerror(errno));
    do {
        to = out_reserve(&coordinator.text, 4096);
        n = fread(to, 1, 4096, file);
        coordinator.text.len += n;
    } while (n > 0);
    fclose(file);
    if (journeys_parse(out_str(&coordinator.text), &coordinator.arena, &coordinator.journeys, &why) != ST_OK)
        return err_set(err, ST_FATAL, "%s: %s", path, why.text);
    out_put(&coordinator.text, "", 1); /* its end, for those who send it */
    return ST_OK;
}

static enum status check_settings(const struct load_settings *settings, struct err *err)
{
    struct course *course = &coordinator.course;
    bool open = strncmp(settings->load, "rate", 4) == 0;
    double most = (double)(open ? settings->most_rate : settings->most_users);
    struct err why;

    if (settings->workers > COURSE_WORKERS / 2 || settings->workers + settings->workers_awaited < 1)
        return err_set(err, ST_FATAL, "APP_WORKERS is at most %d, and somebody must work", COURSE_WORKERS / 2);
    if (settings->most_users < 1 || settings->most_users > 100000 || settings->most_time_ms > COURSE_SECONDS * 1000LL)
        return err_set(err, ST_FATAL, "APP_MOST_USERS is 1 to 100000, APP_MOST_TIME at most 24h");
    if (strcmp(settings->arrivals, "even") != 0 && strcmp(settings->arrivals, "random") != 0)
        return err_set(err, ST_FATAL, "APP_ARRIVALS is random or even, not %s", settings->arrivals);
    if (ramp_parse(str_of(settings->load), most, &course->ramp, &why) != ST_OK)
        return err_set(err, ST_FATAL, "APP_LOAD: %s", why.text);
    course->target = settings->target;
    course->journeys = settings->journeys;
    course->bounds = (struct bounds){.time_ms = settings->most_time_ms,
                                     .requests = settings->most_requests,
                                     .users = (double)settings->most_users,
                                     .rate = (double)settings->most_rate};
    return ST_OK;
}

enum status coordinator_open(struct program *program, const struct load_settings *settings, struct err *err)
{
    struct web_actions actions = {.stop = on_page_stop};
    struct timeval often = {0, TICK_MS * 1000};
    enum status status;

    coordinator.program = program;
    coordinator.settings = settings;
    coordinator.opened_us = clock_steady_us();
    arena_init(&coordinator.arena);
    out_init(&coordinator.text);
    course_init(&coordinator.course);
    coordinator.course.began_wall_ms = clock_wall_ms();
    status = check_settings(settings, err);
    if (status == ST_OK)
        status = read_journeys(settings->journeys, err);
    if (status == ST_OK)
        status = web_open(program->base, settings->listen, settings->page, &coordinator.course, &actions,
                          &coordinator.web, err);
    if (status == ST_OK)
        status = crew_open(program->base, settings, &coordinator.course, coordinator.text.ptr, &coordinator.crew, err);
    if (status != ST_OK)
        return status;
    program->stop = on_signal;
    coordinator.tick = event_new(program->base, -1, EV_PERSIST, on_tick, NULL);
    if (!coordinator.tick)
        abort();
    event_add(coordinator.tick, &often);
    log_info("the live page: http://%s/", settings->listen);
    return ST_OK;
}

void coordinator_close(void)
{
    if (coordinator.tick)
        event_free(coordinator.tick);
    crew_close(coordinator.crew);
    web_close(coordinator.web);
    course_release(&coordinator.course);
    out_release(&coordinator.text);
    arena_release(&coordinator.arena);
}
