/* visitor.h - one shopper: a connection, cookies, and a journey, step after step.
 *
 * A step's time is counted from the moment at which it was meant to be sent: the visitor's arrival for the first step in
 * open loop, the end of the thinking in closed loop, the answer before it (and the pause) for the steps behind. It ends
 * with the last answer, after redirects and repeats: it is what the shopper waits. */
#ifndef LOADGENERATOR_VISITOR_H
#define LOADGENERATOR_VISITOR_H

#include "services/loadgenerator/orders.h"

struct visitor;

/* The journey is over, or broken off by a step that failed. Called from the loop; the visitor may be begun again or freed. */
typedef void visitor_fn(void *context, struct visitor *visitor);

/* What all visitors share. */
struct floor {
    struct client *client;
    struct journeys *journeys;
    struct orders *orders;
    visitor_fn *done;
    void *context;
    struct out path, head, scratch; /* emptied before each use */
};

/* Notes the tally's lines in the journeys. */
void floor_open(struct floor *floor, struct client *client, struct journeys *journeys, struct orders *orders,
                visitor_fn *done, void *context);
void floor_release(struct floor *floor);

/* name is the visitor's own word. */
struct visitor *visitor_new(struct floor *floor, struct str name, uint64_t seed);
void visitor_free(struct visitor *visitor);

/* Begins a journey of its own choice at once, which was meant to begin at intended_us; a new visitor does first what the
 * file says under start. */
void visitor_begin(struct visitor *visitor, int64_t intended_us);

/* Begins one after the thinking that belongs to the journey before it. */
void visitor_begin_later(struct visitor *visitor);

/* Forgets cookies and connection: the next journey is another shopper's. */
void visitor_renew(struct visitor *visitor, struct str name, uint64_t seed);

/* Whether a journey is under way; a visitor that thinks is not under way. */
bool visitor_is_busy(const struct visitor *visitor);

#endif
