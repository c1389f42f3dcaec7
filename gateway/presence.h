/* presence.h - who is at work: which services have a living member in their consumer group, as the broker sees it.
 *
 * Nobody is called for it: the broker is asked, every few seconds. A service that died is missed when
 * the broker has given it up (its session's time-out); one that restarts sooner was never away for a shopper. */
#ifndef GATEWAY_PRESENCE_H
#define GATEWAY_PRESENCE_H

#include "base/arena.h"
#include "pages/types.h"
#include "run/kafka.h"

struct presence;

struct presence *presence_open(const struct kafka *kafka);

/* Blocks until the last question is answered, two seconds at most. */
void presence_close(struct presence *presence);

/* What the shop lacks at the moment, in words for a shopper. In the arena; empty while nothing is known. */
struct shown_away_list presence_away(const struct presence *presence, struct arena *arena);

/* Whether this service ("payment") is known to be away. */
bool presence_lacks(const struct presence *presence, const char *service);

#endif
