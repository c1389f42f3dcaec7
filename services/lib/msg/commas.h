/* commas.h - a list of words in one column: "kitchen,gifts". The words themselves have no comma; who hears them checks that. */
#ifndef MSG_COMMAS_H
#define MSG_COMMAS_H

#include "base/arena.h"
#include "msg/types.h"

/* Lives in the arena; the empty list is the empty text. */
struct str commas_join(struct str_list list, struct arena *arena);

/* The items point into text; the array lives in the arena. */
struct str_list commas_split(struct str text, struct arena *arena);

#endif
