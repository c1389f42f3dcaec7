/* members.h - who is signed in: recognised before a page begins, without making it wait for Postgres.
 *
 * Postgres is the source. What it said is kept in Redis, for all gateways, and in memory, for when neither answers. A page is
 * shown by what memory holds while that is fresh, and reads the session from Redis in the round trip that reads its cart: so
 * that a session ended at one gateway has ended at the others. Anything that changes something asks Redis first. */
#ifndef GATEWAY_ACCOUNTS_MEMBERS_H
#define GATEWAY_ACCOUNTS_MEMBERS_H

#include "gateway/accounts/book.h"
#include "gateway/accounts/token.h"
#include "gateway/http.h"
#include "store/redis.h"

struct members;

enum member_state {
    MEMBER_IN,   /* signed in */
    MEMBER_OVER, /* was: ended, or expired */
    MEMBER_AWAY  /* says so, and nobody who knows answers */
};

/* What a request's cookie says; in its arena. */
struct member {
    struct token token;
    enum member_state state;
};

/* All are borrowed. */
struct members *members_open(struct event_base *base, struct redis *redis, struct book *book,
                             const struct session_key *key, const struct life_limits *limits);

/* After redis_close and book_close. */
void members_close(struct members *members);

/* Finds out who sent the request and calls then, at once where that is known: request->guest is a struct member, or NULL
 * for somebody without an account's cookie. */
void members_enter(struct members *members, struct request *request, route_fn *then);

/* The key of Redis that a page reads with what else it reads; in the arena. */
struct str members_key(const struct member *member, struct arena *arena);

/* What was found there: empty when there was nothing, or Redis is away. False when the session has ended: member->state is
 * then MEMBER_OVER. */
bool members_heard(struct members *members, struct member *member, struct str value);

/* A session that Postgres has just taken in. */
void members_begin(struct members *members, const struct token *token);

/* A session that Postgres has just taken out: every gateway is told. */
void members_forget(struct members *members, struct str token_hash);

/* Ends a session here and everywhere, and in Postgres now or when it is back. */
void members_end(struct members *members, struct str token_hash);

#endif
