/* token.h - the secret of somebody who signed in, as a cookie holds it; and how long it is good for. Pure.
 *
 * The cookie is "<user id>.<32 random bytes>.<MAC over both>". The MAC lets the user's id be believed before anybody was
 * asked, so that a session and what it shows are read in one round trip; and made-up tokens cost no round trip at all. Only
 * the SHA-256 of the random bytes is kept anywhere, so that nobody who reads what is kept can sign in with it. */
#ifndef GATEWAY_ACCOUNTS_TOKEN_H
#define GATEWAY_ACCOUNTS_TOKEN_H

#include "gateway/session.h"

#define ACCOUNT_COOKIE "shop_account"

enum { TOKEN_BYTES = 32, TOKEN_HASH_BYTES = 32, TOKEN_HASH_TEXT = 2 * TOKEN_HASH_BYTES };

struct token {
    char user_id[ID_TEXT_LEN + 1];
    uint8_t secret[TOKEN_BYTES]; /* the browser's alone: never kept, never logged */
    char hash[TOKEN_HASH_TEXT + 1];
};

/* A new one for this user. */
struct token token_new(struct str user_id);

/* The value of Set-Cookie, in the arena. */
struct str token_set_cookie(const struct session_key *key, const struct token *token, int64_t lifetime_ms, bool secure,
                            struct arena *arena);

/* From the Cookie header. False when there is none that we signed. */
bool token_of(const struct session_key *key, struct str cookies, struct token *token);

/* How long a session has been, in milliseconds of the wall clock. */
struct life {
    int64_t begun_ms, seen_ms; /* seen: noted now and then, so up to token_note_every earlier than true */
    int64_t checked_ms;        /* when the accounts' database last said so */
};

struct life_limits {
    int64_t idle_ms, absolute_ms;
    int64_t trust_ms; /* how long what was checked is believed without looking again */
};

bool life_is_over(const struct life *life, const struct life_limits *limits, int64_t now_ms);

/* Checked so long ago that it should be looked at again, though nobody waits for that; ... that it must be, first. */
bool life_is_stale(const struct life *life, const struct life_limits *limits, int64_t now_ms);
bool life_is_old(const struct life *life, const struct life_limits *limits, int64_t now_ms);

/* Whether the session's last use should be noted now. */
bool life_wants_note(const struct life *life, const struct life_limits *limits, int64_t now_ms);

/* What Redis holds for a session: "live <begun> <seen> <checked>" in the arena, or "ended". */
#define LIFE_ENDED "ended"
struct str life_write(const struct life *life, struct arena *arena);
/* False for anything else than a life. */
bool life_read(struct str text, struct life *life);

#endif
