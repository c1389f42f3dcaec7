/* redis_link.h - one connection to Redis that comes back by itself. Inside store: redis.c has two of them. */
#ifndef STORE_REDIS_LINK_H
#define STORE_REDIS_LINK_H

#include <event2/event.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct redis_link {
    struct event_base *base;
    char host[256]; /* looked up at each attempt: who comes back may have another address */
    int port;
    redisAsyncContext *connection; /* NULL: away */
    bool up;                       /* connected, as opposed to connecting */
    struct event *retry, *patience;
    int64_t backoff_ms;
    void (*changed)(void *context, bool up);
    void *context;
    struct err last;
};

/* Begins to connect. A name that is not known yet is no error, it is looked up again; ST_FATAL when address is none.
 * changed is told each time that up changes. */
enum status redis_link_open(struct redis_link *link, struct event_base *base, const char *address,
                            void (*changed)(void *context, bool up), void *context, struct err *err) must_check;

/* Another connection to where first goes. */
void redis_link_open_beside(struct redis_link *link, const struct redis_link *first,
                            void (*changed)(void *context, bool up), void *context);

/* Gives the connection up, and connects again. What waited for replies is called with NULL by hiredis. */
void redis_link_drop(struct redis_link *link, const char *why);

void redis_link_close(struct redis_link *link);

#endif
