/* parked.h - what is parked and may go: heard again because somebody asked for that, because its type is known now, or
 * because what it stood behind is gone; or given up, by a person, by the deadline of a command, or because its
 * topic is secret and does not keep it any longer.
 *
 * Where order matters a key's messages go as they came: none before the one in front of it. */
#ifndef RUN_PARKED_H
#define RUN_PARKED_H

#include "base/id.h"
#include "store/columns.h"

struct run;

struct parked_look {
    int64_t unknown_from; /* of the unknown ones, those behind it: a look sees so many, the next one others */
};

/* Adds the question; and takes its answer: what may go is put into the queue of local messages. */
void parked_add_look(struct run *run, struct arena *arena);
void parked_looked(struct run *run, const PGresult *rows, struct arena *arena);

/* Adds the statement that takes out what was heard or given up; what stood behind is looked at soon. */
void parked_take_out(struct run *run, const struct id *const *ids, size_t count, struct arena *arena);

#endif
