/* tries.c - the same count twice: one that all gateways share, one that cannot be flushed. */
#include "gateway/accounts/tries.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "gateway/accounts/tally.h"

struct tries {
    struct redis *redis;
    struct tally tally;
};

/* One question under way. */
struct counting {
    size_t count, answered;
    int64_t limits[TRIES_MAX_KEYS], wait_ms;
    void (*then)(void *context, int64_t wait_s);
    void *context;
};

/* Counts, and says how many there were and how long the window still is. */
#define SCRIPT                                                                                          \
    "local n = redis.call('INCR', KEYS[1]) if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end " \
    "return {n, redis.call('PTTL', KEYS[1])}"

/* Only what is counted still; nothing below nothing. */
#define SCRIPT_BACK                                                                                   \
    "if tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then return redis.call('DECR', KEYS[1]) end " \
    "return 0"

struct tries *tries_open(struct redis *redis, int64_t window_ms)
{
    struct tries *tries = calloc(1, sizeof *tries);

    if (tries == NULL)
        abort();
    tries->redis = redis;
    tries->tally.window_ms = window_ms;
    return tries;
}

void tries_close(struct tries *tries)
{
    free(tries);
}

static void judge(struct counting *counting, size_t key, int64_t count, int64_t left_ms)
{
    int64_t limit = counting->limits[key];

    if (limit && count > limit && left_ms > counting->wait_ms)
        counting->wait_ms = left_ms;
}

static void on_count(void *context, const redisReply *reply)
{
    struct counting *counting = context;

    if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2)
        judge(counting, counting->answered, reply->element[0]->integer, reply->element[1]->integer);
    if (++counting->answered < counting->count)
        return;
    counting->then(counting->context, (counting->wait_ms + 999) / 1000);
    free(counting);
}

static struct str key_of(struct str who, struct arena *arena)
{
    return arena_printf(arena, "tries:" STR_FMT, STR_ARG(who));
}

void tries_count(struct tries *tries, const struct tries_key *keys, size_t count,
                 void (*then)(void *context, int64_t wait_s), void *context)
{
    struct counting *counting = calloc(1, sizeof *counting);
    struct arena arena;
    struct str window;
    size_t i = 0;

    if (counting == NULL || count == 0)
        abort();
    *counting = (struct counting){.count = count, .then = then, .context = context};
    arena_init(&arena);
    window = arena_printf(&arena, "%lld", (long long)tries->tally.window_ms);
    do {
        int64_t left_ms, tried = tally_add(&tries->tally, keys[i].who, clock_steady_us() / 1000, &left_ms);

        counting->limits[i] = keys[i].limit;
        judge(counting, i, tried, left_ms);
        redis_words(tries->redis, EFFECT("tries-count", "a try to sign in is counted"), on_count, counting, STR("EVAL"),
                    STR(SCRIPT), STR("1"), key_of(keys[i].who, &arena), window);
    } while (++i < count);
    arena_release(&arena);
}

void tries_take_back(struct tries *tries, const struct tries_key *keys, size_t count)
{
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < count; i++) {
        tally_take_back(&tries->tally, keys[i].who);
        redis_words(tries->redis, EFFECT("tries-back", "a try that does not count is taken back"), NULL, NULL,
                    STR("EVAL"), STR(SCRIPT_BACK), STR("1"), key_of(keys[i].who, &arena));
    }
    arena_release(&arena);
}

void tries_forget(struct tries *tries, struct str who)
{
    struct arena arena;

    arena_init(&arena);
    tally_clear(&tries->tally, who);
    redis_words(tries->redis, EFFECT("tries-forget", "the tries of somebody who signed in are forgotten"), NULL, NULL,
                STR("DEL"), key_of(who, &arena));
    arena_release(&arena);
}

struct str tries_address(const char *kind, const struct sockaddr *address, struct arena *arena)
{
    char text[INET6_ADDRSTRLEN] = "unknown";

    if (address && address->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, text, sizeof text);
    } else if (address && address->sa_family == AF_INET6) {
        struct in6_addr net = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;

        memset(net.s6_addr + 8, 0, 8);
        inet_ntop(AF_INET6, &net, text, sizeof text);
    }
    return arena_printf(arena, "%s:%s", kind, text);
}
