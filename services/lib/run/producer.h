/* producer.h - writing records: idempotent, acknowledged by all replicas, in order, never given up by a timer.
 *
 * A record that was sent stays queued until the broker has it, however long the broker is away. When the library declares
 * the producer itself broken, all records that are not acknowledged are reported ST_RETRY and a new producer is made. */
#ifndef RUN_PRODUCER_H
#define RUN_PRODUCER_H

#include "base/crash.h"
#include "msg/rule.h"
#include "run/kafka.h"

struct producer;

/* What became of a record. context is the producer's, ticket the record's.
 * ST_OK: acknowledged; partition and offset say where. ST_RETRY: unknown, send it again. ST_REJECT: it can never be
 * written (too large, no such topic). Called once for each record that producer_send took, never from within it. */
typedef void producer_report_fn(void *context, void *ticket, enum status status, int32_t partition, int64_t offset,
                                const char *why);

enum status producer_open(struct event_base *base, const struct kafka *kafka, producer_report_fn *report, void *context,
                          struct producer **producer, struct err *err) must_check;

/* Drops what is not acknowledged, without reports. Blocks at most some 100 ms. */
void producer_close(struct producer *producer);

struct record {
    const char *topic; /* by name: dead letters have no enum */
    struct str key;
    struct str value;
    struct str headers; /* lines "name: value\n"; bytes outside printable ASCII, and %, as %XX */
    int64_t time_ms;    /* of the record; 0: now */
};

/* Takes a copy. ST_RETRY: the queue is full, nothing was taken, try later. ST_REJECT: never, see the report. Whoever is
 * reported to passes the effect's last point (effect_answered): records do not remember theirs. */
enum status producer_send(struct producer *producer, const struct effect *effect, const struct record *record,
                          void *ticket, struct err *err) must_check;

/* The headers of a message (ce-id, ce-type, ce-time, ce-source, correlationid, causationid, traceparent, content-type). */
struct str said_headers(const struct said *said, const char *source, struct arena *arena);

/* Sends a message to the topic of its type: for programs without an outbox (gateway, shopctl). */
enum status producer_say(struct producer *producer, const struct effect *effect, const struct said *said, void *ticket,
                         struct err *err) must_check;

/* Records that were taken and not reported yet. */
size_t producer_unanswered(const struct producer *producer);

/* Whether a broker answers, as far as is known; why says what went wrong last. For /readyz. */
bool producer_ready(void *producer, struct err *why);

#endif
