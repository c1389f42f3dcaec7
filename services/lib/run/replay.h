/* replay.h - the past is heard again, because a person wants that: rows of the table replay.
 *
 * The owner sets its position back in a transaction that only the present epoch can make, and claims its partitions anew:
 * so nothing is under way that knows the old position. From there on a record of the range is new to the inbox; what its
 * rule would ask of somebody outside is not asked, and then the message is as if unheard (unless effects were wanted). */
#ifndef RUN_REPLAY_H
#define RUN_REPLAY_H

#include "store/columns.h"

struct heard;
struct run;
struct turn;

/* Adds the statement that begins what was asked for; with its answer: claims everything anew if anything has begun. */
void replay_add_begin(struct run *run, struct arena *arena);
void replay_begun(struct run *run, const PGresult *rows);

/* Adds the question what of the streams is a replay; and its answer. */
void replay_add_reading(struct run *run);
void replay_read(struct run *run, const PGresult *rows);

/* Before the rules: whether this record comes a second time; what was not asked for is seen. */
void replay_judge(struct heard *heard);

/* Adds the statement by which the inbox forgets such records of this step; true when there is one. */
bool replay_add_forgetting(struct turn *turn);

/* Adds the statement that counts what was heard again. */
void replay_add_progress(struct turn *turn);

#endif
