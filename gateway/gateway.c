/* gateway.c - the parts of the process, opened in the order of use and closed in the other. */
#include "gateway/gateway.h"

#include <stdio.h>

#include "base/log.h"
#include "gateway/door.h"
#include "gateway/forget/forget.h"
#include "gateway/forget/key_ticks.h"
#include "gateway/pages.h"
#include "gateway/process.h"
#include "gateway/recall.h"
#include "run/metrics.h"

enum { DRAIN_TRIES = 20, DRAIN_EVERY_MS = 50, MAX_ROUTES = 64 };

/* Numbers about the pages: one histogram per route, the last for what has none. */
static struct metric *seconds_by_route[MAX_ROUTES + 1];
static struct metric *answers_by_hundreds[6];
static struct metric *connections;

static void open_metrics(struct gateway *gateway)
{
    char labels[96];

    for (size_t i = 0; i <= gateway_route_count && i <= MAX_ROUTES; i++) {
        snprintf(labels, sizeof labels, "route=\"%s\"", i < gateway_route_count ? gateway_routes[i].path : "none");
        seconds_by_route[i] = metric_histogram("shop_http_request_seconds", "From the headers to the answer's end.",
                                               labels);
    }
    for (int i = 1; i <= 5; i++) {
        snprintf(labels, sizeof labels, "code=\"%dxx\"", i);
        answers_by_hundreds[i] = metric_counter("shop_http_answers_total",
                                                "Answers, by the first digit of their status.", labels);
    }
    connections = metric_gauge("shop_http_connections", "Connections that are open.", NULL);
    (void)gateway;
}

static void on_answered(void *context, const struct request *request, unsigned status, int64_t took_us)
{
    struct gateway *gateway = context;
    size_t route = request->route ? (size_t)(request->route - gateway_routes) : gateway_route_count;

    metric_observe(seconds_by_route[route], (double)took_us / 1e6);
    metric_add(answers_by_hundreds[status / 100 % 6], 1);
    metric_set(connections, http_connections(gateway->http));
    if (log_threshold() == LOG_DEBUG)
        log_debug("%u " STR_FMT " %lld us %s", status, STR_ARG(request->path), (long long)took_us, request->id);
}

/* Files are nobody's. */
static void on_enter(struct request *request, route_fn *handler)
{
    struct gateway *gateway = request->context;

    if (handler == page_static || handler == page_healthz)
        handler(request);
    else
        members_enter(gateway->accounts.members, request, handler);
}

static enum status open_edges(struct gateway *gateway, struct program *program, const struct gateway_settings *settings,
                              struct err *err)
{
    const struct kafka kafka = {.bootstrap = settings->kafka, .name = program->name};
    enum status status = producer_open(program->base, &kafka, voice_report, NULL, &gateway->producer, err);

    if (status == ST_OK)
        status = redis_open(program->base, settings->redis, &gateway->redis, err);
    if (status == ST_OK)
        status = state_open(&gateway->state, program->base, &kafka, err);
    if (status == ST_OK)
        status = keys_open(program->base, gateway->producer, settings->keys, &gateway->keys, err);
    if (status != ST_OK)
        return status;
    gateway->key_ticks = key_ticks_open(program->base, gateway->producer, settings->key_tick_ms);
    gateway->sayer = sayer_open(program->base, gateway->producer);
    status = recall_open(program->base, &kafka, settings->keys, gateway->sayer, &gateway->recall, err);
    if (status == ST_OK)
        gateway->presence = presence_open(&kafka);
    return status;
}

static enum status read_configured_files(struct gateway *gateway, const struct gateway_settings *settings,
                                         struct err *err)
{
    char path[512];
    enum status status = session_key_read(settings->session_key, &gateway->session_key, err);

    snprintf(path, sizeof path, "%s/payment.public.pem", settings->keys);
    if (status == ST_OK)
        status = seal_pair_read_public(path, &gateway->payment, err);
    if (status == ST_OK)
        status = files_open(settings->files, &gateway->files, err);
    if (status == ST_OK)
        status = dress_open(&gateway->dress, gateway->files, settings->message, settings->banner, err);
    if (status == ST_OK)
        status = dress_check_base(settings->base, err);
    session_cookies_below(settings->base);
    gateway->session_key.shared = settings->single_shared_session;
    return status;
}

static void add_checks(struct gateway *gateway, struct program *program)
{
    admin_check(program->admin, "kafka", producer_ready, gateway->producer);
    admin_check(program->admin, "shelf", state_ready, &gateway->state);
    admin_check(program->admin, "views", views_ready, gateway->views);
    admin_check(program->admin, "keys", keys_ready, gateway->keys);
    admin_check(program->admin, "forgotten", forget_ready, gateway->forget);
    admin_check(program->admin, "door", door_ready, gateway);
}

static struct http_options http_options_of(struct gateway *gateway, const struct gateway_settings *settings)
{
    return (struct http_options){
        .listen = settings->listen,
        .base = settings->base,
        .connections = (unsigned)settings->connections,
        .connections_per_address = (unsigned)settings->connections_per_address,
        .routes = gateway_routes,
        .route_count = gateway_route_count,
        .refuse = fault_refuse,
        .enter = on_enter,
        .answered = on_answered,
        .context = gateway,
    };
}

enum status gateway_open(struct gateway *gateway, struct program *program, const struct gateway_settings *settings,
                         struct err *err)
{
    enum status status = read_configured_files(gateway, settings, err);

    gateway->base = settings->base;
    gateway->robots = settings->robots;
    gateway->plans = plans_open();
    if (status == ST_OK)
        status = open_edges(gateway, program, settings, err);
    if (status != ST_OK)
        return status;
    gateway->waits = waits_open(gateway->redis);
    gateway->views = views_open(program->base, gateway->redis, gateway->plans);
    gateway->window = window_open(&gateway->state, gateway->files);
    gateway->commands = (struct commands){
        .base = program->base, .producer = gateway->producer, .waits = gateway->waits, .views = gateway->views};
    status = accounts_open(&gateway->accounts, &settings->accounts, gateway->redis, &gateway->session_key,
                           &gateway->commands, err);
    if (status == ST_OK)
        status = forget_open(program->base, &(struct kafka){settings->kafka, program->name}, &gateway->accounts,
                             gateway->sayer, &gateway->forget, err);
    if (status != ST_OK)
        return status;
    gateway->http_options = http_options_of(gateway, settings);
    activity_init(&gateway->activity, gateway->producer);
    open_metrics(gateway);
    add_checks(gateway, program);
    status = http_open(program->base, &gateway->http_options, &gateway->http, err);
    if (status == ST_OK)
        door_open_soon(gateway);
    return status;
}

/* --- the end ------------------------------------------------------------------------------------------------------------ */

/* What was answered last is still on its way out. */
static void drain(evutil_socket_t fd, short what, void *context)
{
    struct gateway *gateway = context;
    struct timeval wait = {0, DRAIN_EVERY_MS * 1000};

    (void)fd, (void)what;
    if (http_connections(gateway->http) == 0 || gateway->drained++ == DRAIN_TRIES)
        program_end(gateway->program, 0);
    else
        event_base_once(gateway->program->base, -1, EV_TIMEOUT, drain, gateway, &wait);
}

void gateway_stop(void *context)
{
    struct gateway *gateway = context;

    door_keep_shut(gateway);
    http_stop(gateway->http);
    drain(-1, 0, gateway);
}

void gateway_close(struct gateway *gateway)
{
    door_keep_shut(gateway);
    http_close(gateway->http);
    presence_close(gateway->presence);
    producer_close(gateway->producer);
    keys_close(gateway->keys);
    key_ticks_close(gateway->key_ticks);
    sayer_close(gateway->sayer);
    recall_close(gateway->recall);
    redis_close(gateway->redis);
    accounts_close(&gateway->accounts);
    forget_close(gateway->forget);
    commands_release(&gateway->commands);
    waits_close(gateway->waits);
    views_close(gateway->views);
    window_close(gateway->window);
    state_close(&gateway->state);
    files_close(gateway->files);
    seal_pair_free(gateway->payment);
    plans_close(gateway->plans);
    seal_cleanse(&gateway->session_key, sizeof gateway->session_key);
}
