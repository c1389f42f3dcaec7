/* bank.h - what the acquirer does with a key: charge it, void it, refund it, each of them once. */
#ifndef ACQUIRER_BANK_H
#define ACQUIRER_BANK_H

#include "deploy/local/acquirer/behaviour.h"
#include "deploy/local/acquirer/ledger.h"

struct bank {
    struct ledger *ledger;
    struct behaviour behaviour;
};

/* What is answered: an HTTP status and JSON. silent: it was done, and nobody shall be told. about_key: a question of a
 * shop's, for which it may be slow. */
struct reply {
    unsigned status;
    struct out body;
    bool silent, about_key;
};

/* body: {"amount_minor":899,"currency":"USD","card":{"number":"...","expires_year":2030,"expires_month":1,"cvv":"..."}}
 *
 * The first charge of a key decides: 200 charged or 402 declined; the same again is answered with the same bytes, another
 * one 409, one of a voided key 410. Test cards: 4000000000000002 is refused, 4000000000009995 lacks the money,
 * 4000000000000119 is charged without an answer to the first try, 4000000000000341 fails at the first try. */
void bank_charge(struct bank *bank, struct str key, struct str body, int64_t now_ms, struct reply *reply);

/* 200 and what the key came to; voided when nothing had become of it, and then nothing ever will. */
void bank_void(struct bank *bank, struct str key, int64_t now_ms, struct reply *reply);

/* 200 refunded, in full, the same bytes each time; 409 when nothing was charged. */
void bank_refund(struct bank *bank, struct str key, int64_t now_ms, struct reply *reply);

/* 200 and what the key came to; 404 when it was never used. */
void bank_query(struct bank *bank, struct str key, struct reply *reply);

/* {"charges":1,"declines":0,"voids":0,"refunds":0,"currencies":{"USD":{"charged_minor":899,"refunded_minor":0}}} */
void bank_totals(struct bank *bank, struct reply *reply);

/* An error as JSON. */
void bank_error(struct reply *reply, unsigned status, const char *error, const char *detail);

#endif
