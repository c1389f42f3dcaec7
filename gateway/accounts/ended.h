/* ended.h - sessions that are over are taken out of the accounts' database: those that were ended, now or as soon as it is
 * back; those that nobody used for too long, once an hour. */
#ifndef GATEWAY_ACCOUNTS_ENDED_H
#define GATEWAY_ACCOUNTS_ENDED_H

#include "gateway/accounts/book.h"
#include "gateway/accounts/token.h"

struct ended;

struct ended *ended_open(struct event_base *base, struct book *book, const struct life_limits *limits);

/* After book_close. */
void ended_close(struct ended *ended);

/* A session of this hash has ended. At most 1024 are remembered while the database is away. */
void ended_add(struct ended *ended, struct str token_hash);

#endif
