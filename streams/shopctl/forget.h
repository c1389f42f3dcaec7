/* forget.h - what the parts of "shopctl forget" share. */
#ifndef SHOPCTL_FORGET_H
#define SHOPCTL_FORGET_H

#include "streams/shopctl/database.h"
#include "streams/shopctl/shopctl.h"

/* A customer, and what is known of them. Texts live in the arena. */
struct forget_case {
    struct arena arena;
    const char *asked; /* as it was typed: a user id, an order's id, a mail address */
    struct str user_id;
    size_t orders, open; /* theirs; those that have not ended */
    bool has_account;
    struct databases databases;             /* those that the environment names; may be none */
    const struct customer_forgotten *paper; /* the certificate; NULL: there is none */
    struct id paper_id;
    int64_t paper_ms;
    size_t keys, dark; /* of the certificate: those on customer.keys, and how many of them say nothing any more */
};

/* --- forget_whom.c ------------------------------------------------------------------------------------------------ */

/* Finds out who is meant, and what there is of them. EXIT_DONE: the case is filled in; otherwise it was said why not. */
enum exit_code forget_whom(struct forget_case *whom) must_check;

/* For hear_all on customer.events: keeps the customer's certificate, the first of them. */
void forget_hear_paper(void *whom, const struct msg *heard);

/* --- forget_paper.c ----------------------------------------------------------------------------------------------- */

/* Looks whether it is true: reads customer.keys, and what the databases have left. Then prints it. EXIT_FAILED when
 * something is left of the customer. */
enum exit_code forget_print(struct forget_case *whom, bool json) must_check;

#endif
