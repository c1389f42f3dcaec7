/* rowset.h - the rows of one table that a step works on: wanted by key, loaded, changed, saved. In the step's arena. */
#ifndef RUN_ROWSET_H
#define RUN_ROWSET_H

#include "store/rows.h"

struct rowset_entry {
    struct str key;
    struct row *row; /* NULL until loaded */
};

struct rowset {
    struct rows *rows;
    struct arena *arena;
    struct rowset_entry *entries; /* in the order in which they were wanted */
    size_t count, size;
    uint32_t *slots; /* index into entries + 1; a power of two */
    size_t slot_count;
};

/* Empty; what was in it goes with the arena. */
void rowset_init(struct rowset *set, struct rows *rows, struct arena *arena);

/* The row of this key is needed. key must live as long as the step. */
void rowset_want(struct rowset *set, struct str key);

/* Adds the statement that loads what is wanted. Not for an empty set. */
void rowset_load(struct rowset *set, struct pg *pg);

/* Takes that statement's answer; keys that the table does not have get new rows. */
void rowset_loaded(struct rowset *set, const PGresult *result);

/* NULL when it was not wanted. */
struct row *rowset_row(const struct rowset *set, struct str key);

/* Adds the statement that saves the rows that changed, if any did. */
void rowset_save(struct rowset *set, struct pg *pg);

#endif
