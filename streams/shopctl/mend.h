/* mend.h - what the commands that repair have in common: their options, the keeper's yes, and parked messages.
 *
 * Nothing here changes what a service knows: a mark is set in its database, and the owner of the partition does the rest in
 * a step of its own. */
#ifndef SHOPCTL_MEND_H
#define SHOPCTL_MEND_H

#include "streams/shopctl/database.h"
#include "streams/shopctl/shopctl.h"

struct mend {
    const char *word, *target; /* "redrive"; a key or an id, or NULL */
    const char *reader;        /* only this service; NULL: all */
    const char *reason, *by;   /* by is never NULL */
    bool all, json, dry_run, yes;
    struct databases databases;
    struct arena arena;
    struct plans *plans;
};

/* Reads "WORD [TARGET] [options]". EXIT_DONE: go on; otherwise *code is what the command returns. */
bool mend_begin(struct mend *mend, int argc, char **argv, const char *help, const char *const *words,
                enum exit_code *code);
void mend_end(struct mend *mend);

/* Asks the keeper, unless --yes was given. */
bool mend_agreed(const struct mend *mend, const char *question);

/* Whether this database is meant: its service is --reader, and it answers; one that is away is complained of. */
bool mend_meant(const struct mend *mend, const struct database *database);

/* A message's value as JSON, or as {"undecoded":"<hex>"} with the reason why. In the arena. */
struct str mend_body(struct mend *mend, struct str value);

/* Bytes as Postgres writes and reads them, "\x...". In the arena. */
struct str mend_unhex(struct str hex, struct arena *arena);
struct str mend_hex(struct str bytes, struct arena *arena);

/* A record that is put before one reader, as a parked message is. */
struct mend_record {
    const char *id; /* its ce-id */
    enum topic topic;
    int32_t part;
    int64_t offset, time_ms;
    struct str key, value, lines, reason;
    const char *dropped; /* NULL: it is to be heard; otherwise why it is given up */
    bool replayed;       /* it was heard before: the inbox forgets it */
    bool fenced;         /* and nobody outside is asked */
};

/* One row with the array of its id, for mend_wait; none: this reader does not step over that topic. NULL: the database refuses,
 * and its why says it. Freed by PQclear. */
PGresult *mend_put(struct mend *mend, struct database *database, const struct mend_record *record);

/* What became of it: a line, or with --json {"outcome":"..."}. */
void mend_outcome(const struct mend *mend, const char *sentence);

/* Waits until none of these messages (a Postgres array of ids) is under way any more, and tells what became of each that is
 * still there. EXIT_DONE: all are gone; EXIT_REFUSED: some were refused again; EXIT_FAILED: nobody took them. */
enum exit_code mend_wait(struct mend *mend, struct database *database, const char *ids, const char *done);

#endif
