/* metrics.h - numbers about this process, counted in memory and printed as Prometheus text on /metrics.
 *
 * One registry per process, used by the loop's thread only. A metric is made once, at start, and kept for ever. */
#ifndef RUN_METRICS_H
#define RUN_METRICS_H

#include <stdio.h>

struct metric;

/* Called once, before anything else here. name is the process's ("payment"); it becomes a label of shop_build_info. */
void metrics_init(const char *name);

/* name, help and labels (`topic="order.events",partition="3"`, or NULL) are copied. The same name and labels give the
 * same metric. Names start with shop_, end in _total for counters, and carry the unit: shop_step_seconds. */
struct metric *metric_counter(const char *name, const char *help, const char *labels);
struct metric *metric_gauge(const char *name, const char *help, const char *labels);

/* Buckets from 100 µs to 10 s, in seconds. */
struct metric *metric_histogram(const char *name, const char *help, const char *labels);

/* Counters only grow; NULL is accepted everywhere and does nothing. */
void metric_add(struct metric *metric, double amount);
void metric_set(struct metric *metric, double value);
void metric_observe(struct metric *metric, double seconds);
double metric_value(const struct metric *metric);

/* Called before each print, to bring gauges up to date. At most 8. */
void metrics_before_print(void (*refresh)(void *context), void *context);

/* Text format 0.0.4: all metrics, and process_* (memory, CPU, descriptors, start). */
void metrics_print(FILE *out);

#endif
