/* guard.h - a circuit breaker (base/breaker.h) with a clock, a timer, a metric and a line in the log, for one destination.
 *
 * While it is open, what is to be asked waits at the edge; resume is called when it may go on. */
#ifndef RUN_GUARD_H
#define RUN_GUARD_H

#include <event2/event.h>

#include "base/breaker.h"

struct guard;

/* Called from the loop when a permit may be had again; asks for one, or not. */
typedef void guard_resume_fn(void *context);

/* destination is a word ("acquirer"), kept and not copied: the label of shop_breaker_open and
 * shop_breaker_opened_total, the subject of the log line. */
struct guard *guard_open(struct event_base *base, const char *destination, const struct breaker_limits *limits,
                         guard_resume_fn *resume, void *context);

/* NULL is allowed. */
void guard_close(struct guard *guard);

/* As in breaker.h. Without a permit resume will be called. */
uint64_t guard_permit(struct guard *guard);
void guard_report(struct guard *guard, uint64_t permit, bool answered);
void guard_give_back(struct guard *guard, uint64_t permit);

#endif
