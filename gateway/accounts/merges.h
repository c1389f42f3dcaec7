/* merges.h - what a browser put into its cart before it signed in is taken over into the account's cart.
 *
 * Due since the transaction that began the session, and done when Kafka has acknowledged MergeCart, and then EmptyCart for the
 * browser's own: neither a view that is away nor a gateway that dies loses it. The command's id follows from both users and the version of the cart, and the
 * cart takes of each product the greater quantity: done twice is done once. */
#ifndef GATEWAY_ACCOUNTS_MERGES_H
#define GATEWAY_ACCOUNTS_MERGES_H

#include "gateway/accounts/book.h"
#include "gateway/commands.h"

struct merges;

/* One cart that is to be taken over. */
struct merge {
    struct str from_user_id, user_id;
    struct cart_mark mark; /* the last command for the cart: it is not taken over as it was before that */
};

/* All are borrowed. */
struct merges *merges_open(struct commands *commands, struct book *book);

/* After producer_close, redis_close and book_close. */
void merges_close(struct merges *merges);

/* The statement that makes a merge due. */
void merge_note(struct question *question, const struct merge *merge);

/* Takes the cart over while the request waits, then calls then once: id and offset are the command's, for the session's
 * mark; offset is -1 when there was nothing to take, or when it has to be done later, without the request. merge's texts
 * live as long as the request. */
typedef void merged_fn(struct request *request, struct id id, int64_t offset, void *context);
void merge_now(struct merges *merges, struct request *request, const struct merge *merge, merged_fn *then,
               void *context);

#endif
