/* gateway.h - the parts of the process, and what every page starts from. */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include "gateway/activity.h"
#include "gateway/accounts/accounts.h"
#include "gateway/commands.h"
#include "gateway/dress.h"
#include "gateway/files.h"
#include "gateway/keys.h"
#include "gateway/presence.h"
#include "gateway/session.h"
#include "gateway/state.h"
#include "gateway/window.h"
#include "pages/types.h"

struct program;
struct forget;
struct key_ticks;
struct recall;
struct sayer;

struct gateway {
    struct program *program;
    const char *base; /* prefix of all paths */
    bool robots;      /* search engines are welcome */
    struct http_options http_options;
    struct http *http;
    struct event *door; /* until it is open */
    int64_t open_by_us;
    int drained; /* how often the end was put off for answers that are on their way */
    struct session_key session_key;
    struct plans *plans;
    struct producer *producer;
    struct redis *redis;
    struct waits *waits;
    struct views *views;
    struct commands commands;
    struct activity activity;
    struct keys *keys;
    struct sayer *sayer;
    struct key_ticks *key_ticks;
    struct recall *recall;
    struct forget *forget;
    struct seal_pair *payment; /* the public half */
    struct state state;
    struct window *window;
    struct files *files;
    struct dress dress;
    struct presence *presence;
    struct accounts accounts;
    bool carts_behind; /* the last command for a cart was accepted, and not answered in time */
};

/* All paths (routes.c). */
extern const struct route gateway_routes[];
extern const size_t gateway_route_count;

/* What a page or command of a shopper knows about them. Lives in the request's arena. */
struct visit {
    struct gateway *gateway;
    struct request *request;
    struct arena *arena;
    struct session session;
    struct member *member;   /* NULL: not signed in */
    bool member_away;        /* signed in perhaps: nobody who knows answers */
    struct str user_id;      /* of the session */
    struct str before;       /* who this browser was before it signed in; empty: nobody */
    struct str currency;     /* one that there are prices in */
    const struct look *look; /* NULL: nothing was read */
    bool behind;             /* the cart does not answer the session's last command yet */
    void *more;              /* the page's own */
};

/* Who is it? A new shopper is given a session with the answer. */
struct visit *visit_begin(struct request *request);

/* Reads the shopper's cart and what else wish asks for (its user_id is filled in), then goes on. A shopper who just came
 * has nothing to be read: then goes on at once. */
void visit_look(struct visit *visit, const struct wish *wish, void (*then)(struct visit *visit));

/* Goes on without reading. */
struct shown_site visit_site(const struct visit *visit);

/* Writes the session's mark into the answer's cookies: this command was acknowledged at this offset. */
void visit_mark(struct visit *visit, struct id command, int64_t offset);

/* The message id that the form brought (its hidden command_id), bound to what it is for, so that one form can be sent for
 * two orders; a random one without it. */
struct id visit_command_id(const struct visit *visit, struct str what_for);

/* The visitor is not signed in any more: they are who they were before. */
void visit_forget_member(struct visit *visit);

/* The path that the request was sent from, when that was a page of this site; the start page otherwise. With its base. */
struct str visit_came_from(const struct visit *visit);

/* Whether the form came from a page of this site, as far as the browser says. */
bool visit_is_ours(const struct visit *visit);

/* Tells what this visitor looks at or follows (a message of activity.events), unless nobody looks: a HEAD, a page fetched in
 * advance, a visitor without a session. Never waits; see activity_say for id. */
void visit_tell(const struct visit *visit, enum msg_type type, const void *body, struct id id);

/* A page that says what went wrong, and what to do next (fault.c). next may be NULL: what
 * mostly helps then. Of visit only gateway, request, arena and currency are needed. */
void fault_page(struct visit *visit, unsigned status, const char *title, const char *what, const char *next,
                bool retry);

/* For http_options.refuse. */
void fault_refuse(struct request *request, unsigned status, const char *because);

/* Answers with a redirect to a path of this site. */
void visit_redirect(struct visit *visit, unsigned status, struct str path);

#endif
