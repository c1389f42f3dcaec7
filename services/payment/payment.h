/* payment.h - the words of payment: what a payment of an order is, and in which states. */
#ifndef PAYMENT_PAYMENT_H
#define PAYMENT_PAYMENT_H

#include "msg/rule.h"
#include "store/table.h"

enum payment_state {
    PAYMENT_COLLECTING, /* card, order and reserved goods: not all of them are known */
    PAYMENT_ASKING,     /* the acquirer was asked to charge; silence never ends this */
    PAYMENT_CHECKING,   /* the same, but the card is gone: the charge is voided, unless it was made before */
    PAYMENT_CHARGED,
    PAYMENT_DECLINED,
    PAYMENT_VOIDING, /* cancelled while asking: the acquirer shall forget the order, or say that it charged */
    PAYMENT_REFUNDING,
    PAYMENT_REFUNDED,
    PAYMENT_VOIDED, /* cancelled, and the acquirer keeps no money for it, nor ever will */
    PAYMENT_CLOSED  /* cancelled or rejected before anything was asked */
};

enum {
    PAYMENT_CARDS_MAX = 16,             /* kept for one order; more are not looked at */
    PAYMENT_CARD_KEPT_MS = 3600 * 1000, /* from the PayWith on */
    PAYMENT_ASK_MS = 5 * 1000,          /* patience with the first ask, doubled with each ... */
    PAYMENT_ASK_MAX_MS = 40 * 1000,     /* ... up to this */
    PAYMENT_PAUSE_MS = 500              /* after the first answer that says nothing, doubled likewise */
};

/* The payment of one order; its key is the order id. Texts are empty and numbers 0 until they are known. Once it is
 * decided the row keeps no more than what was said of it, and the currency: so it can be made again from that. */
struct payment {
    struct row row;
    bool placed, reserved;  /* OrderPlaced, StockReserved were heard */
    struct str pay_with_id; /* which card the order names */
    struct str cards;       /* encoded struct held_cards; empty when there is none (left) */
    int64_t amount_minor;   /* the order's total */
    struct str currency;
    int64_t ordered_at_ms;
    int32_t attempts;                      /* at what is being asked now */
    struct str transaction_id, refund_id;  /* the acquirer's */
    int64_t charged_minor, refunded_minor; /* what the acquirer took, and gave back */
};

extern const struct rules payment_rules;
extern const struct table payment_table;

/* It is decided: the card is erased, and what the decision was made from is forgotten. */
void payment_end(struct step *step, struct payment *row, enum payment_state state);

/* --- adopt.c: what was said in a life that was lost ------------------------------------------------------------------ */

enum { PAYMENT_ADOPTIONS = 4 };

extern const struct adoption payment_adoptions[PAYMENT_ADOPTIONS];

/* --- held.c: the sealed cards in the row ---------------------------------------------------------------------------- */

/* Keeps a card for PAYMENT_CARD_KEPT_MS; one that is kept already, or one too many, is not looked at. */
void held_add(struct step *step, struct payment *row, struct str pay_with_id, const struct sealed_to *card);

/* The card that the order names, in the step's arena. NULL: it was not heard of. Without ciphertext: it was erased. */
const struct sealed_to *held_named(struct step *step, const struct payment *row);

/* Erases all but the one that the order names; those whose time is over; all. */
void held_keep_named(struct step *step, struct payment *row);
void held_erase_old(struct step *step, struct payment *row);
void held_erase(struct step *step, struct payment *row);

/* --- ask.c: asks, which are rules too; each counts as one more attempt, and sets the time for the next ----------------- */

void ask_charge(struct step *step, void *row);
void ask_whether_charged(struct step *step, void *row);
void ask_void(struct step *step, void *row);
void ask_refund(struct step *step, void *row);

/* The answer says nothing: the same ask again, after a pause that grows. */
void ask_later(struct step *step, void *row);

/* --- card.c: whether a card may be charged, before anybody is asked ------------------------------------------------ */

struct card_check {
    enum decline_reason reason; /* DECLINE_REASON_UNKNOWN: it may be charged */
    const char *brand;          /* "visa", "mastercard", ...; "" when there is none */
    char last4[5];              /* "" of what has no four digits */
    char detail[128];           /* a sentence for the shopper; "" when there is nothing to say */
};

/* The card counts as good through its month (UTC) of at_ms. Only visa and mastercard are taken; brands are told apart as
 * the original shop does, so the same test cards pass and fail. Blanks and dashes in the number are not minded. */
void card_check(const struct card *card, int64_t at_ms, struct card_check *result);

/* --- decline.c: why not --------------------------------------------------------------------------------------------- */

/* Of the acquirer's word for it. */
enum decline_reason decline_reason_of(struct str name);

/* What the shopper is told: why, and what to do about it. Lives for ever. */
struct str decline_sentence(enum decline_reason reason);

/* --- acquirer.c: the edge ------------------------------------------------------------------------------------------ */

struct run;

struct payment_settings {
    const char *acquirer; /* APP_ACQUIRER */
    const char *keys;     /* APP_KEYS */
    int64_t asks_at_once; /* APP_ACQUIRER_CONNECTIONS */
    int64_t timeout_ms;   /* APP_ACQUIRER_TIMEOUT */
};

extern struct payment_settings payment_settings;

enum status acquirer_open(struct run *run, struct err *err) must_check;
void acquirer_ask(struct run *run, const struct msg *ask);
void acquirer_close(struct run *run);

#endif
