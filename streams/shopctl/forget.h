/* forget.h - what the parts of "shopctl forget" share. */
#ifndef SHOPCTL_FORGET_H
#define SHOPCTL_FORGET_H

#include "streams/shopctl/database.h"
#include "streams/shopctl/shopctl.h"

/* A key that something of theirs is sealed under. */
struct forget_key {
    struct forget_key *next;
    struct str id;
    bool dark; /* what customer.keys said of it last */
};

/* A customer, and what is known of them. Texts live in the arena. */
struct forget_case {
    struct arena arena;
    const char *asked;        /* as it was typed: a user id, an order's id, a mail address */
    struct str user_id, mail; /* mail: in lower case; empty unless it was typed */
    size_t orders, open;      /* theirs; those that have not ended */
    bool has_account;
    int64_t reading_ms;                     /* how long it took to read all orders once */
    struct databases databases;             /* those that the environment names; may be none */
    const struct customer_forgotten *paper; /* the certificate; NULL: there is none */
    struct id paper_id;
    int64_t paper_ms;
    struct forget_key *keys; /* of all their orders, and of the certificate */
    size_t clear;            /* records on customer.keys that still have such a key */
};

/* --- forget_whom.c ------------------------------------------------------------------------------------------------ */

/* Finds out who is meant, and what there is of them. EXIT_DONE: the case is filled in; otherwise it was said why not. */
enum exit_code forget_whom(struct forget_case *whom) must_check;

/* For hear_all on customer.events: keeps the customer's certificate, the first of them. */
void forget_hear_paper(void *whom, const struct msg *heard);

/* NULL: nothing of theirs is known to be sealed under it. */
struct forget_key *forget_key(const struct forget_case *whom, struct str key_id);
void forget_note_key(struct forget_case *whom, struct str key_id);

/* --- forget_look.c, forget_elsewhere.c: what every store has of them ---------------------------------------------- */

/* One store, looked at. */
struct forget_store {
    struct str name;  /* "gateway.account", "redis" */
    int64_t left;     /* what may not be there any more; -1: it could not be looked at */
    struct str words; /* what else there is to say: what stays and why, why nobody could look; may be empty */
    bool elsewhere;   /* nobody could look from here, and nobody is to blame: it is somebody else's to look */
};

struct forget_stores {
    struct forget_store *list;
    size_t count, room;
};

struct forget_store *forget_store(struct forget_stores *stores, struct str name, int64_t left, struct str words);

/* Every table of every database. The services hear of it at about the same time as we do: they are given ten seconds. */
void forget_look(struct forget_case *whom, struct forget_stores *stores);

/* Redis; dead letters; the logs of the processes in LOGS_DIR. */
void forget_look_redis(struct forget_case *whom, struct forget_stores *stores);
void forget_look_letters(struct forget_case *whom, struct forget_stores *stores);
void forget_look_logs(struct forget_case *whom, struct forget_stores *stores);

/* --- forget_paper.c ----------------------------------------------------------------------------------------------- */

/* Looks whether it is true: reads customer.keys, and what the stores have left. Then prints it. EXIT_FAILED when
 * something is left of the customer, or a store could not be looked at. */
enum exit_code forget_print(struct forget_case *whom, bool json) must_check;

#endif
