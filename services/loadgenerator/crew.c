/* crew.c - links to workers, by their place in the course.
 *
 * A level is shared by number: of n that are ready, the i-th gets what falls to it, so that the shares add up. When one is
 * lost, its last numbers stay counted, its open orders are unknown, and the next sharing out leaves it out. */
#include "services/loadgenerator/crew.h"

#include <event2/listener.h>
#include <math.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "services/loadgenerator/json.h"
#include "services/loadgenerator/link.h"

enum { CLOSE_TRIES = 40, CLOSE_EVERY_MS = 50 };

extern char **environ;

struct crew {
    struct event_base *base;
    const struct load_settings *settings;
    struct course *course;
    const char *journeys;
    struct evconnlistener *listener;
    struct member {
        struct crew *crew;
        struct link *link;     /* NULL: gone */
        double level;          /* as told last; -1: never */
    } members[COURSE_WORKERS]; /* as in course->workers */
    pid_t children[COURSE_WORKERS];
    size_t child_count;
    bool finishing;
    char trouble[512];
    struct out out;
};

/* --- hearing ---------------------------------------------------------------------------------------------------------------- */

static size_t size_of(const json_t *message, const char *name)
{
    json_int_t value = json_integer_value(json_object_get(message, name));

    return value > 0 ? (size_t)value : 0;
}

static void hear_tally(struct crew *crew, struct course_worker *worker, const json_t *message)
{
    struct tally tally;

    tally_init(&tally);
    if (tally_read(json_object_get(message, "tally"), &tally)) {
        worker->users = size_of(message, "users");
        worker->busy = size_of(message, "busy");
        worker->waiting = size_of(message, "waiting");
        worker->orders_open = size_of(message, "orders");
        course_hear(crew->course, worker, &tally);
    } else {
        log_warning("%s: its numbers make no sense", worker->name);
    }
    tally_release(&tally);
}

static void lose(struct member *member, struct course_worker *worker)
{
    bool expected = worker->state == WORKER_DONE;

    link_free(member->link);
    member->link = NULL;
    if (expected)
        return;
    course_lose(member->crew->course, worker);
    log_warning("%s is gone; the others take over its share", worker->name);
}

static void on_heard(void *context, struct link *link, const json_t *message)
{
    struct member *member = context;
    struct crew *crew = member->crew;
    struct course_worker *worker = &crew->course->workers[member - crew->members];
    const char *what = json_string_value(json_object_get(message, "say"));
    const char *why = json_string_value(json_object_get(message, "why"));

    (void)link;
    if (!message) {
        lose(member, worker);
    } else if (what && strcmp(what, "ready") == 0) {
        worker->state = WORKER_READY;
        log_info("%s is ready", worker->name);
    } else if (what && strcmp(what, "tally") == 0) {
        hear_tally(crew, worker, message);
    } else if (what && strcmp(what, "done") == 0) {
        worker->state = WORKER_DONE;
    } else if (what && strcmp(what, "cannot") == 0) {
        snprintf(crew->trouble, sizeof(crew->trouble), "%s: %s", worker->name, why ? why : "it cannot");
    }
}

/* --- joining ---------------------------------------------------------------------------------------------------------------- */

static void tell_prepare(struct crew *crew, struct member *member, const struct course_worker *worker)
{
    const struct load_settings *settings = crew->settings;
    struct out *out = &crew->out;

    out_clear(out);
    out_put_str(out, STR("{\"do\":\"prepare\",\"target\":"));
    json_text(out, str_of(settings->target));
    out_put_str(out, STR(",\"journeys\":"));
    json_text(out, str_of(crew->journeys));
    json_format(out,
                ",\"name\":\"%s\",\"open\":%s,\"even\":%s,\"most\":%" PRId64 ",\"seed\":%" PRId64
                ",\"patience_ms\":%" PRId64 ",\"order_patience_ms\":%" PRId64 "}",
                worker->name, crew->course->ramp.open ? "true" : "false",
                strcmp(settings->arrivals, "even") == 0 ? "true" : "false", settings->most_users,
                settings->seed + (member - crew->members), settings->patience_ms, settings->order_patience_ms);
    link_send(member->link, out_str(out));
}

static bool is_other_machine(const struct sockaddr *from)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)from;

    return from->sa_family != AF_INET || ntohl(v4->sin_addr.s_addr) >> 24 != 127;
}

static void on_joined(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int from_bytes,
                      void *context)
{
    struct crew *crew = context;
    struct course *course = crew->course;
    struct course_worker *worker = &course->workers[course->worker_count];
    struct member *member = &crew->members[course->worker_count];

    (void)listener;
    (void)from_bytes;
    if (course->worker_count == COURSE_WORKERS || crew->finishing) {
        evutil_closesocket(fd);
        return;
    }
    *worker = (struct course_worker){.state = WORKER_JOINED, .remote = is_other_machine(from)};
    snprintf(worker->name, sizeof(worker->name), "w%" PRIx64 "-%zu", (uint64_t)course->began_wall_ms & 0xFFFFFF,
             ++course->worker_count);
    *member = (struct member){.crew = crew, .level = -1};
    member->link = link_new(crew->base, fd, on_heard, member);
    tell_prepare(crew, member, worker);
}

/* --- starting ---------------------------------------------------------------------------------------------------------------- */

/* A worker of this machine: this program again, told to join. It is in a group of its own, so that Ctrl-C reaches it
 * through its coordinator, which lets it finish. */
static enum status start_worker(struct crew *crew, const char *join, struct err *err)
{
    static const char *const kept[] = {"APP_ALLOW_REMOTE", "APP_LOG_LEVEL", "ASAN_OPTIONS", "UBSAN_OPTIONS", "PATH"};
    char values[sizeof(kept) / sizeof(kept[0])][256], joining[128], admin[] = "APP_ADMIN=127.0.0.1";
    char *environment[sizeof(kept) / sizeof(kept[0]) + 3], program[] = "loadgenerator", *words[] = {program, NULL};
    posix_spawnattr_t attributes;
    size_t count = 0;
    int code;

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        const char *value = getenv(kept[i]);

        if (!value)
            continue;
        snprintf(values[i], sizeof(values[i]), "%s=%s", kept[i], value);
        environment[count++] = values[i];
    }
    snprintf(joining, sizeof(joining), "APP_JOIN=%s", join);
    environment[count++] = joining;
    environment[count++] = admin;
    environment[count] = NULL;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    code = posix_spawn(&crew->children[crew->child_count], "/proc/self/exe", NULL, &attributes, words, environment);
    posix_spawnattr_destroy(&attributes);
    if (code != 0)
        return err_set(err, ST_FATAL, "no worker can be started: %s", strerror(code));
    crew->child_count++;
    return ST_OK;
}

/* The address that the listener has got, when it was told port 0. */
static void address_of(struct evconnlistener *listener, char text[64])
{
    struct sockaddr_storage address = {0};
    socklen_t size_bytes = sizeof(address);
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size_bytes);
    memcpy(&v4, &address, sizeof(v4));
    memcpy(&v6, &address, sizeof(v6));
    if (address.ss_family == AF_INET)
        snprintf(text, 64, "127.0.0.1:%u", (unsigned)ntohs(v4.sin_port));
    else
        snprintf(text, 64, "[::1]:%u", (unsigned)ntohs(v6.sin6_port));
}

enum status crew_open(struct event_base *base, const struct load_settings *settings, struct course *course,
                      const char *journeys, struct crew **crew, struct err *err)
{
    struct crew *opened = calloc(1, sizeof(*opened));
    struct sockaddr_storage where;
    int where_bytes = sizeof(where);
    char join[64];
    enum status status = ST_OK;

    if (!opened)
        abort();
    *crew = opened;
    opened->base = base;
    opened->settings = settings;
    opened->course = course;
    opened->journeys = journeys;
    out_init(&opened->out);
    if (evutil_parse_sockaddr_port(settings->workers_listen, (struct sockaddr *)&where, &where_bytes) != 0)
        return err_set(err, ST_FATAL, "APP_WORKERS_LISTEN=%s is not an address, with or without a port",
                       settings->workers_listen);
    opened->listener = evconnlistener_new_bind(base, on_joined, opened,
                                               LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, -1,
                                               (struct sockaddr *)&where, where_bytes);
    if (!opened->listener)
        return err_set(err, ST_FATAL, "workers cannot be listened for at %s", settings->workers_listen);
    address_of(opened->listener, join);
    log_info("workers may join at %s", join);
    for (int64_t i = 0; status == ST_OK && i < settings->workers; i++)
        status = start_worker(opened, join, err);
    return status;
}

void crew_close(struct crew *crew)
{
    struct timespec pause = {0, CLOSE_EVERY_MS * 1000000L};
    size_t left;

    if (!crew)
        return;
    for (size_t i = 0; i < COURSE_WORKERS; i++)
        link_free(crew->members[i].link);
    if (crew->listener)
        evconnlistener_free(crew->listener);
    for (int tries = 0; tries <= CLOSE_TRIES; tries++) { /* they end because their link has ended */
        left = 0;
        for (size_t i = 0; i < crew->child_count; i++) {
            if (crew->children[i] > 0 && tries == CLOSE_TRIES)
                kill(crew->children[i], SIGKILL);
            if (crew->children[i] > 0 && waitpid(crew->children[i], NULL, tries < CLOSE_TRIES ? WNOHANG : 0) != 0)
                crew->children[i] = 0;
            left += crew->children[i] > 0;
        }
        if (left == 0)
            break;
        nanosleep(&pause, NULL);
    }
    out_release(&crew->out);
    free(crew);
}

/* --- telling ---------------------------------------------------------------------------------------------------------------- */

size_t crew_ready(const struct crew *crew)
{
    size_t ready = 0;

    for (size_t i = 0; i < crew->course->worker_count; i++)
        ready += crew->course->workers[i].state == WORKER_READY;
    return ready;
}

const char *crew_trouble(const struct crew *crew)
{
    return crew->trouble[0] ? crew->trouble : NULL;
}

void crew_level(struct crew *crew, double level)
{
    int64_t ready = (int64_t)crew_ready(crew), index = 0;

    for (size_t i = 0; i < crew->course->worker_count; i++) {
        struct member *member = &crew->members[i];
        double share;

        if (crew->course->workers[i].state != WORKER_READY)
            continue;
        share = crew->course->ramp.open ? level / (double)ready : (double)ramp_share(lround(level), index, ready);
        index++;
        if (share == member->level)
            continue;
        member->level = share;
        out_clear(&crew->out);
        json_format(&crew->out, "{\"do\":\"level\",\"level\":%.6f}", share);
        link_send(member->link, out_str(&crew->out));
    }
}

void crew_finish(struct crew *crew)
{
    crew->finishing = true;
    for (size_t i = 0; i < crew->course->worker_count; i++)
        if (crew->course->workers[i].state == WORKER_READY)
            link_send(crew->members[i].link, STR("{\"do\":\"finish\"}"));
}

bool crew_is_done(const struct crew *crew)
{
    return crew_ready(crew) == 0;
}
