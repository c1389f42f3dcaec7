/* books.h - every order and every product's stock, added up from the topics alone, as they stood at a time.
 *
 * It shares its arithmetic (msg/ledger.h) with streams/audit and nothing else: no database is asked. */
#ifndef SHOPCTL_BOOKS_H
#define SHOPCTL_BOOKS_H

#include "msg/ledger.h"
#include "streams/shopctl/tape.h"

enum { BOOKS_CURRENCIES = 192 }; /* ISO 4217 has fewer; what goes beyond is counted with the last */

struct book_order {
    struct str id;
    struct ledger ledger;
    int64_t last_ms; /* when the last message about it was written */
    uint32_t faults; /* filled by books_judge */
    bool settling;   /* it has faults, and is too young to be judged */
};

struct book_product {
    struct str id;
    int64_t received, reserved, released;
};

/* Of one currency, in minor units. */
struct book_money {
    struct str currency;
    int64_t charged, refunded;
    int64_t confirmed; /* totals of confirmed orders */
    int64_t open;      /* charged less refunded, of orders without an end or too young */
};

struct book_tally {
    int64_t orders, confirmed, cancelled, rejected, open, settling, faulty;
};

struct books {
    int64_t until_ms; /* messages that were written later are not heard */
    struct arena arena, scratch;
    struct plans *plans;
    struct book_order **orders; /* by hash; order_places is a power of two */
    size_t order_count, order_places;
    struct book_product *products;
    size_t product_count, product_room;
    struct book_money money[BOOKS_CURRENCIES];
    size_t money_count;
    struct id *seen; /* ids of messages, by hash */
    size_t seen_count, seen_places;
    int64_t heard, repeated, unreadable;
    struct book_tally tally;
};

/* Reads the topics. until_ms: INT64_MAX for now. */
enum status books_read(struct books *books, struct tape *tape, int64_t until_ms, struct err *err) must_check;
void books_release(struct books *books);

/* Judges every order as of at_ms: one that has heard something since at_ms - grace_ms may mend itself yet. */
void books_judge(struct books *books, int64_t at_ms, int64_t grace_ms);

int64_t book_on_hand(const struct book_product *product);

/* charged - refunded - confirmed - open: nothing, when all adds up. */
int64_t book_difference(const struct book_money *money);

#endif
