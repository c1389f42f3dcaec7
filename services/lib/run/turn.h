/* turn.h - a batch through one transaction: DESIGN's "one step of a service", as a chain of answers from Postgres.
 *
 *   named?   a message that may have killed the process before is named first, in a transaction of its own
 *   loaded   BEGIN, claims checked, inbox, deadlines taken, rows loaded and locked
 *   shared?  rows that the first ones named
 *   (rules)  in memory
 *   saved    rows, outbox, deadlines, parked messages, positions, COMMIT
 *
 * After the commit: sent, asked, released. After a failure: the same batch again, or one message at a time. */
#ifndef RUN_TURN_H
#define RUN_TURN_H

#include "run/batch.h"
#include "run/outbox.h"
#include "run/rowset.h"

struct run;

enum { TABLES_MAX = 8, LANES_MAX = 8 };

/* One table and what of it this step works on. */
struct table_use {
    const struct table *table;
    struct rows *rows;
    struct rowset set;
    bool late;  /* some lane shares it: loaded when the others have been, in one statement and in key order */
    int answer; /* of the group; -1: not asked for */
};

/* Whom an ask, once committed, belongs to. */
struct asked {
    struct asked *next;
    const struct said *ask;
    const struct heard *heard;
};

struct turn {
    struct run *run;
    struct batch batch;
    struct arena arena;
    struct step step;
    struct table_use tables[TABLES_MAX];
    size_t table_count;
    struct table_use *own[LANES_MAX], *shared[LANES_MAX];
    struct plans *plans;

    /* Of the attempt under way. */
    struct heard *list; /* the first messages of the batch */
    size_t count;
    bool single, named;
    bool *touched; /* claims, by index */
    int claims_answer, inbox_answer, taken_answer, parked_answer, answers;
    struct outgoing *outgoing, **outgoing_tail;
    size_t outgoing_count;
    struct asked *asked, **asked_tail;
    int32_t unknown_schema;       /* -1: none */
    int64_t began_us, waiting_us; /* when the batch was taken; 0: it is empty */
};

struct turn *turn_open(struct run *run);
void turn_close(struct turn *turn);

/* Takes a batch if there is none, and begins. True when a group was sent or the turn waits for something. */
bool turn_go(struct turn *turn);

/* The claims were given up. */
void turn_drop(struct turn *turn);

/* --- parts of a turn, in files of their own ----------------------------------------------------------------------- */

/* hearing.c: decodes the messages and finds their lanes; false when one needs a schema that is being fetched. */
bool hearing_prepare(struct turn *turn);

/* hearing.c: with the answers at hand, finds out which are heard, and lets the rules hear them. */
void hearing_sort(struct turn *turn, PGresult *const *answers);
void hearing_run(struct turn *turn);

/* hearing.c: the row of a shared table, for step_shared. */
void *hearing_shared(void *turn, struct str key);

/* parking.c: adds what becomes of DEAD and PARK: copies for the dead-letter topics to the outgoing, rows of parked. */
void parking_copies(struct turn *turn);
void parking_add(struct turn *turn);

/* parking.c: adds the question which keys are parked, where order matters; and its answer. */
void parking_ask(struct turn *turn);
void parking_apply(struct turn *turn, const PGresult *answer);

/* Whether a parked message of its kind holds up those behind it. */
bool parking_keeps_order(const struct heard *heard);

/* It stands behind a parked one: a record is parked, too; what is parked already stays as it is. */
void parking_wait(struct heard *heard);

/* The text as Postgres and Avro take it, whatever bytes it has. */
struct str parking_plain(struct str text, struct arena *arena);

/* saving.c: with all rows at hand: the rules, the second group, and after its commit the rest. */
void saving_begin(struct turn *turn);

/* turn.c: sends the group that was added. */
void turn_send(struct turn *turn, const struct effect *effect, pg_done_fn *done);

/* turn.c: what a failed group asks for: again after a pause, or one message at a time; the process's end. */
void turn_failed(struct turn *turn, enum status status, const struct pg_answer *answer, const struct err *err);

/* saving.c: a message to the outbox. */
void turn_say(struct turn *turn, const struct heard *heard, const struct id *id, const char *topic, struct str key,
              struct str value, struct str headers);

#endif
