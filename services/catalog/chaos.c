/* chaos.c - two switches that the original shop's catalogue had: every call slower, and a bug that eats a processor.
 *
 * Both stop the loop, as such a thing does, but never while a transaction is open, and never for so long that the process
 * is taken for dead. */
#include "services/catalog/chaos.h"

#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/metrics.h"
#include "run/run.h"

enum { WASTE_MOST_US = 5000000 }; /* in one step */

struct chaos_settings chaos_settings;

static struct chaos {
    struct event *on, *off;
    bool wasting;
    struct metric *waste, *parsed, *latency;
} chaos;

static void set_waste(bool on)
{
    if (on == chaos.wasting)
        return;
    chaos.wasting = on;
    metric_set(chaos.waste, on);
    if (on)
        log_warning("chaos: %s is parsed for every message from now on (SIGUSR2 ends it)", chaos_settings.file);
    else
        log_warning("chaos: the file is not parsed any more");
}

static void on_signal(evutil_socket_t number, short what, void *context)
{
    (void)what;
    (void)context;
    set_waste(number == SIGUSR1);
}

enum status chaos_open(struct run *run, struct err *err)
{
    if (chaos_settings.latency_ms > CHAOS_LATENCY_MOST_MS)
        return err_set(err, ST_FATAL, "APP_EXTRA_LATENCY must be at most %ds", CHAOS_LATENCY_MOST_MS / 1000);
    chaos.on = evsignal_new(run_base(run), SIGUSR1, on_signal, NULL);
    chaos.off = evsignal_new(run_base(run), SIGUSR2, on_signal, NULL);
    if (!chaos.on || !chaos.off || event_add(chaos.on, NULL) || event_add(chaos.off, NULL))
        abort();
    chaos.waste = metric_gauge("shop_chaos_waste", "1 while a file is parsed for every message (SIGUSR1).", NULL);
    chaos.parsed = metric_counter("shop_chaos_parsed_total", "Files parsed for nothing.", NULL);
    chaos.latency = metric_gauge("shop_chaos_latency_seconds", "APP_EXTRA_LATENCY, before each step.", NULL);
    metric_set(chaos.latency, (double)chaos_settings.latency_ms / 1000);
    if (chaos_settings.latency_ms)
        log_warning("chaos: each step waits %lld ms (APP_EXTRA_LATENCY)", (long long)chaos_settings.latency_ms);
    return ST_OK;
}

void chaos_close(struct run *run)
{
    (void)run;
    if (chaos.on)
        event_free(chaos.on);
    if (chaos.off)
        event_free(chaos.off);
    chaos = (struct chaos){0};
}

static void parse_for_nothing(size_t times)
{
    int64_t until_us = clock_steady_us() + WASTE_MOST_US;
    json_error_t error;

    for (size_t i = 0; i < times && clock_steady_us() < until_us; i++) {
        json_decref(json_load_file(chaos_settings.file, 0, &error));
        metric_add(chaos.parsed, 1);
    }
}

void chaos_before_step(size_t messages)
{
    struct timespec wait = {chaos_settings.latency_ms / 1000, chaos_settings.latency_ms % 1000 * 1000000};

    if (chaos_settings.latency_ms)
        nanosleep(&wait, NULL);
    if (chaos.wasting)
        parse_for_nothing(messages);
}
