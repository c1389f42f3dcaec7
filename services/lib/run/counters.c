/* counters.c - counted as it happens; gauges are brought up to date when somebody looks. */
#include "run/counters.h"

#include <stdio.h>

#include "run/engine.h"

static struct {
    struct metric *heard[MSG_COUNT], *said[MSG_COUNT];
    struct metric *steps, *step_seconds, *messages_in_step, *parked, *dropped, *fenced, *dead, *seen, *retries;
    struct metric *outbox, *deadlines, *owned, *parked_rows;
} metrics;

static void refresh_lag(struct run *run, const struct claim *claim)
{
    char labels[160];

    for (size_t s = 0; s < claim->stream_count; s++) {
        int64_t lag = claim->owned ? consumer_lag(run->consumer, &claim->streams[s]) : 0;

        snprintf(labels, sizeof(labels), "topic=\"%s\",partition=\"%d\"", topic_name(claim->streams[s].topic),
                 (int)claim->part);
        metric_set(
            metric_gauge("shop_consumer_lag", "Records in the topic whose effect is not committed here.", labels),
            lag < 0 ? 0 : (double)lag);
    }
}

static void refresh(void *context)
{
    struct run *run = context;

    metric_set(metrics.outbox, (double)(run->outbox.unanswered + run->outbox.done_count));
    metric_set(metrics.deadlines, (double)run->deadlines.patient.count);
    metric_set(metrics.parked_rows, (double)run->upkeep.parked);
    metric_set(metrics.owned, (double)claims_owned(&run->claims));
    for (size_t i = 0; run->consumer && i < run->claims.count; i++)
        refresh_lag(run, &run->claims.list[i]);
}

void counters_open(struct run *run)
{
    metrics.steps = metric_counter("shop_steps_total", "Committed transactions.", NULL);
    metrics.step_seconds = metric_histogram("shop_step_seconds", "From a batch to its commit.", NULL);
    metrics.messages_in_step = metric_counter("shop_step_messages_total", "Messages in committed transactions.", NULL);
    metrics.parked = metric_counter("shop_parked_total", "Messages that could not be taken.", NULL);
    metrics.dropped = metric_counter("shop_dropped_total", "Parked messages that were given up.", NULL);
    metrics.fenced = metric_counter(
        "shop_fenced_total", "Messages of the past that were not heard again: they would have asked somebody outside.",
        NULL);
    metrics.dead = metric_counter("shop_dead_letters_total", "Records that are no messages.", NULL);
    metrics.seen = metric_counter("shop_seen_total", "Messages that had been heard before.", NULL);
    metrics.retries = metric_counter("shop_step_failures_total", "Transactions that were not committed.", NULL);
    metrics.outbox = metric_gauge("shop_outbox_rows", "Rows of the outbox that this process has not deleted yet.",
                                  NULL);
    metrics.deadlines = metric_gauge("shop_deadlines", "Deadlines that are due and wait for a backlog.", NULL);
    metrics.parked_rows = metric_gauge("shop_parked_rows", "Messages that wait for a person or a version.", NULL);
    metrics.owned = metric_gauge("shop_partitions_owned", "Claimed partitions.", NULL);
    metrics_before_print(refresh, run);
}

static struct metric *by_type(struct metric **list, enum msg_type type, const char *name, const char *help)
{
    char labels[96];

    if (!list[type]) {
        snprintf(labels, sizeof(labels), "type=\"%s\"", msg_type_name(type));
        list[type] = metric_counter(name, help, labels);
    }
    return list[type];
}

void counters_heard(enum msg_type type)
{
    metric_add(by_type(metrics.heard, type, "shop_messages_total", "Messages that a rule heard."), 1);
}

void counters_said(enum msg_type type)
{
    metric_add(by_type(metrics.said, type, "shop_said_total", "Messages that rules said."), 1);
}

void counters_step(double seconds, size_t messages)
{
    metric_add(metrics.steps, 1);
    metric_add(metrics.messages_in_step, (double)messages);
    metric_observe(metrics.step_seconds, seconds);
}

void counters_parked(void)
{
    metric_add(metrics.parked, 1);
}

void counters_dropped(void)
{
    metric_add(metrics.dropped, 1);
}

void counters_fenced(void)
{
    metric_add(metrics.fenced, 1);
}

void counters_dead_letter(void)
{
    metric_add(metrics.dead, 1);
}

void counters_seen(void)
{
    metric_add(metrics.seen, 1);
}

void counters_retry(void)
{
    metric_add(metrics.retries, 1);
}
