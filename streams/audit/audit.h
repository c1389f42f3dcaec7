/* audit.h - the words of the audit: what is said of an order, or of a product's stock, and whether it adds up. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "msg/ledger.h"
#include "msg/rule.h"
#include "store/table.h"

/* Of an order, and of a product. */
enum audit_state {
    AUDIT_NEW,     /* nothing was heard */
    AUDIT_EVEN,    /* what was heard adds up, as far as it goes */
    AUDIT_DOUBTED, /* something does not; it has its time to mend itself */
    AUDIT_FOUND    /* it had, and was told */
};

/* What is amiss with one row. Faults are sets of 1 << enum audit_kind. */
struct doubt {
    int32_t told;     /* found, and not cleared */
    int64_t since_ms; /* when what is not told yet began; 0: there is nothing */
    int64_t due_ms;   /* when the deadline rings; 0: none is set */
};

/* Its key is the order id. */
struct audited {
    struct row row;
    struct ledger ledger;
    struct doubt doubt;
};

/* Its key is the product id. Both lanes change it: orders take pieces and give them back. */
struct audited_stock {
    struct row row;
    int64_t received, reserved, released; /* pieces; on hand are received - reserved + released */
    struct doubt doubt;
};

struct audit_settings {
    int64_t grace_ms; /* how long what does not add up may mend itself */
};

extern struct audit_settings audit_settings;

extern const struct rules audit_rules, stock_rules;
extern const struct table audit_table, stock_table;

struct key_list;

/* The products that this message touches. */
void audit_products(const struct msg *heard, const void *row, struct key_list *keys);

/* --- doubt.c: from a fault to a finding ----------------------------------------------------------------------------- */

/* Faults are what is amiss now: what was told and is gone is cleared, the deadline is moved to where it must be, and the
 * row's state follows. ends_ms: when, beside that, the row wants to be looked at again (0: never). */
void doubt_weigh(struct step *step, struct row *row, struct doubt *doubt, enum msg_type deadline, uint32_t faults,
                 int64_t ends_ms);

/* The faults that are to be told now: those that had their time. They count as told. */
uint32_t doubt_judge(struct doubt *doubt, uint32_t faults);

/* Says AuditFound. */
void doubt_tell(struct step *step, const struct row *row, enum audit_kind kind, struct str detail);

/* --- stock.c -------------------------------------------------------------------------------------------------------- */

/* A product's pieces changed. */
void stock_weigh(struct step *step, struct audited_stock *stock);

/* --- edge.c: the gauges ------------------------------------------------------------------------------------------- */

struct run;

enum status audit_open(struct run *run, struct err *err) must_check;
void audit_close(struct run *run);

#endif
