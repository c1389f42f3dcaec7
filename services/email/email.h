/* email.h - the words of email: the mails about an order, and whether they were taken. */
#ifndef EMAIL_EMAIL_H
#define EMAIL_EMAIL_H

#include "base/out.h"
#include "msg/keyring.h"
#include "msg/rule.h"
#include "msg/shelf.h"
#include "store/table.h"

/* --- rules -------------------------------------------------------------------------------------------------------- */

enum email_state {
    EMAIL_NOTHING, /* the order goes on */
    EMAIL_SENDING, /* the mail server is being asked; silence never ends this, a day does */
    EMAIL_SENT,
    EMAIL_FAILED,
    EMAIL_ASKING_AROUND /* it was cancelled; the mail waits a little for word of the money */
};

#define EMAIL_GIVE_UP_MS (INT64_C(24) * 3600 * 1000) /* after the order's end nobody waits for its mail any more */

enum {
    EMAIL_MONEY_MS = 10 * 1000, /* so long the mail about a cancellation waits for word of the money */
    EMAIL_ASK_MS = 10 *
                   1000, /* patience with one ask, beside the pause; one that is still on its way is not sent again */
    EMAIL_PAUSE_MS = 5 * 1000,      /* after "try later", doubled with each ... */
    EMAIL_PAUSE_MAX_MS = 900 * 1000 /* ... up to this */
};

/* The mails of one order, one after the other; its key is the order id. */
struct email {
    struct row row;
    int32_t kind; /* enum email_kind: of the mail that the state is about */
    /* Encoded struct send_email: addresses in it are sealed. A confirmation's stays for the mail that the parcel left;
     * empty once there is nothing more to write. */
    struct str mail;
    int64_t asked_at_ms; /* when there was reason for the mail */
    int32_t attempts;
    bool departed;         /* the parcel is in transit ... */
    int32_t days;          /* ... usually for so many days yet; 0: not known */
    bool unpaid;           /* PaymentDeclined was heard */
    bool voided;           /* PaymentVoided was heard */
    int64_t charged_minor; /* PaymentCharged was heard; 0 before */
};

extern const struct rules email_rules;
extern const struct table email_table;

/* --- letter.c: from an ask to a mail -------------------------------------------------------------------------------- */

enum { EMAIL_ADDRESS_MAX = 254 };

/* A mail as it goes to the server. It holds plaintext: letter_clear when it is sent. */
struct letter {
    char to[EMAIL_ADDRESS_MAX + 1];
    struct out text; /* RFC 5322, lines end with CRLF */
};

/* What a letter is written from. */
struct letter_desk {
    struct keyring *ring;
    struct shelf *shelf;  /* knows the carriers' names */
    const char *from;     /* the shop's mail address */
    const char *shop_url; /* without a slash at the end; empty: the mail has no link */
};

/* Opens what is sealed and writes the mail.
 * EMAIL_OUTCOME_ACCEPTED: letter is ready. NO_KEY, UNREADABLE: it is not, as keyring_open_field says. REFUSED: the
 * address is none that a mail can go to. *detail is then a sentence without personal data, and lives for ever. */
enum email_outcome letter_write(const struct letter_desk *desk, const struct send_email *ask, struct arena *arena,
                                struct letter *letter, const char **detail);

void letter_init(struct letter *letter);

/* Overwrites what it held and keeps the memory. */
void letter_clear(struct letter *letter);
void letter_release(struct letter *letter);

/* --- edge.c: asking the mail server --------------------------------------------------------------------------------- */

struct run;

struct email_settings {
    const char *smtp, *trust, *from, *keys, *shop_url;
    bool tls_required;
    int64_t connections, timeout_ms;
};

extern struct email_settings email_settings;
extern struct email_edge email_edge;

void email_learn(void *edge, const struct msg *heard);
enum status email_open(struct run *run, struct err *err) must_check;
void email_ask(struct run *run, const struct msg *ask);
void email_close(struct run *run);

#endif
