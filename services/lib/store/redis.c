/* redis.c - commands, each answered once: by the server, by its deadline, or by the loss of the connection.
 *
 * All commands wait equally long, so the oldest is always the next to be late. Replies come in order: one that is late
 * means that the whole connection stands still, and it is given up. */
#include "store/redis.h"

#include <stdlib.h>

#include "base/clock.h"
#include "store/redis_channels.h"
#include "store/redis_link.h"

/* In the list of those sent, or of those refused. */
struct request {
    struct request *next;
    const struct effect *effect;
    redis_answer_fn *answer;
    void *context;
    int64_t sent_us;
    struct redis *redis;
};

struct redis {
    struct redis_link link;
    struct redis_channels *channels;
    struct event *late, *refuse;
    struct request *sent, **sent_tail, *refused, **refused_tail;
    size_t waiting;
    redis_change_fn *change;
    void *change_context;
    bool told; /* what change was told last */
};

static void tell(struct redis *redis)
{
    bool whole = redis->link.up && redis_channels_whole(redis->channels);

    if (whole == redis->told)
        return;
    redis->told = whole;
    if (redis->change)
        redis->change(redis->change_context, whole);
}

static void link_changed(void *context, bool up)
{
    (void)up;
    tell(context);
}

static void channels_changed(void *context)
{
    tell(context);
}

/* The deadline is checked by a slow tick, not by one timer per command. */
static void check_late(evutil_socket_t fd, short what, void *context)
{
    struct redis *redis = context;

    (void)fd;
    (void)what;
    if (redis->sent && clock_steady_us() - redis->sent->sent_us > (int64_t)REDIS_TIMEOUT_MS * 1000)
        redis_link_drop(&redis->link, "an answer took too long");
}

static void finish(struct request *request, const redisReply *reply)
{
    effect_answered(request->effect);
    if (request->answer)
        request->answer(request->context, reply);
    free(request);
}

static void answered(redisAsyncContext *connection, void *reply, void *context)
{
    struct request *request = context;
    struct redis *redis = request->redis;

    (void)connection;
    redis->waiting--;
    redis->sent = request->next;
    if (!redis->sent)
        redis->sent_tail = &redis->sent;
    finish(request, reply);
}

static void answer_refused(evutil_socket_t fd, short what, void *context)
{
    struct redis *redis = context;
    struct request *request = redis->refused;

    (void)fd;
    (void)what;
    redis->refused = NULL;
    redis->refused_tail = &redis->refused;
    while (request) {
        struct request *next = request->next;

        finish(request, NULL);
        request = next;
    }
}

static void refuse(struct redis *redis, struct request *request)
{
    struct timeval now = {0, 0};

    *redis->refused_tail = request;
    redis->refused_tail = &request->next;
    evtimer_add(redis->refuse, &now);
}

void redis_command(struct redis *redis, const struct effect *effect, redis_answer_fn *answer, void *context,
                   const struct str *words, size_t count)
{
    struct request *request = calloc(1, sizeof(*request));
    const char *texts[count];
    size_t lens[count];

    if (!request)
        abort();
    for (size_t i = 0; i < count; i++) {
        texts[i] = words[i].ptr ? words[i].ptr : "";
        lens[i] = words[i].len;
    }
    *request = (struct request){
        .effect = effect, .answer = answer, .context = context, .sent_us = clock_steady_us(), .redis = redis};
    effect_before(effect);
    if (!redis->link.up || redis->waiting >= REDIS_MAX_WAITING ||
        redisAsyncCommandArgv(redis->link.connection, answered, request, (int)count, texts, lens) != REDIS_OK) {
        refuse(redis, request);
        return;
    }
    *redis->sent_tail = request;
    redis->sent_tail = &request->next;
    redis->waiting++;
    if (crash_armed && effect)
        redisAsyncHandleWrite(redis->link.connection); /* sent means sent */
    effect_after(effect);
}

enum status redis_open(struct event_base *base, const char *address, struct redis **redis, struct err *err)
{
    struct redis *opened = calloc(1, sizeof(*opened));
    struct timeval tick = {0, 100 * 1000};
    enum status status;

    if (!opened)
        abort();
    opened->sent_tail = &opened->sent;
    opened->refused_tail = &opened->refused;
    opened->late = event_new(base, -1, EV_PERSIST, check_late, opened);
    opened->refuse = evtimer_new(base, answer_refused, opened);
    if (!opened->late || !opened->refuse)
        abort();
    event_add(opened->late, &tick);
    opened->channels = redis_channels_new(&opened->link, channels_changed, opened);
    status = redis_link_open(&opened->link, base, address, link_changed, opened, err);
    if (status != ST_OK) {
        redis_close(opened);
        return status;
    }
    *redis = opened;
    return ST_OK;
}

void redis_close(struct redis *redis)
{
    if (!redis)
        return;
    redis->change = NULL;
    redis_channels_free(redis->channels);
    redis->channels = NULL;
    redis_link_close(&redis->link);
    answer_refused(-1, 0, redis);
    event_free(redis->late);
    event_free(redis->refuse);
    free(redis);
}

bool redis_connected(const struct redis *redis)
{
    return redis->link.up;
}

void redis_on_change(struct redis *redis, redis_change_fn *change, void *context)
{
    redis->change = change;
    redis->change_context = context;
}

bool redis_ready(void *context, struct err *why)
{
    const struct redis *redis = context;

    if (!redis->link.up)
        err_set(why, ST_RETRY, "Redis at %s:%d: %s", redis->link.host, redis->link.port, redis->link.last.text);
    return redis->link.up;
}

void redis_on_heard(struct redis *redis, redis_heard_fn *heard, void *context)
{
    redis_channels_on_heard(redis->channels, heard, context);
}

void redis_subscribe(struct redis *redis, struct str channel, redis_subscribed_fn *subscribed, void *context)
{
    redis_channels_add(redis->channels, channel, subscribed, context);
}

void redis_unsubscribe(struct redis *redis, struct str channel)
{
    redis_channels_remove(redis->channels, channel);
}
