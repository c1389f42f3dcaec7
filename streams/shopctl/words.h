/* words.h - times, spans, tables and progress as the keeper's tool prints them. */
#ifndef SHOPCTL_WORDS_H
#define SHOPCTL_WORDS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

/* "2026-11-22 22:48:34.994", UTC; "-" for 0. */
struct str words_time(int64_t time_ms, struct arena *arena);

/* The other way round, UTC: "2026-11-22", "2026-11-22T22:48:34Z", or as words_time writes it. */
bool words_read_time(const char *text, int64_t *time_ms) must_check;

/* So long before now: "45s", "90m", "2h", "7d". */
bool words_read_ago(const char *text, int64_t now_ms, int64_t *time_ms) must_check;

/* How long: "420 ms", "34 s", "12 min", "3 h 12 min", "9 d 4 h". */
struct str words_span(int64_t span_ms, struct arena *arena);

/* How far long work is, on standard error: a bar on a terminal, otherwise a line for each tenth. told begins as 0 and is the
 * work's own. Nothing while whole is 0. */
void words_progress(int64_t done, int64_t whole, int *told);

/* A table that grows line by line, printed with columns as wide as they must be. */
struct words_table {
    struct arena *arena;
    size_t columns, count, room;
    struct str *cells;
};

/* head has as many texts as the table has columns. A column whose head begins with '>' is set to the right. */
void words_table_init(struct words_table *table, struct arena *arena, const char *const *head, size_t columns);

/* The next cell, from left to right, line after line; the text must live as long as the table. */
void words_cell(struct words_table *table, struct str text);
void words_number(struct words_table *table, int64_t number);

void words_table_print(const struct words_table *table);

#endif
