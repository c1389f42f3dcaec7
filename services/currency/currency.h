/* currency.h - the words of currency: the rates that the shop converts by, and which of them were said. */
#ifndef CURRENCY_CURRENCY_H
#define CURRENCY_CURRENCY_H

#include "msg/rule.h"
#include "store/table.h"

#define CURRENCY_BASE "EUR"

enum currency_state {
    CURRENCY_SILENT, /* nobody was told any rates yet */
    CURRENCY_TOLD
};

enum { CURRENCY_REFRESH_MS = 6 * 3600 * 1000 }; /* how often we look whether there is news */

/* The rates of one base; its key is the base. */
struct currency {
    struct row row;
    int64_t version;  /* of the last RatesUpdated; 0: there was none */
    struct str rates; /* that RatesUpdated, encoded as a record, with version 0; empty if there was none */
};

extern const struct rules currency_rules;
extern const struct table currency_table;

/* The rates that this program was built with, all of the base. Lives for ever. */
struct rate_list currency_built_in(void);

#endif
