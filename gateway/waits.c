/* waits.c - who waits for news of a view. A wait stays in memory until Redis has answered its subscription, however early
 * it ended. */
#include "gateway/waits.h"

#include <stdint.h>
#include <stdlib.h>

enum { BUCKETS = 1024 };

struct wait {
    struct wait *next, *previous;
    struct waits *waits;
    wait_heard_fn *heard; /* NULL: ended */
    void *context;
    bool confirmed;
    size_t channel_len;
    char channel[];
};

struct waits {
    struct redis *redis;
    struct wait *buckets[BUCKETS];
};

static struct wait **bucket_of(struct waits *waits, struct str channel)
{
    uint32_t hash = 2166136261;

    for (size_t i = 0; i < channel.len; i++)
        hash = (hash ^ (uint8_t)channel.ptr[i]) * 16777619;
    return &waits->buckets[hash % BUCKETS];
}

static struct str channel_of(const struct wait *wait)
{
    return (struct str){wait->channel, wait->channel_len};
}

static void on_heard(void *context, struct str channel, struct str message)
{
    struct wait *next;

    for (struct wait *wait = *bucket_of(context, channel); wait; wait = next) {
        next = wait->next;
        if (str_equal(channel_of(wait), channel))
            wait->heard(wait->context, message);
    }
}

static void on_change(void *context, bool connected)
{
    struct waits *waits = context;
    struct wait *next;

    for (size_t i = 0; connected && i < BUCKETS; i++)
        for (struct wait *wait = waits->buckets[i]; wait; wait = next) {
            next = wait->next;
            wait->heard(wait->context, (struct str){NULL, 0});
        }
}

struct waits *waits_open(struct redis *redis)
{
    struct waits *waits = calloc(1, sizeof *waits);

    if (waits == NULL)
        abort();
    waits->redis = redis;
    redis_on_heard(redis, on_heard, waits);
    redis_on_change(redis, on_change, waits);
    return waits;
}

void waits_close(struct waits *waits)
{
    struct wait *next;

    for (size_t i = 0; waits && i < BUCKETS; i++)
        for (struct wait *wait = waits->buckets[i]; wait; wait = next) {
            next = wait->next;
            free(wait);
        }
    free(waits);
}

DEFINE_EFFECT(subscribing, "wait-subscribe", "news of a view are subscribed to");

static void on_subscribed(void *context, bool ok)
{
    struct wait *wait = context;

    (void)ok; /* without a subscription a look is all there is */
    effect_answered(&subscribing);
    wait->confirmed = true;
    if (wait->heard)
        wait->heard(wait->context, (struct str){NULL, 0});
    else
        free(wait);
}

struct wait *wait_begin(struct waits *waits, struct str channel, wait_heard_fn *heard, void *context)
{
    struct wait *wait = calloc(1, sizeof *wait + channel.len);
    struct wait **bucket = bucket_of(waits, channel);

    if (wait == NULL)
        abort();
    wait->waits = waits;
    wait->heard = heard;
    wait->context = context;
    wait->channel_len = channel.len;
    memcpy(wait->channel, channel.ptr, channel.len);
    wait->next = *bucket;
    if (wait->next)
        wait->next->previous = wait;
    *bucket = wait;
    effect_before(&subscribing);
    redis_subscribe(waits->redis, channel, on_subscribed, wait);
    effect_after(&subscribing);
    return wait;
}

void wait_end(struct wait *wait)
{
    if (wait == NULL)
        return;
    if (wait->previous)
        wait->previous->next = wait->next;
    else
        *bucket_of(wait->waits, channel_of(wait)) = wait->next;
    if (wait->next)
        wait->next->previous = wait->previous;
    wait->heard = NULL;
    redis_unsubscribe(wait->waits->redis, channel_of(wait));
    if (wait->confirmed)
        free(wait);
}
