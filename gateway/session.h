/* session.h - who a shopper is: a user id in a signed cookie, and what else the browser keeps for us.
 *
 * The cookie's secret is its MAC: only the user id leaves the gateway. */
#ifndef GATEWAY_SESSION_H
#define GATEWAY_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/status.h"
#include "base/str.h"

#define SESSION_COOKIE "shop_session-id"
#define CURRENCY_COOKIE "shop_currency"
#define CART_COOKIE "shop_cart"
#define SESSION_SHARED_USER "12345678-1234-1234-1234-123456789123" /* as the original's */
#define BEFORE_COOKIE "shop_before"
#define KEPT_COOKIE "shop_kept" /* there while the session's cookie needs no renewal */

enum {
    /* A session without an account ends when its shopper stayed away for so long: three times as long as a cart lies idle
     * before it expires, so that who returns is told of it. */
    SESSION_MAX_AGE_S = 90 * 24 * 60 * 60,
    SESSION_RENEW_S = 24 * 60 * 60,     /* renewed at most so often */
    SESSION_TRACE_AGE_S = 48 * 60 * 60, /* what was looked at, was shown, and who one was before signing in */
    SESSION_KEY_BYTES = 32
};

struct session_key {
    uint8_t bytes[SESSION_KEY_BYTES];
    bool shared; /* all browsers are one user, SESSION_SHARED_USER */
};

/* The last command for the cart that the broker acknowledged: a view that does not answer it yet is behind. */
struct cart_mark {
    int64_t offset; /* in cart.commands, of the user's partition; -1: there is none */
    struct id command;
};

struct session {
    char user_id[ID_TEXT_LEN + 1];
    bool fresh;  /* just made: the browser must be told, and has nothing yet */
    bool untold; /* the browser must be told */
    struct cart_mark mark;
    struct str currency; /* as the browser said, empty without; not checked */
};

/* 32 bytes as 64 hex digits from a file; ST_FATAL when it holds anything else. */
enum status session_key_read(const char *path, struct session_key *key, struct err *err) must_check;

/* Where the shop begins ("" or "/shop"): cookies go no further up. Once, at the start; base is borrowed. */
void session_cookies_below(const char *base);

/* From the Cookie header (empty without one). A session that we did not sign is as good as none: a new user. currency
 * points into cookies. */
struct session session_of(const struct session_key *key, struct str cookies);

/* A new user without anything. */
struct session session_new(void);

/* Of a user who was recognised by other means; what else the cookies say of them. */
struct session session_of_user(struct str user_id, struct str cookies);

/* Who the browser was before it signed in, as the cookie of this name says; false when we did not sign it. */
bool session_before(const struct session_key *key, struct str cookies, char user_id[ID_TEXT_LEN + 1]);
struct str session_set_before(const struct session_key *key, struct str user_id, struct arena *arena);

/* "<offset>.<command id>", and back: offset -1 when it is not one. */
struct str cart_mark_write(const struct cart_mark *mark, struct arena *arena);
struct cart_mark cart_mark_read(struct str text);

/* Values of Set-Cookie, in the arena. */
struct str session_set_cookie(const struct session_key *key, const struct session *session, struct arena *arena);
/* Goes with session_set_cookie. Once it is gone, a page renews both. */
struct str session_set_kept(struct arena *arena);
bool session_is_old(struct str cookies);
struct str session_set_mark(const struct session *session, struct arena *arena);
struct str session_set_currency(struct str currency, struct arena *arena);
/* Any other that we keep with the browser. */
struct str session_cookie(struct arena *arena, const char *name, struct str value, int max_age_s);
/* Tells the browser to forget one of the cookies. */
struct str session_forget_cookie(const char *name, struct arena *arena);

/* The value of a cookie, empty when there is none; points into cookies. */
struct str cookie_value(struct str cookies, const char *name);

#endif
