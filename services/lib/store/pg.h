/* pg.h - Postgres on the loop: one connection that comes back by itself, statements sent in groups, one answer a group.
 *
 * Nothing blocks, and nothing is retried here: what a failed group means is its caller's to know. */
#ifndef STORE_PG_H
#define STORE_PG_H

#include <event2/event.h>
#include <libpq-fe.h>
#include <stdbool.h>

#include "base/crash.h"
#include "base/status.h"

struct pg;

enum { PG_MAX_PARAMS = 32, PG_MAX_GROUP = 32 };

/* Prepared on each connection before its first use there. Parameters and results are binary. */
struct pg_statement {
    const char *name; /* of the prepared statement, unique in the process */
    const char *sql;
};

/* Values as libpq takes them, in Postgres' binary format; filled by "store/columns.h". */
struct pg_params {
    int count;
    const char *values[PG_MAX_PARAMS];
    int lengths[PG_MAX_PARAMS];
    Oid types[PG_MAX_PARAMS];
};

/* Begins to connect to url (postgres://role:password@host/database; several hosts are tried in turn). A server that is
 * away is no error: it is tried again, with jitter, between 100 ms and 2 s. ST_FATAL: url cannot be read.
 * name is the application's, as pg_stat_activity shows it. */
enum status pg_open(struct event_base *base, const char *url, const char *name, struct pg **pg,
                    struct err *err) must_check;
void pg_close(struct pg *pg);

bool pg_connected(const struct pg *pg);

/* Told after each connect and each loss; after a loss first the group under way is answered. */
typedef void pg_change_fn(void *context, bool connected);
void pg_on_change(struct pg *pg, pg_change_fn *change, void *context);

/* For /readyz. */
bool pg_ready(void *pg, struct err *why);

/* Takes a statement into the next group. params (NULL: none) are copied but not what they point to: that must live until
 * the group is answered. */
void pg_add(struct pg *pg, const struct pg_statement *statement, const struct pg_params *params);

struct pg_answer {
    PGresult **results; /* one per pg_add, in order; NULL unless ST_OK. Valid during the call. */
    size_t count;
    bool lost; /* the connection went: whether a COMMIT in this group took place is not known */
};

/* ST_OK: every statement succeeded. Otherwise the first error's triage (pg_status), and a transaction that was open has
 * been rolled back, unless the connection was lost (then it is, or was committed). */
typedef void pg_done_fn(void *context, enum status status, const struct pg_answer *answer, const struct err *err);

/* Sends the group; done is called exactly once, never from within pg_send. One group at a time: aborts otherwise. A group
 * sent without a connection is answered as lost. effect: READS when nothing is changed by it. */
void pg_send(struct pg *pg, const struct effect *effect, pg_done_fn *done, void *context);

bool pg_busy(const struct pg *pg);

/* What a SQLSTATE asks of us: the world was busy, the data can never be stored, or the program is wrong. */
enum status pg_status(const char *sqlstate);

#endif
