/* rebuild.h - the words of shopctl rebuild: what a service knew when its state was dropped, and what became of it. */
#ifndef SHOPCTL_REBUILD_H
#define SHOPCTL_REBUILD_H

#include "streams/shopctl/digest.h"
#include "streams/shopctl/mend.h"
#include "streams/shopctl/tape.h"

/* How the rows of one table compare. */
struct rebuild_table {
    int64_t same;
    int64_t went_on;   /* differ, or are new; and a message about them was said since */
    int64_t different; /* differ, are gone or are new, and nothing about them was said */
    char example[80];  /* the key of one that is different; empty: there is none */
};

struct rebuilding {
    struct mend mend; /* its yes, dry_run, json, databases, arena; its word is the service */
    struct database *database;
    struct tape *tape;
    struct digest before, after;
    PGresult *rows[DIGEST_TABLES_MAX]; /* before: key and digest of each row */
    PGresult *now[DIGEST_TABLES_MAX];  /* after */
    int64_t parked;                    /* messages, before */
    PGresult *positions;               /* before: topic, partition, offset, whether it is one of its own topics */
    struct rebuild_table tables[DIGEST_TABLES_MAX];
    int64_t took_ms;
};

/* Takes the digest and the rows again and compares. EXIT_DONE: equal, but for what went on; EXIT_REFUSED: not. */
enum exit_code rebuild_compare(struct rebuilding *work);

/* How many messages nobody could take; a fold that leaves more is not equal. */
int64_t rebuild_parked(struct rebuilding *work);

/* What all rebuilds say: the tables of before and after; a dry run's words. */
void rebuild_tell(struct rebuilding *work, bool equal);
enum exit_code rebuild_rehearsed(const struct rebuilding *work);

/* rebuild_views.c: Redis instead of a database, otherwise the same. */
enum exit_code rebuild_views(struct rebuilding *work);

#endif
