/* tape.h - the topics as they lie on the broker: where they begin and end, and their records between two offsets.
 *
 * Blocking, for a tool that looks once. Nothing is committed, joined or written: no record becomes a dead letter here. */
#ifndef SHOPCTL_TAPE_H
#define SHOPCTL_TAPE_H

#include <librdkafka/rdkafka.h>

#include "base/status.h"
#include "msg/msg.h"

struct tape;

/* By APP_KAFKA and APP_PATIENCE. ST_FATAL: a setting is wrong. ST_RETRY: no broker answers. */
enum status tape_open(struct tape **tape, struct err *err) must_check;
void tape_close(struct tape *tape);

/* The library's handle, for questions of one's own, and how long they may take. */
rd_kafka_t *tape_client(const struct tape *tape);
int tape_patience_ms(const struct tape *tape);

/* Whether the broker has it, and with how many partitions; 0: it has not. */
int32_t tape_partitions(const struct tape *tape, const char *topic);

/* Calls hear for each topic that the broker has. */
void tape_each_topic(const struct tape *tape, void (*hear)(void *context, const char *topic), void *context);

/* The oldest offset that is still there, and the next that will be written. */
enum status tape_ends(const struct tape *tape, const char *topic, int32_t part, int64_t *start, int64_t *end,
                      struct err *err) must_check;

/* A part of one partition: records from `from` on and below `to`. */
struct tape_range {
    const char *topic;
    int32_t part;
    int64_t from, to;
};

/* Called for each record; it lives during the call only. False: that is enough of this partition. */
typedef bool tape_fn(void *context, const rd_kafka_message_t *record);

/* Reads them, partition by partition in order, partitions in any. ST_RETRY: some of it did not come within
 * APP_PATIENCE of silence. */
enum status tape_read(struct tape *tape, const struct tape_range *ranges, size_t count, tape_fn *hear, void *context,
                      struct err *err) must_check;

/* The whole of these topics, or (part >= 0) only of that partition of each; topics that the broker lacks are left out. */
enum status tape_read_topics(struct tape *tape, const char *const *topics, size_t count, int32_t part, tape_fn *hear,
                             void *context, struct err *err) must_check;

#endif
