/* shop.c - what the saga's books and shoppers ask of the simulator: rows of the databases, answers from outside, commits. */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "tests/saga/inside.h"
#include "tests/sim/sim.h"

/* --- rows --------------------------------------------------------------------------------------------------------- */

static void read_cell(const struct column *column, struct str cell, struct arena *arena, char *member)
{
    uint64_t big64 = 0;
    uint32_t big32 = 0;

    switch (column->type) {
    case COLUMN_TEXT:
    case COLUMN_BYTES:
        *(struct str *)(void *)member = arena_copy(arena, cell);
        break;
    case COLUMN_INT:
        memcpy(&big32, cell.ptr, sizeof(big32));
        *(int32_t *)(void *)member = (int32_t)be32toh(big32);
        break;
    case COLUMN_LONG:
        memcpy(&big64, cell.ptr, sizeof(big64));
        *(int64_t *)(void *)member = (int64_t)be64toh(big64);
        break;
    case COLUMN_BOOL:
        *(bool *)(void *)member = *cell.ptr != 0;
        break;
    }
}

static void *row_of(const struct service *service, const struct table *table, const struct subject *subject,
                    struct arena *arena)
{
    struct row *row = arena_alloc(arena, table->row_size);
    const struct tuple *tuple = NULL;
    struct column state = {"state", COLUMN_INT, offsetof(struct row, state)};

    row->key = subject->key;
    for (size_t i = 0; i < sim.database_count; i++)
        if (strcmp(sim.databases[i].name, service->name) == 0)
            tuple = table_find(database_table(&sim.databases[i], table->name), subject->key);
    if (!tuple)
        return row;
    read_cell(&state, tuple->values[1], arena, (char *)row + state.offset);
    for (size_t i = 0; i < table->column_count; i++)
        read_cell(&table->columns[i], tuple->values[i + 3], arena, (char *)row + table->columns[i].offset);
    return row;
}

void *step_row(const struct lane *lane, const struct subject *subject, struct arena *arena)
{
    return row_of(lane->service, lane->rows->table, subject, arena);
}

/* --- what the saga's own runtime would do -------------------------------------------------------------------------- */

/* The services' first deadlines stand in their descriptions. */
void deadline_set(struct lane *asking, const struct reminder *reminder)
{
    (void)asking;
    (void)reminder;
}

/* An answer, on its way to whoever of the service owns the order now. */
enum heard step_deliver(struct lane *lane, struct subject *subject, const struct said *said, int64_t time_ms,
                        enum topic topic, int64_t offset)
{
    const struct msg ask = {
        .type = said->type, .key = subject->key, .id = said->causation, .correlation = said->correlation};
    const void *body = msg_decode_own(said->type, said->value, &sim.world.arena);

    (void)topic;
    (void)offset;
    for (size_t i = 0; i < sim.process_count; i++) {
        struct process *process = &sim.processes[i];

        if (!process->runtime || strcmp(process->name, lane->info->service) != 0)
            continue;
        sim.current = process;
        runtime_answer(process->runtime, &ask, said->type, body, time_ms);
        sim.current = NULL;
    }
    return HEARD;
}

/* --- a commit ------------------------------------------------------------------------------------------------------ */

static void tell_heard(const struct pg *pg)
{
    for (const struct heard_note *note = pg->heard; note; note = note->next)
        for (size_t i = 0; i < sim.world.lane_count; i++)
            if (sim.world.lanes[i].rules == note->rules) {
                struct subject *subject = world_subject(&sim.world, note->rules->kind, note->said.key);

                books_heard(&sim.world.lanes[i], subject, &note->said);
            }
}

/* Of the rows of the outbox: id, topic, key and value are what the books look at. */
static void tell_said(const struct write *write)
{
    enum topic topic = topic_named(write->values[4]);
    static struct plans *plans;
    struct said said = {.key = write->values[5], .value = write->values[6]};
    const void *body;
    int32_t schema;
    struct err err;

    if (!plans)
        plans = plans_open();
    if (topic != TOPIC_STOCK_EVENTS && topic != TOPIC_CATALOG_EVENTS)
        return;
    if (msg_decode(plans, said.value, &sim.world.arena, &said.type, &body, &schema, &err) == ST_OK)
        books_said(&sim.world, &said);
}

void sim_committed(const struct pg *pg)
{
    sim.progress++;
    tell_heard(pg);
    for (const struct write *write = pg->writes; write; write = write->next)
        if (strcmp(write->table->name, "outbox") == 0 && write->count > 0)
            tell_said(write);
}

/* --- the log, for a person ------------------------------------------------------------------------------------------ */

enum log_level log_threshold(void)
{
    return sim.loud ? LOG_DEBUG : LOG_ERROR;
}

void log_init(const char *service, const char *level_name)
{
    (void)service;
    (void)level_name;
}

void log_at(enum log_level level, const struct log_context *where, const char *format, ...)
{
    va_list args;

    (void)level;
    if (!sim.loud)
        return;
    printf("%9.3f %s-%d ", (double)(sim.world.now_ms - WORLD_START_MS) / 1000,
           sim.current ? sim.current->name : "world", sim.current ? (int)sim.current->ordinal : 0);
    if (where && where->key.len)
        printf("[%.8s] ", where->key.ptr);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
}
