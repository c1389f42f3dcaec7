/* ledger.h - what the topics say of one order, added up, and what of it does not add up.
 *
 * One arithmetic for streams/audit, which does it all the time, and for the keeper's tool, which does it once. It knows no
 * service: only messages. Messages may come in any order; each is to be given once. */
#ifndef MSG_LEDGER_H
#define MSG_LEDGER_H

#include "msg/msg.h"

/* An order that nobody has accepted or rejected so long after it was given has no end. */
#define LEDGER_ANSWER_MS (INT64_C(15) * 60 * 1000)

/* One that ended so long ago, and of which email has said neither that its mail went nor that none will, has none. A mail
 * server may be away for longer: then the finding stands until it is back. */
#define LEDGER_MAIL_MS (INT64_C(60) * 60 * 1000)

/* All zero: nothing was heard. Counts are of messages. */
struct ledger {
    int64_t asked_ms; /* when the first PlaceOrder was written; 0: none was heard */
    int32_t placed, rejected, confirmed, cancelled;
    int64_t deadline_ms; /* when checkout gives up */
    int64_t ended_ms;    /* when the last OrderConfirmed or OrderCancelled was written */
    struct str currency; /* of the order */
    int64_t total_minor, pieces;
    int32_t charges, declines, voids;
    int64_t charged_minor, refunded_minor;
    struct str paid_in;         /* the currency of charges and refunds; LEDGER_MIXED when there are two */
    int64_t reserved, released; /* pieces */
    int32_t parcels, recalls, moves;
    int32_t confirmation_mails, cancellation_mails, departure_mails;
    int32_t mails_given_up; /* of an end, not of a departure */
};

#define LEDGER_MIXED "?"

enum { LEDGER_KINDS = AUDIT_KIND_NO_MAIL + 1 }; /* of enum audit_kind; BELOW_ZERO is a product's, not an order's */

/* Faults of what has not come: they are none before ledger_overdue_ms. An order has one of them at most. */
#define LEDGER_LATE (1U << AUDIT_KIND_NO_END | 1U << AUDIT_KIND_NO_MAIL)

/* The topics that ledger_hear adds up. */
extern const enum topic ledger_topics[];
extern const size_t ledger_topic_count;

/* Adds a message. Texts are copied into the arena. */
void ledger_hear(struct ledger *ledger, const struct msg *heard, struct arena *arena);

/* A set of enum audit_kind: 1 << AUDIT_KIND_MONEY, ... Of LEDGER_LATE it says that it has not come yet; whether that is
 * late is for ledger_overdue_ms. */
uint32_t ledger_faults(const struct ledger *ledger);

/* When an order without an end should have had one; when one that ended should have had its mail. */
int64_t ledger_overdue_ms(const struct ledger *ledger);

/* One sentence about a fault that it has, in the arena. */
struct str ledger_sentence(const struct ledger *ledger, enum audit_kind kind, struct arena *arena);

#endif
