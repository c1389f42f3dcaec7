/* outside.h - who is asked: an acquirer with a ledger of its own, a reader of addresses, a mail server.
 *
 * They are asked over a network: an ask may be lost, or done and its answer lost, or answered late, or answered twice. */
#ifndef SAGA_OUTSIDE_H
#define SAGA_OUTSIDE_H

#include "msg/msg.h"

struct world;
struct call;
struct answer;
struct lane;
struct said;
struct subject;

enum { OUTSIDE_ORDERS = 64, OUTSIDE_KINDS = 4 };

enum key_state { KEY_KNOWN, KEY_LATE, KEY_NEVER, KEY_FORGOTTEN };

/* The acquirer's page of one order. */
struct ledger {
    enum { LEDGER_NEW, LEDGER_CHARGED, LEDGER_DECLINED, LEDGER_VOIDED, LEDGER_REFUNDED } state;
    struct str card; /* the one that was charged */
    int64_t asked_minor, charged_minor, refunded_minor;
    unsigned charges, asks;
};

struct mail {
    struct str id;           /* its Message-ID; empty: there is none */
    enum refund_news refund; /* what it says of the money */
    int64_t refund_minor;
};

/* The mail server's: accepted mails of one order, by kind. */
struct mailbag {
    struct mail mails[OUTSIDE_KINDS];
    bool two_ids; /* a kind came under more than one */
};

struct outside {
    struct ledger ledgers[OUTSIDE_ORDERS];
    struct mailbag mailbags[OUTSIDE_ORDERS];
    bool forgets_keys; /* a test wants an acquirer without idempotency */
};

/* A step asked. The same ask is under way only once, as with the real edges. */
void outside_ask(struct lane *lane, const struct said *asked);

/* The ask arrives, is done or not, and is answered or not. */
void outside_do(struct call *call, struct world *world);

/* The answer arrives. */
void outside_hear(struct answer *answer, struct world *world);

/* The process that asked has died. */
void outside_hang_up(struct world *world, const char *service);

#endif
