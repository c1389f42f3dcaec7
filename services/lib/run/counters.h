/* counters.h - the metrics of a running service. */
#ifndef RUN_COUNTERS_H
#define RUN_COUNTERS_H

#include "msg/msg.h"
#include "run/metrics.h"

struct run;

/* Makes the metrics, and brings lag and queue lengths up to date at each print. */
void counters_open(struct run *run);

void counters_heard(enum msg_type type);
void counters_said(enum msg_type type);
void counters_step(double seconds, size_t messages);
void counters_parked(void);
void counters_dropped(void);
void counters_fenced(void);
void counters_dead_letter(void);
void counters_seen(void);
void counters_retry(void);

#endif
