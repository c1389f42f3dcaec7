/* reading.h - what the functions that read a journey file's lines share. */
#ifndef LOADGENERATOR_READING_H
#define LOADGENERATOR_READING_H

#include "services/loadgenerator/journeys.h"
#include "services/loadgenerator/line.h"

struct reading {
    struct journeys *all;
    struct arena *arena;
    struct line line;
    struct journey *journey; /* the one that the lines belong to; NULL before the first */
    struct step *step;
};

/* Reads one line. NULL, or what is wrong with it. */
typedef const char *reading_line_fn(struct reading *reading);

reading_line_fn reading_choice, reading_range, reading_digits, reading_card;

/* Room for one more element of a list in the arena: it grows by doubling, a file is read once. */
void *reading_grow(struct arena *arena, void *list, size_t count, size_t size_bytes);

#define GROW(reading, list, count) ((list) = reading_grow((reading)->arena, (list), (count), sizeof(*(list))))

/* False when the word is no whole number from least to most. */
bool reading_number(struct str word, int64_t least, int64_t most, int64_t *number);

/* The variable's place, or -1. */
int reading_find(const struct journeys *all, struct str name);

/* A new variable's place; -1: the name is taken, or there are too many. */
int reading_add(struct journeys *all, struct str name, enum variable_kind kind);

/* NULL, or what is wrong with the text. */
const char *reading_pattern(struct reading *reading, struct str text, struct pattern *pattern);

#endif
