/* kafka.h - the settings that every Kafka client here shares, its errors, its partitions, its wake-ups. */
#ifndef RUN_KAFKA_H
#define RUN_KAFKA_H

#include <event2/event.h>
#include <librdkafka/rdkafka.h>

#include "base/status.h"
#include "msg/msg.h"

struct kafka {
    const char *bootstrap; /* "127.0.0.1:19092" */
    const char *name;      /* client.id, and the source of what is said */
};

enum kafka_role { KAFKA_PRODUCER, KAFKA_CONSUMER };

/* The partition that a key of this kind lives in: murmur2, as every Kafka client's default partitioner has it. */
int32_t kafka_partition(enum kind kind, struct str key);

/* A configuration with what is wrong in the library's defaults put right; the caller adds to it, and owns it until
 * rd_kafka_new. */
rd_kafka_conf_t *kafka_conf(const struct kafka *kafka, enum kafka_role role);

/* Sets one property; aborts on one that the library does not have. */
void kafka_set(rd_kafka_conf_t *conf, const char *property, const char *value);

/* ST_FATAL: this client, not necessarily the process, is of no use any more. ST_REJECT: this record does not go,
 * as things are (too large, no such topic, no right to write). */
enum status kafka_status(rd_kafka_resp_err_t code);

/* Whether the statistics name a broker that is connected: the library's only word about one that came back while nothing
 * was sent. They come every two seconds. */
bool kafka_is_up(const char *statistics);

/* Wakes the loop when a queue has something. The library tells only the passage from empty to not empty: call
 * kafka_wake_again after stopping before the queue was empty. */
struct kafka_wake;

typedef void kafka_wake_fn(void *context);

/* wake is also called once a second. Owns queue, and destroys it at close (before rd_kafka_destroy). */
struct kafka_wake *kafka_wake_open(struct event_base *base, rd_kafka_queue_t *queue, kafka_wake_fn *wake,
                                   void *context);
void kafka_wake_again(struct kafka_wake *wake);
void kafka_wake_close(struct kafka_wake *wake);

#endif
