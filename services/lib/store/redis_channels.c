/* redis_channels.c - who listens to what.
 *
 * hiredis 0.14 forgets a channel that is subscribed to again before its unsubscription was confirmed, and asserts when
 * the last channel goes while another comes. Hence a channel that leaves is waited for, and one is always kept. */
#include "store/redis_channels.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { BUCKETS = 512, TICK_MS = 100 };

static const char KEPT[] = "store:kept";

enum channel_state { CHANNEL_AWAY, CHANNEL_JOINING, CHANNEL_ON, CHANNEL_LEAVING };

struct waiter {
    struct waiter *next;
    redis_subscribed_fn *subscribed;
    void *context;
    int64_t since_us;
};

struct channel {
    struct channel *next;
    enum channel_state state;
    size_t users;
    struct waiter *waiters;
    size_t name_len;
    char name[];
};

struct redis_channels {
    const struct redis_link *beside;
    struct redis_link link; /* .base is NULL until the first channel */
    void (*changed)(void *context);
    void *changed_context;
    redis_heard_fn *heard;
    void *heard_context;
    struct channel *buckets[BUCKETS];
    struct event *tick;
    size_t waiting; /* waiters in all channels */
    size_t missing; /* channels that were on before the loss and are not again */
};

static struct channel **find(struct redis_channels *channels, struct str name)
{
    uint32_t hash = 2166136261u;
    struct channel **at;

    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (uint8_t)name.ptr[i]) * 16777619u;
    for (at = &channels->buckets[hash % BUCKETS]; *at; at = &(*at)->next)
        if (str_equal((struct str){(*at)->name, (*at)->name_len}, name))
            break;
    return at;
}

static void told(redisAsyncContext *connection, void *answer, void *context);

static void tell_server(struct redis_channels *channels, const char *verb, const char *name, size_t name_len)
{
    const char *words[2] = {verb, name};
    size_t lens[2] = {strlen(verb), name_len};

    /* READS: subscriptions are passed by whoever waits (gateway/waits.c) */
    if (channels->link.up)
        redisAsyncCommandArgv(channels->link.connection, told, channels, 2, words, lens);
}

static void answer_waiters(struct redis_channels *channels, struct channel *channel, bool ok, int64_t since_us)
{
    struct waiter **at = &channel->waiters;

    while (*at) {
        struct waiter *waiter = *at;

        if (waiter->since_us > since_us) {
            at = &waiter->next;
            continue;
        }
        *at = waiter->next;
        channels->waiting--;
        waiter->subscribed(waiter->context, ok);
        free(waiter);
    }
}

static void join(struct redis_channels *channels, struct channel *channel)
{
    channel->state = channels->link.up ? CHANNEL_JOINING : CHANNEL_AWAY;
    tell_server(channels, "SUBSCRIBE", channel->name, channel->name_len);
}

static void joined(struct redis_channels *channels, struct str name)
{
    struct channel *channel = *find(channels, name);

    if (!channel || channel->state != CHANNEL_JOINING)
        return;
    channel->state = CHANNEL_ON;
    answer_waiters(channels, channel, true, INT64_MAX);
    if (channels->missing && --channels->missing == 0)
        channels->changed(channels->changed_context);
    if (!channel->users) {
        channel->state = CHANNEL_LEAVING;
        tell_server(channels, "UNSUBSCRIBE", channel->name, channel->name_len);
    }
}

static void left(struct redis_channels *channels, struct str name)
{
    struct channel **at = find(channels, name), *channel = *at;

    if (!channel || channel->state != CHANNEL_LEAVING)
        return;
    if (channel->users) {
        join(channels, channel);
        return;
    }
    *at = channel->next;
    free(channel);
}

static void told(redisAsyncContext *connection, void *answer, void *context)
{
    struct redis_channels *channels = context;
    const redisReply *reply = answer;
    struct str word, name;

    (void)connection;
    if (!reply || reply->type != REDIS_REPLY_ARRAY || reply->elements != 3 || !reply->element[1]->str)
        return;
    word = (struct str){reply->element[0]->str, reply->element[0]->len};
    name = (struct str){reply->element[1]->str, reply->element[1]->len};
    if (str_is(word, "message") && channels->heard)
        channels->heard(channels->heard_context, name, (struct str){reply->element[2]->str, reply->element[2]->len});
    else if (str_is(word, "subscribe"))
        joined(channels, name);
    else if (str_is(word, "unsubscribe"))
        left(channels, name);
}

/* After a loss nothing is subscribed; after a connect everything with a user is to be. */
static void link_changed(void *context, bool up)
{
    struct redis_channels *channels = context;

    channels->missing = 0;
    if (up)
        tell_server(channels, "SUBSCRIBE", KEPT, sizeof(KEPT) - 1);
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct channel **at = &channels->buckets[i], *channel; (channel = *at);) {
            channel->state = CHANNEL_AWAY;
            if (!channel->users && !channel->waiters) {
                *at = channel->next;
                free(channel);
                continue;
            }
            channels->missing++;
            if (up)
                join(channels, channel);
            at = &channel->next;
        }
    channels->changed(channels->changed_context);
}

static void check_waiters(evutil_socket_t fd, short what, void *context)
{
    struct redis_channels *channels = context;
    int64_t since_us = clock_steady_us() - (int64_t)REDIS_TIMEOUT_MS * 1000;

    (void)fd;
    (void)what;
    for (size_t i = 0; channels->waiting && i < BUCKETS; i++)
        for (struct channel *channel = channels->buckets[i]; channel; channel = channel->next)
            answer_waiters(channels, channel, false, since_us);
}

struct redis_channels *redis_channels_new(const struct redis_link *beside, void (*changed)(void *context),
                                          void *context)
{
    struct redis_channels *channels = calloc(1, sizeof(*channels));

    if (!channels)
        abort();
    channels->beside = beside;
    channels->changed = changed;
    channels->changed_context = context;
    return channels;
}

static void ignore(void *context)
{
    (void)context;
}

void redis_channels_free(struct redis_channels *channels)
{
    if (!channels)
        return;
    channels->changed = ignore;
    channels->heard = NULL;
    redis_link_close(&channels->link);
    for (size_t i = 0; i < BUCKETS; i++)
        while (channels->buckets[i]) {
            struct channel *channel = channels->buckets[i];

            answer_waiters(channels, channel, false, INT64_MAX);
            channels->buckets[i] = channel->next;
            free(channel);
        }
    if (channels->tick)
        event_free(channels->tick);
    free(channels);
}

bool redis_channels_whole(const struct redis_channels *channels)
{
    return !channels->link.base || (channels->link.up && channels->missing == 0);
}

void redis_channels_on_heard(struct redis_channels *channels, redis_heard_fn *heard, void *context)
{
    channels->heard = heard;
    channels->heard_context = context;
}

static void start(struct redis_channels *channels)
{
    struct timeval tick = {0, TICK_MS * 1000};

    channels->tick = event_new(channels->beside->base, -1, EV_PERSIST, check_waiters, channels);
    if (!channels->tick)
        abort();
    event_add(channels->tick, &tick);
    redis_link_open_beside(&channels->link, channels->beside, link_changed, channels);
}

static void wait_for(struct redis_channels *channels, struct channel *channel, redis_subscribed_fn *subscribed,
                     void *context)
{
    struct waiter *waiter = calloc(1, sizeof(*waiter));

    if (!waiter)
        abort();
    *waiter = (struct waiter){channel->waiters, subscribed, context, clock_steady_us()};
    channel->waiters = waiter;
    channels->waiting++;
}

void redis_channels_add(struct redis_channels *channels, struct str name, redis_subscribed_fn *subscribed,
                        void *context)
{
    struct channel **at, *channel;

    if (!channels->link.base)
        start(channels);
    at = find(channels, name);
    if (!*at) {
        channel = calloc(1, sizeof(*channel) + name.len + 1);
        if (!channel)
            abort();
        channel->name_len = name.len;
        memcpy(channel->name, name.ptr, name.len);
        *at = channel;
        join(channels, channel);
    }
    channel = *at;
    channel->users++;
    if (subscribed)
        wait_for(channels, channel, subscribed, context);
    if (subscribed && channel->state == CHANNEL_ON)
        answer_waiters(channels, channel, true, INT64_MAX);
}

void redis_channels_remove(struct redis_channels *channels, struct str name)
{
    struct channel **at = find(channels, name), *channel = *at;

    if (!channel || !channel->users || --channel->users)
        return;
    if (channel->state == CHANNEL_ON) {
        channel->state = CHANNEL_LEAVING;
        tell_server(channels, "UNSUBSCRIBE", channel->name, channel->name_len);
    }
}
