/* bench.h - the measuring client: orders straight into Kafka, outcomes straight out of it. */
#ifndef BENCH_H
#define BENCH_H

#include <librdkafka/rdkafka.h>
#include <stdint.h>

#include "base/status.h"

struct bench {
    rd_kafka_t *producer, *consumer;
    const char *kafka, *keys, *database;
};

/* Latencies of one kind, in microseconds. */
struct samples {
    int64_t *us;
    size_t count, room;
};

void samples_add(struct samples *samples, int64_t us);
/* The share-th smallest (0.5: the median); sorts. 0 when there are none. */
int64_t samples_at(struct samples *samples, double share);

/* Connects to APP_KAFKA; a consumer that has been assigned nothing yet. ST_FATAL with a sentence. */
enum status bench_open(struct bench *bench, struct err *err) must_check;
void bench_close(struct bench *bench);

/* Assigns every partition of topic at its present end. */
enum status bench_follow(struct bench *bench, const char *topic, int partitions, struct err *err) must_check;

/* One record there and back, and one commit of one row, each alone: prints {"kafka_us":..,"commit_us":..}. */
enum status floor_measure(struct bench *bench, int rounds, struct err *err) must_check;

/* count orders, `rate` a second (0: as fast as `window` open orders allow). Prints one line of JSON: confirmed, others,
 * seconds, p50_us, p99_us. trouble: every so manieth is cancelled a while later, and as many declined; 0: none. */
enum status load_measure(struct bench *bench, int count, int rate, int window, int trouble, struct err *err) must_check;

#endif
