/* forget.h - forgetting a customer: whoever is asked for on customer.commands, or gave their account up.
 *
 * The account and its sessions go, then every key that sealed a name or an address of theirs; CustomerForgotten says what was
 * done, and is the ledger that a database from before is cleaned by, at each start and whenever the database comes back. Each
 * step may be done twice: every gateway does all of them, and one that was killed begins anew. */
#ifndef GATEWAY_FORGET_FORGET_H
#define GATEWAY_FORGET_FORGET_H

#include "gateway/accounts/accounts.h"
#include "gateway/forget/sayer.h"

struct forget;

/* All are borrowed. Begins to read customer.commands and customer.events. */
enum status forget_open(struct event_base *base, const struct kafka *kafka, struct accounts *accounts,
                        struct sayer *sayer, struct forget **forget, struct err *err) must_check;

/* After producer_close, redis_close and the book's. */
void forget_close(struct forget *forget);

/* Whether this customer is forgotten, or is about to be: their id is nobody's any more. */
bool forget_has(const struct forget *forget, struct str user_id);

/* The shopper wants it: then is called when that is durable, from the loop; the rest follows. */
void forget_leave(struct forget *forget, struct str user_id, void (*then)(void *context), void *context);

/* Whether the ledger was read. For /readyz. */
bool forget_ready(void *forget, struct err *why);

#endif
