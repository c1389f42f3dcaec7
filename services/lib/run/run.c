/* run.c - a service from its start to its end: an ordered list of things to open, the loop, and the same list back. */
#include "run/run.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/counters.h"
#include "run/engine.h"
#include "run/schemas.h"

enum { STALLED_US = 30000000, FIRST_LINE_S = 5, LINE_EVERY_S = 60, SPARE_BYTES = 2 * 1024 * 1024 };

/* The answers that run_answer makes are named by the ask and by what they say: the same answer twice is one. */
static struct id answer_id(const struct msg *ask, struct str value)
{
    return id_named(&ask->id, value);
}

struct event_base *run_base(struct run *run)
{
    return run->program.base;
}

const char *run_database(const struct run *run)
{
    return run->settings.database;
}

int64_t run_now_ms(const struct run *run)
{
    return shoptime_ms(&run->time);
}

void run_answer(struct run *run, const struct msg *ask, enum msg_type type, const void *body, int64_t time_ms)
{
    struct claim *claim = claims_find(&run->claims, msg_kind(type), kafka_partition(msg_kind(type), ask->key));
    struct arena arena;
    struct local *local;
    struct str value;

    if (!claim || !claim->granted)
        return; /* it moved to another process, whose deadline asks again */
    arena_init(&arena);
    value = msg_encode(type, body, &arena);
    local = local_new(ask->key, value);
    local->type = type;
    local->claim = claim;
    local->id = answer_id(ask, value);
    local->correlation = ask->correlation;
    local->causation = ask->id;
    local->time_ms = time_ms;
    if (ask->traceparent.len == MSG_TRACEPARENT_LEN)
        memcpy(local->traceparent, ask->traceparent.ptr, MSG_TRACEPARENT_LEN);
    arena_release(&arena);
    local_push(&run->local, local);
    engine_kick(run);
}

struct kept_ask {
    struct msg msg;
    struct arena arena;
};

struct msg *run_keep_ask(const struct msg *ask)
{
    struct kept_ask *kept = malloc(sizeof(*kept));

    if (!kept)
        abort();
    arena_init_small(&kept->arena);
    kept->msg = *ask;
    kept->msg.key = arena_copy(&kept->arena, ask->key);
    kept->msg.traceparent = arena_copy(&kept->arena, ask->traceparent);
    kept->msg.body = msg_decode_own(ask->type, msg_encode(ask->type, ask->body, &kept->arena), &kept->arena);
    return &kept->msg;
}

void run_drop_ask(struct msg *ask)
{
    struct kept_ask *kept = (struct kept_ask *)ask;

    if (!kept)
        return;
    arena_release(&kept->arena);
    free(kept);
}

/* --- readiness ---------------------------------------------------------------------------------------------------- */

static bool steps_ready(void *context, struct err *why)
{
    const struct run *run = context;

    if (run->state == ENGINE_WAITING && run->consumer && !claims_owned(&run->claims))
        err_set(why, ST_RETRY, "no partition is claimed");
    else if (run->state != ENGINE_STEPPING)
        err_set(why, ST_RETRY, "partitions are being claimed");
    else if (run->backoff_ms)
        *why = run->trouble;
    else if (run->turn->waiting_us && clock_steady_us() - run->turn->waiting_us > STALLED_US)
        err_set(why, ST_RETRY, "a batch has been under way for more than %d s", STALLED_US / 1000000);
    else
        return true;
    return false;
}

static bool follows_ready(void *context, struct err *why)
{
    const struct run *run = context;

    return !run->follower || reader_ready(run->follower, why);
}

static bool group_ready(void *context, struct err *why)
{
    const struct run *run = context;

    if (run->consumer)
        return consumer_ready(run->consumer, why);
    if (!lease_ready(run->lease, why))
        return false;
    err_set(why, ST_RETRY, "not joined yet");
    return false;
}

/* A backlog's memory, once it is heard: the C library keeps pages in the middle of the heap until it is asked. */
static void give_back(const struct run *run)
{
    if (!run->busy && !run->turn->batch.count && mallinfo2().fordblks > SPARE_BYTES)
        malloc_trim(0);
}

/* While something is amiss there is one line a minute, whatever it is. */
static void report(evutil_socket_t fd, short what, void *context)
{
    static int amiss_s;
    struct run *run = context;
    struct err why = {{0}};

    (void)fd;
    (void)what;
    if (pg_ready(run->pg, &why) && follows_ready(run, &why) && group_ready(run, &why) && steps_ready(run, &why) &&
        producer_ready(run->producer, &why)) {
        if (amiss_s >= FIRST_LINE_S)
            log_info("ready again after %d s", amiss_s);
        amiss_s = 0;
    } else if (amiss_s++ % LINE_EVERY_S == FIRST_LINE_S) {
        log_warning("not ready: %s", why.text);
    }
    if (run->consumer)
        consumer_commit(run->consumer);
    give_back(run);
    engine_go(run);
}

/* --- opening and closing ------------------------------------------------------------------------------------------ */

static void learn(void *context, const struct msg *heard, struct str value)
{
    const struct run *run = context;

    (void)value;
    if (heard->type != MSG_UNKNOWN)
        run->service->learn(run->service->memory, heard);
}

/* Everything that it follows is in memory, and it knows which replica it is: now it may hear. */
static void join(struct run *run)
{
    struct err err;

    if (!run->program.stopping && !run->consumer && run->followed && run->ordinal >= 0 &&
        consumer_open(run, &run->consumer, &err) != ST_OK)
        engine_fail(run, &err);
}

static void follow_complete(void *context)
{
    struct run *run = context;

    run->followed = true;
    join(run);
}

static void ordinal_taken(void *context, int64_t ordinal)
{
    struct run *run = context;

    run->ordinal = ordinal;
    join(run);
}

static void ordinal_lost(void *context, const struct err *why)
{
    engine_fail(context, why);
}

static enum status learn_ordinal(struct run *run, struct err *err)
{
    const struct lease_hooks hooks = {ordinal_taken, ordinal_lost, run};
    const char *text = run->settings.ordinal;
    char host[HOST_NAME_MAX + 1] = "";
    char *end;

    run->ordinal = -1;
    if (strcmp(text, "lease") == 0) {
        gethostname(host, sizeof(host) - 1);
        return lease_open(run->program.base, run->settings.database, run->service->name,
                          *run->settings.replica ? run->settings.replica : host, &hooks, &run->lease, err);
    }
    errno = 0;
    run->ordinal = strtoll(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno)
        return err_set(err, ST_FATAL, "APP_ORDINAL is \"%.60s\", not a whole number, and not lease", text);
    return ST_OK;
}

static void database_changed(void *context, bool connected)
{
    struct run *run = context;

    if (connected)
        log_info("connected to the database");
    else
        log_warning("the connection to the database is lost: what was committed will show when it is back");
    engine_reassign(run);
}

static void go(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    engine_go(context);
}

static void stop(void *context)
{
    struct run *run = context;

    run->stop_us = clock_steady_us();
    lease_give_back(run->lease);
    if (run->consumer)
        engine_kick(run);
    else
        program_end(&run->program, 0);
}

static enum status open_edges(struct run *run, struct err *err)
{
    const struct service *service = run->service;
    struct reader_from from = {.topics = service->follows, .topic_count = service->follow_count};
    enum status status = pg_open(run->program.base, run->settings.database, service->name, &run->pg, err);

    if (status == ST_OK)
        status = producer_open(run->program.base, &run->kafka, outbox_report, run, &run->producer, err);
    if (status == ST_OK)
        status = learn_ordinal(run, err);
    if (status == ST_OK && service->open)
        status = service->open(run, err);
    if (status != ST_OK)
        return status;
    pg_on_change(run->pg, database_changed, run);
    if (!service->follow_count) {
        follow_complete(run);
        return ST_OK;
    }
    status = reader_open(run->program.base, &run->kafka, &from, learn, NULL, run, &run->follower, err);
    if (status == ST_OK)
        reader_on_complete(run->follower, follow_complete);
    return status;
}

static void open_parts(struct run *run)
{
    struct event_base *base = run->program.base;

    run->kafka = (struct kafka){.bootstrap = run->settings.kafka, .name = run->service->name};
    run->kick = evtimer_new(base, go, run);
    run->wait = evtimer_new(base, go, run);
    run->report = event_new(base, -1, EV_PERSIST, report, run);
    if (!run->kick || !run->wait || !run->report)
        abort();
    event_add(run->report, &(struct timeval){1, 0});
    claims_init(&run->claims, run->service);
    outbox_init(&run->outbox, run);
    deadlines_init(&run->deadlines);
    local_queue_init(&run->local);
    upkeep_init(&run->upkeep, run->service);
    fold_init(&run->fold);
    run->aside = aside_open(base);
    run->schemas = schemas_open(run);
    run->turn = turn_open(run);
    counters_open(run);
    admin_check(run->program.admin, "group", group_ready, run);
    admin_check(run->program.admin, "followed topics", follows_ready, run);
    admin_check(run->program.admin, "steps", steps_ready, run);
}

static void close_parts(struct run *run, bool opened)
{
    if (opened && run->service->close)
        run->service->close(run);
    aside_close(run->aside);
    turn_close(run->turn);
    consumer_close(run->consumer);
    lease_close(run->lease);
    reader_close(run->follower);
    producer_close(run->producer);
    pg_close(run->pg);
    schemas_close(run->schemas);
    local_queue_release(&run->local);
    deadlines_release(&run->deadlines);
    fold_release(&run->fold);
    upkeep_release(&run->upkeep);
    outbox_release(&run->outbox);
    claims_release(&run->claims);
    event_free(run->kick);
    event_free(run->wait);
    event_free(run->report);
}

static int serve(struct run *run)
{
    struct err err = {{0}};
    int code;

    open_parts(run);
    if (open_edges(run, &err) != ST_OK) {
        log_error("%s", err.text);
        program_end(&run->program, 1);
    } else {
        admin_check(run->program.admin, "database", pg_ready, run->pg);
        admin_check(run->program.admin, "kafka", producer_ready, run->producer);
    }
    code = program_loop(&run->program);
    close_parts(run, true);
    log_info("ends with %d", code);
    return code;
}

int run_service(const struct service *service, int argc, char **argv)
{
    struct run *run = calloc(1, sizeof(*run));
    struct setting *settings;
    int code;

    if (!run)
        abort();
    run->service = service;
    run->program = (struct program){.name = service->name, .stop = stop, .context = run};
    run->program.purpose = service->purpose ? service->purpose : "a service of the shop";
    run->program.setting_count = run_settings_list(&run->settings, service->settings, service->setting_count,
                                                   &settings);
    run->program.settings = settings;
    if (program_begin(&run->program, argc, argv, &code)) {
        code = serve(run);
        program_close(&run->program);
    }
    free(settings);
    free(run);
    return code;
}
