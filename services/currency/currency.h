/* currency.h - the words of currency: the rates that the shop converts by, where they come from, and which were told. */
#ifndef CURRENCY_CURRENCY_H
#define CURRENCY_CURRENCY_H

#include "msg/rule.h"
#include "store/table.h"

#define CURRENCY_BASE "EUR"

/* --- rules -------------------------------------------------------------------------------------------------------- */

enum currency_state {
    CURRENCY_SILENT, /* nobody was told any rates yet */
    CURRENCY_TOLD,
    CURRENCY_ASKING /* as told, and the bank is being asked for newer ones */
};

/* The rates of one base; its key is the base. */
struct currency {
    struct row row;
    int64_t version;  /* of the last RatesUpdated; 0: there was none */
    struct str rates; /* that RatesUpdated, encoded as a record, with version 0; empty if there was none */
    struct str held;  /* what the bank offered and nobody believes: RatesFetched, encoded as a record; empty: nothing */
    int32_t in_vain;  /* how often the bank has been asked since it gave a usable answer */
};

struct currency_settings {
    const char *url;      /* empty: no bank is asked */
    const char *ca;       /* file of the certificates that its certificate is checked by; empty: the system's */
    int64_t period_ms;    /* from a usable answer to the next question */
    int64_t retry_ms;     /* after none, doubled each time, at most period_ms */
    int64_t timeout_ms;   /* for the whole answer */
    int64_t jump_percent; /* a rate that is so much greater or smaller than the one in force is held back */
};

extern struct currency_settings currency_settings;
extern const struct rules currency_rules;
extern const struct table currency_table;

/* The rates that this program was built with, all of the base. Lives for ever. */
struct rate_list currency_built_in(void);

/* --- offer.c: what is to be thought of an answer. Pure. --------------------------------------------------------------- */

enum { CURRENCY_BUILT_IN_FACTOR = 20 }; /* so far the world may be from built-in rates, which are of no known day */

/* The rate of a currency in a list, or NULL. */
const struct rate *currency_find(struct rate_list rates, struct str currency);

/* Empty when the offer can be believed; otherwise a sentence. limit_percent: see jump_percent. */
struct str currency_doubt(const struct rate *known, const struct rate *offered, int64_t limit_percent,
                          struct arena *arena);

/* The day of a time, "YYYY-MM-DD". */
struct str currency_day(int64_t time_ms, struct arena *arena);

/* --- xml.c: the bank's file. Pure. -------------------------------------------------------------------------------------- */

enum {
    CURRENCY_XML_BYTES = 64 * 1024, /* at most */
    CURRENCY_XML_DEPTH = 8,
    CURRENCY_XML_ELEMENTS = 256
};

/* Reads what the bank has sent: outcome FETCHED with as_of and rates, or REFUSED with a sentence. A document with a
 * DTD, more than one day, a rate that is no plain positive decimal, a currency twice, or without USD is refused whole. */
void currency_read(struct str xml, struct arena *arena, struct rates_fetched *answer);

/* --- bank.c: asking the bank ------------------------------------------------------------------------------------------ */

struct run;

enum status bank_open(struct run *run, struct err *err) must_check;
void bank_ask(struct run *run, const struct msg *ask);
void bank_close(struct run *run);

#endif
