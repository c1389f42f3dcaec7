/* signing.h - a request on its way through counting, hashing and the accounts' database: what such requests have in common.
 *
 * Each step asks somebody, and is answered in the loop. Meanwhile the request may have been answered by others (its patience
 * is over, the server stops): then request is NULL, and the steps end. */
#ifndef GATEWAY_ACCOUNTS_SIGNING_H
#define GATEWAY_ACCOUNTS_SIGNING_H

#include "gateway/accounts/sign_form.h"
#include "gateway/gateway.h"

struct signing {
    struct accounts *accounts;
    struct request *request; /* NULL: answered */
    struct visit *visit;     /* of the request */
    struct sign_form form;   /* in the request's arena */
    bool up;                 /* a new account */
    /* How the page for a failure looks: status, and a sentence for the whole form. */
    void (*fail)(struct signing *signing, unsigned status, struct str problem);
    void (*checked)(struct signing *signing, bool same); /* of own_password.h */

    /* What was found out; in the arena, which lives as long as this. */
    struct arena arena;
    struct str mail_hash, user_id, kept_text;
    struct password_hash kept;
    struct token token;
    struct tries_key tried[TRIES_MAX_KEYS]; /* who is counted */
    size_t tried_count;

    struct event *patience;
    int pending; /* answers that will still come */
};

/* Begins to wait; gives up after 10 s with 503. */
struct signing *signing_new(struct visit *visit, void (*fail)(struct signing *, unsigned, struct str));

/* Before asking somebody, and first thing in the answer: then false means that nobody waits any more, and signing is gone. */
void signing_ask(struct signing *signing);
bool signing_goes_on(struct signing *signing) must_check;

/* Who answers the request takes it: exactly once. signing is gone when nothing is pending. */
struct request *signing_take(struct signing *signing);

/* Counts a try of each of signing->tried, and asks whether they may (tries.h). */
void signing_try(struct signing *signing, void (*then)(void *context, int64_t wait_s));

/* The same failures for everybody: they end the signing. Who is turned away for lack of room, or because the database is
 * away, has not tried: that count is taken back. */
void signing_fail(struct signing *signing, unsigned status, struct str problem);
void signing_is_limited(struct signing *signing, int64_t wait_s);
void signing_is_busy(struct signing *signing); /* the queue of passwords is full */
void signing_is_away(struct signing *signing); /* the accounts' database does not answer */

/* Counts an outcome: "in", "up", "wrong", ... */
void signing_count(const char *outcome);

#endif
