/* tally.c - counting and adding. Pure. */
#include "services/loadgenerator/tally.h"

#include <stdio.h>
#include <stdlib.h>

const char *tally_counter_name(enum tally_counter counter)
{
    static const char *const names[TALLY_COUNTERS] = {
        "steps",    "failed",     "repeated",    "exchanges", "connections", "bytes_in",  "bytes_out", "begun",
        "finished", "broken_off", "never_begun", "accepted",  "confirmed",   "cancelled", "rejected",  "unknown"};

    return names[counter];
}

const char *tally_kind_name(enum tally_kind kind)
{
    static const char *const names[] = {"step", "journey", "look"};

    return names[kind];
}

void tally_init(struct tally *tally)
{
    *tally = (struct tally){.line_count = 0};
}

void tally_release(struct tally *tally)
{
    for (size_t i = 0; i < tally->line_count; i++)
        free(tally->lines[i]);
    *tally = (struct tally){.line_count = 0};
}

static void clear_line(struct tally_line *line)
{
    line->failed = 0;
    line->failure_count = 0;
    if (line->latency.count)
        line->latency = (struct histogram){.count = 0};
}

void tally_clear(struct tally *tally)
{
    memset(tally->counters, 0, sizeof(tally->counters));
    for (size_t i = 0; i < tally->line_count; i++)
        clear_line(tally->lines[i]);
    tally->all = tally->orders = tally->late = (struct histogram){.count = 0};
}

size_t tally_line(struct tally *tally, enum tally_kind kind, struct str name)
{
    struct tally_line *line;

    if (name.len >= TALLY_NAME_BYTES)
        name.len = TALLY_NAME_BYTES - 1;
    for (size_t i = 0; i < tally->line_count; i++)
        if (tally->lines[i]->kind == kind && str_is(name, tally->lines[i]->name))
            return i;
    if (tally->line_count == TALLY_LINES)
        return TALLY_LINES - 1;
    if (tally->line_count == TALLY_LINES - 1)
        name = STR("all others");
    line = calloc(1, sizeof(*line));
    if (!line)
        abort();
    snprintf(line->name, sizeof(line->name), STR_FMT, STR_ARG(name));
    line->kind = kind;
    tally->lines[tally->line_count] = line;
    return tally->line_count++;
}

void tally_good(struct tally *tally, size_t line, int64_t latency_us)
{
    histogram_add(&tally->lines[line]->latency, latency_us);
    if (tally->lines[line]->kind != TALLY_STEP)
        return;
    tally->counters[TALLY_STEPS]++;
    histogram_add(&tally->all, latency_us);
}

void tally_count_failure(struct tally_line *line, const char *sentence, uint64_t count)
{
    size_t i = 0;

    while (i < line->failure_count && strncmp(line->failures[i].sentence, sentence, TALLY_SENTENCE_BYTES - 1) != 0)
        i++;
    if (i == TALLY_FAILURES) {
        line->failures[i - 1].count += count;
        return;
    }
    if (i == line->failure_count) {
        line->failures[i].count = 0;
        snprintf(line->failures[i].sentence, TALLY_SENTENCE_BYTES, "%s",
                 i == TALLY_FAILURES - 1 ? "other reasons" : sentence);
        line->failure_count++;
    }
    line->failures[i].count += count;
}

void tally_bad(struct tally *tally, size_t line, const char *sentence)
{
    tally->lines[line]->failed++;
    tally_count_failure(tally->lines[line], sentence, 1);
    if (tally->lines[line]->kind == TALLY_STEP)
        tally->counters[TALLY_STEPS]++;
    if (tally->lines[line]->kind != TALLY_JOURNEY)
        tally->counters[TALLY_FAILED]++;
}

void tally_merge(struct tally *into, const struct tally *from)
{
    for (int i = 0; i < TALLY_COUNTERS; i++)
        into->counters[i] += from->counters[i];
    for (size_t i = 0; i < from->line_count; i++) {
        const struct tally_line *line = from->lines[i];
        struct tally_line *mine = into->lines[tally_line(into, line->kind, str_of(line->name))];

        mine->failed += line->failed;
        histogram_merge(&mine->latency, &line->latency);
        for (size_t j = 0; j < line->failure_count; j++)
            tally_count_failure(mine, line->failures[j].sentence, line->failures[j].count);
    }
    histogram_merge(&into->all, &from->all);
    histogram_merge(&into->orders, &from->orders);
    histogram_merge(&into->late, &from->late);
}
