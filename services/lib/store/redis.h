/* redis.h - Redis on the loop: reconnects by itself, and every command is answered, whatever happens. */
#ifndef STORE_REDIS_H
#define STORE_REDIS_H

#include <event2/event.h>
#include <hiredis/hiredis.h>
#include <stdbool.h>

#include "base/crash.h"
#include "base/status.h"
#include "base/str.h"

struct redis;

/* Begins to connect to host:port ("127.0.0.1:19079"; a name is looked up blocking, at start only: ST_FATAL when it does
 * not resolve). A server that is away is no error: it is tried again, with jitter, between 100 ms and 2 s. */
enum status redis_open(struct event_base *base, const char *address, struct redis **redis, struct err *err) must_check;

/* Answers everything that waits with NULL, then closes. */
void redis_close(struct redis *redis);

/* The answer; NULL when there was none: the server is away, or did not answer in time. An error of the server is a reply
 * of type REDIS_REPLY_ERROR. Freed after the call. Always called exactly once, never from within redis_command. */
typedef void redis_answer_fn(void *context, const redisReply *reply);

enum { REDIS_TIMEOUT_MS = 1000, REDIS_MAX_WAITING = 100000 };

/* Words are copied. answer may be NULL. Commands are sent in order, without waiting for each other. effect: READS when
 * nothing is changed by it. */
void redis_command(struct redis *redis, const struct effect *effect, redis_answer_fn *answer, void *context,
                   const struct str *words, size_t count);

/* redis_words(redis, READS, answer, context, STR("GET"), key) */
#define redis_words(redis, effect, answer, context, ...)                                     \
    redis_command((redis), (effect), (answer), (context), (const struct str[]){__VA_ARGS__}, \
                  sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))

bool redis_connected(const struct redis *redis);

/* Called after each connect (true) and each loss (false): subscribers read once what they may have missed. */
typedef void redis_change_fn(void *context, bool connected);
void redis_on_change(struct redis *redis, redis_change_fn *change, void *context);

/* For /readyz. */
bool redis_ready(void *redis, struct err *why);

/* --- listening to channels: on a connection of its own, opened with the first subscription -------------------------- */

/* Once per message published on a channel that was subscribed to. */
typedef void redis_heard_fn(void *context, struct str channel, struct str message);

/* One listener for all channels of this redis; set it before subscribing. */
void redis_on_heard(struct redis *redis, redis_heard_fn *heard, void *context);

/* Counted: as many unsubscribes end it. subscribed (may be NULL) is called once, when the server has confirmed it (ok),
 * or when it could not within REDIS_TIMEOUT_MS (not ok). After a reconnect all channels are subscribed again, and then
 * redis_on_change's function is told. */
typedef void redis_subscribed_fn(void *context, bool ok);
void redis_subscribe(struct redis *redis, struct str channel, redis_subscribed_fn *subscribed, void *context);
void redis_unsubscribe(struct redis *redis, struct str channel);

#endif
