/* idset.h - a set of message ids, in the step's arena. */
#ifndef RUN_IDSET_H
#define RUN_IDSET_H

#include "store/columns.h"

struct id_set {
    struct id *slots;
    size_t size; /* a power of two */
};

/* The ids in the first column of the answer (NULL: none); it has room for count more. */
void id_set_init(struct id_set *set, const PGresult *ids, size_t count, struct arena *arena);

void id_set_add(struct id_set *set, const struct id *id);
bool id_set_has(const struct id_set *set, const struct id *id);

#endif
