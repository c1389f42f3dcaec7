/* tries.h - how often a name or an address may try to sign in: counted in Redis for all gateways together, and in memory
 * for when Redis is away or has forgotten. Whoever of the two has counted more is believed. */
#ifndef GATEWAY_ACCOUNTS_TRIES_H
#define GATEWAY_ACCOUNTS_TRIES_H

#include <event2/event.h>

#include "base/arena.h"
#include "store/redis.h"

struct tries;

enum { TRIES_MAX_KEYS = 2 };

/* One who is counted: "account:<hash>", "address:<ip>". A limit of 0 is none. */
struct tries_key {
    struct str who;
    int64_t limit;
};

struct tries *tries_open(struct redis *redis, int64_t window_ms);

/* After redis_close. */
void tries_close(struct tries *tries);

/* Counts one try of each key (1 to TRIES_MAX_KEYS), then calls then once, never before it returned: wait_s is 0 when all of
 * them may try, otherwise how long until the last of them may again. */
void tries_count(struct tries *tries, const struct tries_key *keys, size_t count,
                 void (*then)(void *context, int64_t wait_s), void *context);

/* What was counted last was not tried after all: there was no room for it. */
void tries_take_back(struct tries *tries, const struct tries_key *keys, size_t count);

/* Forgets the tries of one who succeeded. */
void tries_forget(struct tries *tries, struct str who);

/* The key of a client's address: all of an IPv4 address, the first 64 bits of an IPv6 one. In the arena. */
struct sockaddr;
struct str tries_address(const char *kind, const struct sockaddr *address, struct arena *arena);

#endif
