/* admin.h - the port on which a process tells how it is: /livez, /readyz, /metrics. */
#ifndef RUN_ADMIN_H
#define RUN_ADMIN_H

#include <event2/event.h>
#include <stdbool.h>

#include "base/status.h"

struct admin;

/* Whether this part of the process can do its work now. If not, one sentence goes into why. Must not block. */
typedef bool admin_check_fn(void *context, struct err *why);

/* Listens on address ("127.0.0.1:19103", "[::]:9100"). ST_FATAL when it cannot. */
enum status admin_open(struct event_base *base, const char *address, struct admin **admin, struct err *err) must_check;
void admin_close(struct admin *admin);

/* /livez is 200 as long as the loop turns. /readyz is 200 when all checks pass, otherwise 503, and
 * {"ready":false,"reasons":["database: ..."]}. name is kept, not copied. At most 16. */
void admin_check(struct admin *admin, const char *name, admin_check_fn *check, void *context);

/* Asks a running process's /readyz, blocking at most 3 s; prints its answer. 0 when it is ready, 1 otherwise. */
int admin_health(const char *address);

#endif
