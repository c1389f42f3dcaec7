/* shipping.h - the words of shipping: what becomes of an order's parcel, and what carriers cost. */
#ifndef SHIPPING_SHIPPING_H
#define SHIPPING_SHIPPING_H

#include "msg/keyring.h"
#include "msg/rule.h"
#include "store/table.h"

#define SHIPPING_CARRIER "flat" /* the only one so far */

/* --- parcels ------------------------------------------------------------------------------------------------------ */

enum shipping_state {
    SHIPPING_COLLECTING, /* the order is not known yet */
    SHIPPING_OPENING, /* the address is being read and checked; before the charge, so that nobody waits for it after */
    SHIPPING_READY,   /* the address is good: waiting for the charge */
    SHIPPING_CREATED, /* a parcel is prepared, and can be recalled */
    SHIPPING_PICKING, /* the order is confirmed: it goes out */
    SHIPPING_REFUSED,
    SHIPPING_CLOSED /* cancelled: there is no parcel, or it was recalled */
};

enum {
    SHIPPING_ASK_MS = 5 * 1000,  /* patience with our own reader of addresses */
    SHIPPING_KEY_MS = 1000,      /* pause before looking for the key again, doubled with each ... */
    SHIPPING_KEY_MAX_MS = 60000, /* ... up to this */
    SHIPPING_KEY_ATTEMPTS = 12   /* about six minutes; then the address counts as unreadable */
};

/* The parcel of one order; its key is the order id. Of the address there is only what is sealed, and only until it was
 * read. */
struct shipping {
    struct row row;
    bool charged, confirmed; /* PaymentCharged, OrderConfirmed were heard */
    struct str address;      /* encoded struct sealed; empty when it is not needed any more */
    int32_t attempts;        /* at reading it */
    struct str tracking_number;
};

extern const struct rules shipping_rules;
extern const struct table shipping_table;

/* The parcel's number: two letters, digits, digits, as in "KD-481516-2342108315777123"; the last two digits check all
 * before them (ISO 7064, mod 97-10, as in an IBAN). The same order has the same number always; of a billion
 * orders, two share one with a chance of one in a hundred thousand. In the arena. */
struct str shipping_tracking_number(struct str order_id, struct arena *arena);

/* Whether its check digits fit. */
bool shipping_tracking_number_good(struct str number);

/* --- tariffs ------------------------------------------------------------------------------------------------------ */

enum tariff_state {
    TARIFF_SILENT, /* nobody was told any prices yet */
    TARIFF_TOLD
};

enum { TARIFF_REFRESH_MS = 6 * 3600 * 1000 }; /* how often we look whether the prices are still those that were told */

/* The prices of one carrier; its key is the carrier. */
struct tariff {
    struct row row;
    int64_t version;   /* of the last TariffUpdated; 0: there was none */
    struct str prices; /* that TariffUpdated, encoded as a record, with version 0; empty if there was none */
};

extern const struct rules tariff_rules;
extern const struct table tariff_table;

/* --- addresses: what the rules ask, answered beside them ----------------------------------------------------------- */

/* Opens and checks the address of an ask. Every outcome is an answer; detail, in the arena, is a sentence for the
 * shopper without any personal data. */
struct address_opened shipping_open_address(struct keyring *ring, const struct open_address *ask, struct arena *arena);

struct run;

/* settings, and the functions that run.h's struct service wants. */
struct shipping_settings {
    const char *keys; /* folder of shipping.private.pem */
};

extern struct shipping_settings shipping_settings;
extern struct shipping_reader shipping_reader;

void shipping_learn(void *reader, const struct msg *heard);
enum status shipping_open(struct run *run, struct err *err) must_check;
void shipping_ask(struct run *run, const struct msg *ask);
void shipping_close(struct run *run);

#endif
