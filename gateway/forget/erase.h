/* erase.h - taking a customer out of the accounts' database, and out of what Redis keeps of it. */
#ifndef GATEWAY_FORGET_ERASE_H
#define GATEWAY_FORGET_ERASE_H

#include "gateway/accounts/accounts.h"
#include "gateway/forget/id_set.h"

/* The account, its sessions everywhere, carts that were to be taken over, tries that were counted. done is false when the
 * database is away: nothing was erased then. erased lies in the arena, and says how many of each. Called once, never from
 * within. user_id and arena must live until then. */
typedef void erased_fn(void *context, bool done, const struct erased_list *erased);
void erase(struct accounts *accounts, struct str user_id, struct arena *arena, erased_fn *then, void *context);

/* Takes out the accounts of all these, should they be there again; then is told how many were, -1 when nobody can say. */
void erase_again(struct accounts *accounts, const struct id_set *users, void (*then)(void *context, long count),
                 void *context);

#endif
