/* voice.h - saying things to Kafka, and hearing what became of them. */
#ifndef GATEWAY_VOICE_H
#define GATEWAY_VOICE_H

#include "msg/rule.h"
#include "run/producer.h"

/* Who waits for a report; the first member of the waiter's own struct. Called exactly once for each record that was
 * taken, unless the process ends before. */
struct ticket {
    void (*report)(struct ticket *ticket, enum status status, int64_t offset);
};

/* The report function to open the producer with; its context is not used. */
void voice_report(void *context, void *ticket, enum status status, int32_t partition, int64_t offset, const char *why);

/* A message of ours: encoded, under its key, with headers. Everything in the arena; id is its message id, correlation the
 * command's that it belongs to. */
struct said *voice_compose(enum msg_type type, const void *body, struct id id, struct id correlation,
                           struct str traceparent, struct arena *arena);

/* The trace that a request belongs to, with a span of our own: its traceparent header where that is one (W3C, version 00),
 * otherwise a new trace. In the arena. */
struct str voice_trace(struct str traceparent, struct arena *arena);

#endif
