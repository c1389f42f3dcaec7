/* pg_link.h - a connection to Postgres that comes back by itself. Inside store: pg.c speaks through it. */
#ifndef STORE_PG_LINK_H
#define STORE_PG_LINK_H

#include <event2/event.h>
#include <libpq-fe.h>
#include <stdbool.h>

#include "base/status.h"

struct pg_link {
    struct event_base *base;
    PQconninfoOption *options; /* of the url */
    const char *name;
    PGconn *connection; /* NULL: away */
    bool up;            /* connected and in pipeline mode */
    struct event *io, *write, *retry, *patience, *fell;
    int64_t backoff_ms;
    void (*changed)(void *context, bool up);
    void (*readable)(void *context);
    void *context;
    struct err last;
};

/* changed is told when up changes; readable when there may be results. Neither is called from within these functions. */
enum status pg_link_open(struct pg_link *link, struct event_base *base, const char *url, const char *name,
                         void (*changed)(void *context, bool up), void (*readable)(void *context), void *context,
                         struct err *err) must_check;

/* Sends what libpq holds, now and when the socket takes more. */
void pg_link_flush(struct pg_link *link);

/* Gives the connection up, and connects again. */
void pg_link_drop(struct pg_link *link, const char *why);

void pg_link_close(struct pg_link *link);

#endif
