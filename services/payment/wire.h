/* wire.h - asks as HTTP requests of the acquirer, and its replies as answers. No I/O here. */
#ifndef PAYMENT_WIRE_H
#define PAYMENT_WIRE_H

#include "base/out.h"
#include "base/seal.h"
#include "msg/msg.h"

/* One request. A charge's body holds the card in clear: wire_release overwrites it. */
struct wire_request {
    struct out path; /* "/v1/charges/<order>/void", with a NUL */
    struct out key;  /* the idempotency key, with a NUL */
    struct out body; /* JSON; empty: a GET */
};

void wire_init(struct wire_request *request);
void wire_release(struct wire_request *request);

/* Fills request for ChargeCard, QueryCharge, VoidCharge or RefundCharge. False: there is nothing to send, *answer says why (a card that
 * cannot be opened, or that nobody would charge). Texts of *answer are in the arena. */
bool wire_ask(const struct msg *ask, const struct seal_pair *own, struct arena *arena, struct wire_request *request,
              struct acquirer_answered *answer);

/* What the acquirer replied to ask; anything that is not understood is an UNKNOWN with its reason in detail. */
void wire_answer(const struct msg *ask, long http_status, struct str reply, struct arena *arena,
                 struct acquirer_answered *answer);

/* No reply: UNKNOWN, with why as detail. */
void wire_silence(const struct msg *ask, struct str why, struct acquirer_answered *answer);

#endif
