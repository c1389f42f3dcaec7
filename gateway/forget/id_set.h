/* id_set.h - a set of ids that only grows: 16 bytes each, at most half full. */
#ifndef GATEWAY_FORGET_ID_SET_H
#define GATEWAY_FORGET_ID_SET_H

#include "base/id.h"

struct id_set {
    struct id *places; /* an id of zeros: free */
    size_t count, place_count;
};

/* False when it is no id, or was there before. An empty set is one of zeros. */
bool id_set_add(struct id_set *set, struct str text);
bool id_set_has(const struct id_set *set, struct str text);
void id_set_release(struct id_set *set);

/* All of them as texts, in the arena, in no order. */
struct str *id_set_texts(const struct id_set *set, struct arena *arena);

#endif
