/* fold.h - between a claim and its first step: what the service itself said is read from where the database knows it.
 *
 * What stands there and is still in the outbox was said before the process died: its row is deleted. Anything else was
 * said in a life that this database has lost, or is older than: the row that said it adopts it (msg/rule.h). Both are
 * steps like any other: a batch, a transaction, the claims checked in it.
 *
 * A message says what it was the answer to. That is heard from then on, so a command is not obeyed twice. What is cause of
 * something and was heard by this very database needs no adopting: the message was only produced twice.
 *
 * After an adoption, and in a new database, the claim is rebuilding: nobody outside is asked and no deadline rings until
 * all of the log has been heard; then what is still open is overdue, and is asked. */
#ifndef RUN_FOLD_H
#define RUN_FOLD_H

#include "run/outbox.h"
#include "run/run.h"
#include "run/turn.h"

struct reader;

struct fold {
    struct reader *others; /* of its own topics of other kinds, when something was adopted; NULL: not begun */
    bool reading, adopted, others_read;
    int64_t began_us;
    size_t found; /* records that stood there */
    struct arena arena;
};

void fold_init(struct fold *fold);
void fold_release(struct fold *fold);

/* Whether the service writes the topic, and rows of its kind say what is in it. */
bool fold_lane_of(const struct service *service, enum topic topic);

/* Adds the statements that read how far the own topics are known; fold_begin is given the answer to the last. */
enum { FOLD_READING = 2 };
void fold_add_reading(struct run *run, const bool *granted);
void fold_begin(struct run *run, const PGresult *known);

/* The next batch of it; at its end the engine goes on to fill the outbox. */
void fold_go(struct run *run);

/* The claims were given up. */
void fold_drop(struct run *run);

/* When all that stood in the log at the claim has been heard, that is written down, and asks and deadlines begin. True
 * when a group was sent. */
bool fold_look(struct run *run);

/* A person has dropped the state of these claims: the transaction is given up, and the claims are taken anew. */
bool fold_dropped(const PGresult *claims, int column);
void fold_start_over(struct run *run, bool in_transaction);

/* Adds the statement that notes how far own topics are known, now that these are acknowledged and their rows deleted. */
void fold_add_known(struct run *run, const struct done *list, size_t count, struct arena *arena);

/* --- a step of it (folding.c) ------------------------------------------------------------------------------------- */

bool folding_lane(const struct service *service, enum msg_type type, size_t *lane);
void folding_inbox(struct turn *turn);
void folding_sort(struct turn *turn, PGresult *const *answers);
void folding_save(struct turn *turn);

#endif
