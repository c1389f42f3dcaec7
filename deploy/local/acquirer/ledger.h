/* ledger.h - the acquirer's book: one line a fact, appended and on the disk before anybody is told.
 *
 * What was written is also in memory, by key. The book is the truth: memory is made from it at each start. */
#ifndef ACQUIRER_LEDGER_H
#define ACQUIRER_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

enum { LEDGER_KEY_MAX = 64 };

enum entry_state { ENTRY_NEW, ENTRY_CHARGED, ENTRY_DECLINED, ENTRY_VOIDED, ENTRY_REFUNDED };

/* All about one idempotency key. Texts are empty and numbers 0 where they do not apply. */
struct entry {
    struct entry *next; /* of the ledger's own */
    enum entry_state state;
    char key[LEDGER_KEY_MAX + 1];
    char id[40], refund_id[40]; /* of the charge, of the refund */
    char print[65];             /* what was asked first, as an HMAC with the book's own salt */
    char currency[4], brand[12], last4[5], reason[24];
    int64_t amount_minor, at_ms, refunded_at_ms;
    unsigned tries; /* requests since the start; not in the book */
};

struct ledger_totals {
    char currency[4];
    int64_t charged_minor, refunded_minor;
};

struct ledger;

/* Opens the book, or begins it. A line that was cut short at the end was never answered, and is taken out. ST_FATAL when
 * it cannot be read or is no book. */
enum status ledger_open(const char *path, struct ledger **ledger, struct err *err) must_check;
void ledger_close(struct ledger *ledger);

/* The entry of a key; NULL when it was never used. Lives as long as the ledger. */
struct entry *ledger_find(const struct ledger *ledger, struct str key);

/* The same, made if need be; not written. key: 1 to LEDGER_KEY_MAX of A-Z a-z 0-9 . _ ~ -; NULL when it is not. */
struct entry *ledger_entry(struct ledger *ledger, struct str key);

/* 64 hex digits for what was asked: equal for equal text, of no use without the book. */
void ledger_print(const struct ledger *ledger, struct str text, char print[65]);

/* The entry as it is now goes into the book. */
void ledger_write(struct ledger *ledger, const struct entry *entry);

/* "new", "charged", "declined", "voided", "refunded": as in the book and in answers. */
const char *entry_state_name(enum entry_state state);

/* Is there something that is not on the disk yet? */
bool ledger_dirty(const struct ledger *ledger);

/* Brings all of it onto the disk; blocks for that long. A disk that fails ends the process. */
void ledger_sync(struct ledger *ledger);

/* The lines, without the first, as a descriptor of its own and a range of it. -1 when it cannot be opened. */
int ledger_export(const struct ledger *ledger, uint64_t *offset, uint64_t *size_bytes);

/* How many keys are in each state, and the sums of each currency (*count of them). */
const uint64_t *ledger_counts(const struct ledger *ledger);
const struct ledger_totals *ledger_sums(const struct ledger *ledger, size_t *count);

#endif
