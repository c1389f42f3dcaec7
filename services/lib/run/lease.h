/* lease.h - which of its service's replicas this process is, where nobody tells it: a row in the service's own database.
 *
 * No two that live hold the same number, the smallest free one is taken, and a process that comes back under its old name
 * (a restarted container) gets its old number at once. What a number decides is only the name in the Kafka group; who may
 * step is decided by the claim's epoch. */
#ifndef RUN_LEASE_H
#define RUN_LEASE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum { LEASE_KEPT_S = 15, LEASE_RENEW_S = 5 };

struct lease;

struct lease_hooks {
    void (*taken)(void *context, int64_t ordinal);      /* once, from the loop */
    void (*lost)(void *context, const struct err *why); /* another process has the number now: this one must end */
    void *context;
};

/* Begins to ask for a number, as long as it takes. database as in pg_open; service names the connection; holder is this
 * process's name among the replicas: a later process of the same name takes its number away. It is copied. */
enum status lease_open(struct event_base *base, const char *database, const char *service, const char *holder,
                       const struct lease_hooks *hooks, struct lease **lease, struct err *err) must_check;

/* Says now that the number is still in use, or asks for one; called by itself every LEASE_RENEW_S. */
void lease_renew(struct lease *lease);

/* The number is free for the next; sent, not waited for. */
void lease_give_back(struct lease *lease);

/* For /readyz: whether a number is held. lease may be NULL: somebody told it. */
bool lease_ready(const struct lease *lease, struct err *why);

/* NULL is allowed. */
void lease_close(struct lease *lease);

#endif
