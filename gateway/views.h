/* views.h - what pages read from Redis, in one round trip: a shopper's cart, their latest orders, an order's story.
 *
 * Redis is a view: it can be away, or be built up again. Then a look is away, never empty, and shows what this process
 * last knew. */
#ifndef GATEWAY_VIEWS_H
#define GATEWAY_VIEWS_H

#include "gateway/http.h"
#include "gateway/session.h"
#include "gateway/story.h"
#include "store/redis.h"

struct views;

struct wish {
    struct str user_id;  /* empty: nobody's */
    struct str order_id; /* empty: no order's story */
    size_t orders;       /* how many of the user's latest orders, 0-50 */
    struct str session;  /* the key of a session that is read with all this; empty: none */
};

/* Lives in the request's arena. */
struct look {
    bool away;                       /* what follows is what was last known, if anything was */
    bool cart_known;                 /* false: away, and this process never saw that cart */
    const struct cart_updated *cart; /* NULL: there is none (any more), and no order of it is open */
    struct str_list orders;          /* newest first */
    struct story story;              /* of the order, by time */
    struct str session;              /* what Redis holds for it; empty: nothing, or Redis is away */
};

typedef void look_fn(struct request *request, const struct look *look, void *context);

/* plans is borrowed. */
struct views *views_open(struct event_base *base, struct redis *redis, const struct plans *plans);
void views_close(struct views *views);

/* Looks, then calls then once, never before it returned; within about a second, even when nobody answers. The request
 * waits meanwhile. wish's texts live as long as the request. */
void views_look(struct views *views, struct request *request, const struct wish *wish, look_fn *then, void *context);

/* For those who wait without a request (streams): memory is theirs. Calls then once; request is NULL. */
void views_look_alone(struct views *views, struct arena *arena, const struct wish *wish, look_fn *then, void *context);

/* Remembers an order that was just accepted, so that its page exists before anybody has heard of it. */
void views_remember_order(struct views *views, struct str order_id, struct str value, int64_t time_ms);

/* Whether an order of this id was accepted here, not long ago. */
bool views_remembers_order(const struct views *views, struct str order_id);

/* Whether Redis answers and somebody writes the views, as it was a second ago. Otherwise they are as they last were. */
bool views_fresh(const struct views *views);

/* Whether a cart answers the last command of a session. */
bool views_has_mark(const struct cart_updated *cart, const struct cart_mark *mark);

/* What a wake-up says: CartUpdated of "cart:...", any event of "order:...". False when it cannot be read. */
bool views_read_wake(const struct views *views, struct str channel, struct str message, struct arena *arena,
                     struct told *told);

/* Keys, which are channels too, in the arena. */
struct str views_cart_key(struct str user_id, struct arena *arena);
struct str views_order_key(struct str order_id, struct arena *arena);

/* Whether Redis answered once, whole or not; if not, it is asked as soon as it is connected. */
bool views_answered(struct views *views);

/* Whether the views were whole when last asked, at most a second ago; for /readyz. */
bool views_ready(void *views, struct err *why);

#endif
