/* guard.h - what one destination outside is spared: a circuit breaker (base/breaker.h) and a budget of retries
 * (base/budget.h), with a clock, a timer, metrics and lines in the log.
 *
 * While the breaker is open, what is to be asked waits at the edge; resume is called when it may go on. A retry for which
 * the budget has nothing is not made: its deadline asks again, after a longer pause. */
#ifndef RUN_GUARD_H
#define RUN_GUARD_H

#include <event2/event.h>

#include "base/breaker.h"
#include "base/budget.h"

struct guard;
struct msg;

/* Called from the loop when a permit may be had again; asks for one, or not. */
typedef void guard_resume_fn(void *context);

/* destination is a word ("acquirer"), kept and not copied: the label of shop_breaker_open, shop_breaker_opened_total and
 * shop_retries_held_back_total, the subject of the log line. */
struct guard *guard_open(struct event_base *base, const char *destination, const struct breaker_limits *limits,
                         const struct budget_limits *retries, guard_resume_fn *resume, void *context);

/* NULL is allowed. */
void guard_close(struct guard *guard);

/* Once for each ask that reaches the edge, before it is queued: false when it is a retry that the budget holds back. Then
 * it is dropped, unanswered. A first ask is always admitted. */
bool guard_admits(struct guard *guard, const struct msg *ask);

/* As in breaker.h. Without a permit resume will be called. */
uint64_t guard_permit(struct guard *guard);
void guard_report(struct guard *guard, uint64_t permit, bool answered);
void guard_give_back(struct guard *guard, uint64_t permit);

#endif
