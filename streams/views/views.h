/* views.h - the words of the views: what a message changes in Redis.
 *
 * Every change is a maximum by version or one field per message id: made twice, or in another order, it gives the same. */
#ifndef VIEWS_VIEWS_H
#define VIEWS_VIEWS_H

#include "msg/msg.h"

enum view_kind {
    VIEW_NOTHING,  /* of no view */
    VIEW_CART,     /* a hash with version and value, replaced by a greater version only */
    VIEW_EVENT,    /* one more field of an order's hash, written once */
    VIEW_FORGOTTEN /* a shopper's list of orders goes, and does not come back */
};

struct view {
    enum view_kind kind;
    struct str key; /* "cart:<user>", "order:<order>": the channel, too, on which it is published; "forgotten:<user>" */
    int64_t version;   /* VIEW_CART */
    struct str field;  /* VIEW_EVENT: the message's id */
    struct str value;  /* VIEW_CART: the record's value; VIEW_EVENT: "<time_ms> <the record's value>" */
    struct str list;   /* "orders:<user>", when the event begins an order, or is to be no more; otherwise empty */
    struct str member; /* the order, for the list */
    int64_t time_ms;   /* its place in the list */
    int64_t until_ms;  /* then it goes out of Redis, unless something newer comes; 0: it stays */
};

/* How long after their last message keys stay in Redis; 0: for ever. */
struct view_keep {
    int64_t carts_ms;  /* a cart with nothing in it; one that holds something stays */
    int64_t orders_ms; /* an order, and its place on its shopper's list */
};

/* The topics that the views are made of. */
extern const enum topic view_topics[];
extern const size_t view_topic_count;

/* What msg changes, in the arena. value is the record's as it was; msg->body is NULL for a type that is not known here,
 * which an order's timeline keeps all the same. */
void view_of(const struct msg *msg, struct str value, const struct view_keep *keep, struct arena *arena,
             struct view *view);

#endif
