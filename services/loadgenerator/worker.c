/* worker.c - a process that makes load as its coordinator says, and tells once a second what came of it.
 *
 * It knows no bounds but its coordinator's, and one of its own: it leaves other machines alone unless its own
 * settings allow them. When the coordinator is gone, it ends. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/log.h"
#include "services/loadgenerator/crowd.h"
#include "services/loadgenerator/json.h"
#include "services/loadgenerator/link.h"
#include "services/loadgenerator/process.h"

enum { TELL_EVERY_MS = 1000, DONE_CHECK_MS = 50 };

static struct worker {
    struct program *program;
    const struct load_settings *settings;
    struct link *link;
    struct arena arena;
    struct journeys journeys;
    struct tally tally;
    struct client client;
    struct orders *orders;
    struct crowd *crowd;
    struct event *tell, *check_done;
    char name[32];
    struct out out;
} worker;

/* --- telling ---------------------------------------------------------------------------------------------------------------- */

static void tell_tally(void)
{
    struct crowd_numbers numbers = crowd_count(worker.crowd);

    out_clear(&worker.out);
    json_format(&worker.out, "{\"say\":\"tally\",\"users\":%zu,\"busy\":%zu,\"waiting\":%zu,\"orders\":%zu,\"tally\":",
                numbers.users, numbers.busy, numbers.waiting, orders_open(worker.orders));
    tally_write(&worker.tally, &worker.out);
    out_put(&worker.out, "}", 1);
    link_send(worker.link, out_str(&worker.out));
    tally_clear(&worker.tally);
}

static void on_tell(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    (void)context;
    tell_tally();
}

static void on_check_done(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    (void)context;
    if (crowd_count(worker.crowd).busy || orders_open(worker.orders))
        return;
    event_del(worker.tell);
    event_del(worker.check_done);
    tell_tally();
    link_send(worker.link, STR("{\"say\":\"done\"}"));
}

/* --- hearing ---------------------------------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *message, const char *name)
{
    const char *text = json_string_value(json_object_get(message, name));

    return text ? text : "";
}

static enum status prepare(const json_t *message, struct err *err)
{
    struct timeval second = {TELL_EVERY_MS / 1000, 0};
    struct crowd_wish wish = {.name = worker.name,
                              .open = json_is_true(json_object_get(message, "open")),
                              .even = json_is_true(json_object_get(message, "even")),
                              .most = (size_t)json_integer_value(json_object_get(message, "most")),
                              .seed = (uint64_t)json_integer_value(json_object_get(message, "seed"))};
    enum status status = journeys_parse(str_of(text_of(message, "journeys")), &worker.arena, &worker.journeys, err);

    snprintf(worker.name, sizeof(worker.name), "%s", text_of(message, "name"));
    if (status == ST_OK)
        status = client_open(&worker.client, worker.program->base, text_of(message, "target"),
                             worker.settings->allow_remote, json_integer_value(json_object_get(message, "patience_ms")),
                             &worker.tally, err);
    if (status != ST_OK)
        return status;
    worker.orders = orders_new(&worker.client, &worker.journeys,
                               json_integer_value(json_object_get(message, "order_patience_ms")));
    worker.crowd = crowd_new(&worker.client, &worker.journeys, worker.orders, &wish);
    event_add(worker.tell, &second);
    return ST_OK;
}

static void begin(const json_t *message)
{
    struct err err;

    out_clear(&worker.out);
    if (prepare(message, &err) == ST_OK) {
        link_send(worker.link, STR("{\"say\":\"ready\"}"));
        return;
    }
    log_error("%s", err.text);
    out_put_str(&worker.out, STR("{\"say\":\"cannot\",\"why\":"));
    json_text(&worker.out, str_of(err.text));
    out_put(&worker.out, "}", 1);
    link_send(worker.link, out_str(&worker.out));
}

static void on_heard(void *context, struct link *link, const json_t *message)
{
    const char *what = text_of(message, "do");
    struct timeval often = {0, DONE_CHECK_MS * 1000};

    (void)context;
    (void)link;
    if (!message) {
        if (!worker.program->stopping)
            log_info("the coordinator is gone");
        program_end(worker.program, 0);
    } else if (strcmp(what, "prepare") == 0 && !worker.crowd) {
        begin(message);
    } else if (strcmp(what, "level") == 0 && worker.crowd) {
        crowd_set_level(worker.crowd, json_number_value(json_object_get(message, "level")));
    } else if (strcmp(what, "finish") == 0 && worker.crowd) {
        crowd_finish(worker.crowd);
        event_add(worker.check_done, &often);
    }
}

/* --- the process ------------------------------------------------------------------------------------------------------------ */

static void on_stop(void *context)
{
    (void)context;
    if (worker.crowd && worker.link)
        tell_tally();
    program_end(worker.program, 0);
}

enum status worker_open(struct program *program, const struct load_settings *settings, struct err *err)
{
    struct sockaddr_storage where;
    int where_bytes = sizeof(where), fd;

    worker.program = program;
    worker.settings = settings;
    program->stop = on_stop;
    arena_init(&worker.arena);
    out_init(&worker.out);
    tally_init(&worker.tally);
    worker.tell = event_new(program->base, -1, EV_PERSIST, on_tell, NULL);
    worker.check_done = event_new(program->base, -1, EV_PERSIST, on_check_done, NULL);
    if (!worker.tell || !worker.check_done)
        abort();
    if (evutil_parse_sockaddr_port(settings->join, (struct sockaddr *)&where, &where_bytes) != 0)
        return err_set(err, ST_FATAL, "APP_JOIN=%s is not an address and port, like 127.0.0.1:19116", settings->join);
    fd = socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&where, (socklen_t)where_bytes) != 0) {
        if (fd >= 0)
            evutil_closesocket(fd);
        return err_set(err, ST_FATAL, "no coordinator listens at %s", settings->join);
    }
    evutil_make_socket_nonblocking(fd);
    worker.link = link_new(program->base, fd, on_heard, NULL);
    return ST_OK;
}

void worker_close(void)
{
    crowd_free(worker.crowd);
    orders_free(worker.orders);
    client_release(&worker.client);
    link_free(worker.link);
    event_free(worker.tell);
    event_free(worker.check_done);
    tally_release(&worker.tally);
    out_release(&worker.out);
    arena_release(&worker.arena);
}
