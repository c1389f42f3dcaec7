/* shipping.h - the words of shipping: what becomes of an order's parcel, and what carriers cost. */
#ifndef SHIPPING_SHIPPING_H
#define SHIPPING_SHIPPING_H

#include "msg/keyring.h"
#include "msg/rule.h"
#include "store/table.h"

#define SHIPPING_FLAT "flat" /* the carrier of orders that chose none */

/* --- carriers ----------------------------------------------------------------------------------------------------- */

struct carrier {
    struct str code, name;
    const char *prefix; /* of its parcels' numbers: two letters */
    int32_t days;       /* where a step does not say it */
    int32_t cm3_per_kg; /* 0: volume does not count */
    struct tariff_step_list steps;
};

/* NULL when we do not ship with it. */
const struct carrier *carrier_find(struct str code);

/* Usual days to a door in this zone of base/country.h (empty: of an unknown country); 0 when it does not go there. */
int32_t carrier_days(const struct carrier *carrier, struct str zone);

/* --- parcels ------------------------------------------------------------------------------------------------------ */

enum shipping_state {
    SHIPPING_COLLECTING, /* the order is not known yet */
    SHIPPING_OPENING, /* the address is being read and checked; before the charge, so that nobody waits for it after */
    SHIPPING_READY,   /* the address is good: waiting for the charge */
    SHIPPING_CREATED, /* a parcel is prepared, and can be recalled */
    SHIPPING_PICKING, /* the order is confirmed: its things are being picked from the shelves */
    SHIPPING_PICKED,  /* packed: the carrier will come for it */
    SHIPPING_IN_TRANSIT,
    SHIPPING_DELIVERED,
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
    struct str address;      /* encoded struct open_address; empty when it is not needed any more */
    int32_t attempts;        /* at reading it */
    struct str carrier;      /* empty until the order is known */
    int32_t days;            /* that this carrier usually takes to there */
    int64_t moves_ms;        /* when its next ParcelDue is expected; 0: none is */
    struct str tracking_number;
};

extern const struct rules shipping_rules;
extern const struct table shipping_table;

/* There is no parcel, and will be none: nothing of it is kept. */
void shipping_end(struct step *step, struct shipping *row, enum shipping_state state);

/* It is on its way so far, and what comes next is due. */
void shipping_start_picking(struct step *step, struct shipping *row);
void shipping_note_picked(struct step *step, struct shipping *row);
void shipping_note_departed(struct step *step, struct shipping *row);
void shipping_note_delivered(struct step *step, struct shipping *row);

/* adopt.c: what was said in a life that was lost. */
enum { SHIPPING_ADOPTIONS = 4 };

extern const struct adoption shipping_adoptions[SHIPPING_ADOPTIONS];

/* The parcel's number: the carrier's two letters, digits, digits, as in "PD-48151623-421083157771234517"; the last two
 * digits check all before them (ISO 7064, mod 97-10, as in an IBAN). The same order has the same number always. Of a
 * billion orders two would share one with a chance of one in two million; the database then refuses the second. In the
 * arena. */
struct str shipping_tracking_number(const struct carrier *carrier, struct str order_id, struct arena *arena);

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

/* Opens and checks the address of an ask: it must be one that can be printed, the one that the order says in clear where
 * it does, and one as its country writes them where the order names that country. Every outcome is an answer; detail, in
 * the arena, is a sentence for the shopper without any personal data. */
struct address_opened shipping_open_address(struct keyring *ring, const struct open_address *ask, struct arena *arena);

struct run;

/* settings, and the functions that run.h's struct service wants. step->settings is one of these. */
struct shipping_settings {
    const char *keys; /* folder of shipping.private.pem */
    int64_t pick_ms;  /* from confirmation to packed, and from there to the carrier's van */
    int64_t day_ms;   /* how long a day of a tariff is */
};

extern struct shipping_settings shipping_settings;
extern struct shipping_reader shipping_reader;

void shipping_learn(void *reader, const struct msg *heard);
enum status shipping_open(struct run *run, struct err *err) must_check;
void shipping_ask(struct run *run, const struct msg *ask);
void shipping_close(struct run *run);

#endif
