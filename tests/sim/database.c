/* database.c - tables of paper: tuples found by key. */
#include <stdlib.h>

#include "services/payment/payment.h"
#include "tests/sim/sim.h"

static uint64_t hash_of(struct str key)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ (unsigned char)key.ptr[i]) * UINT64_C(1099511628211);
    return hash;
}

struct paper_table *database_table(struct database *database, const char *name)
{
    struct paper_table *table = database->tables;

    while (table && strcmp(table->name, name) != 0)
        table = table->next;
    if (table)
        return table;
    table = arena_new(&sim.world.arena, struct paper_table);
    table->next = database->tables;
    table->name = arena_copy(&sim.world.arena, str_of(name)).ptr;
    table->room = 32;
    table->list = arena_array(&sim.world.arena, table->room, sizeof(*table->list));
    table->slot_count = 2 * table->room;
    table->slots = arena_array(&sim.world.arena, table->slot_count, sizeof(*table->slots));
    database->tables = table;
    return table;
}

static uint32_t *slot_of(const struct paper_table *table, struct str key)
{
    size_t at = (size_t)hash_of(key) & (table->slot_count - 1);

    while (table->slots[at] && !str_equal(table->list[table->slots[at] - 1].key, key))
        at = (at + 1) & (table->slot_count - 1);
    return &table->slots[at];
}

struct tuple *table_find(const struct paper_table *table, struct str key)
{
    uint32_t slot = *slot_of(table, key);

    return slot && table->list[slot - 1].live ? &table->list[slot - 1] : NULL;
}

static void grow(struct paper_table *table)
{
    struct tuple *list = arena_array(&sim.world.arena, 2 * table->room, sizeof(*list));

    memcpy(list, table->list, table->count * sizeof(*list));
    table->list = list;
    table->room *= 2;
    table->slot_count *= 2;
    table->slots = arena_array(&sim.world.arena, table->slot_count, sizeof(*table->slots));
    for (size_t i = 0; i < table->count; i++)
        *slot_of(table, table->list[i].key) = (uint32_t)i + 1;
}

/* key and values live as long as the story. */
void table_put(struct paper_table *table, struct str key, const struct str *values, int count)
{
    uint32_t *slot = slot_of(table, key);
    struct tuple *tuple;

    if (!*slot && table->count == table->room) {
        grow(table);
        slot = slot_of(table, key);
    }
    if (!*slot)
        *slot = (uint32_t)++table->count;
    tuple = &table->list[*slot - 1];
    *tuple = (struct tuple){.key = key, .values = (struct str *)(uintptr_t)values, .count = count, .live = true};
}

void table_delete(struct paper_table *table, struct str key)
{
    struct tuple *tuple = table_find(table, key);

    if (tuple)
        tuple->live = false;
}

void pg_write(struct pg *pg, const char *table, struct str key, const struct str *values, int count)
{
    struct arena *arena = &sim.world.arena;
    struct write *write = arena_new(arena, struct write);

    *write = (struct write){
        .table = database_table(pg->database, table), .key = arena_copy(arena, key), .count = count};
    if (count > 0)
        write->values = arena_array(arena, (size_t)count, sizeof(*write->values));
    for (int i = 0; i < count; i++)
        write->values[i] = arena_copy(arena, values[i]);
    *pg->writes_tail = write;
    pg->writes_tail = &write->next;
}

/* What a spoilt database forgets at the commit. Without the first prices nobody would order anything. */
static bool is_dropped(const struct write *write)
{
    static const char *const tables[] = {[SIM_NO_INBOX] = "inbox",
                                         [SIM_NO_OUTBOX] = "outbox",
                                         [SIM_NO_FENCE] = "claim",
                                         [SIM_NO_DEADLINES] = "deadline",
                                         [SIM_NO_POSITIONS] = "position"};
    const char *name = sim_spoil == SIM_NO_MEMORY ? (strcmp(write->table->name, "inbox") == 0 ? "inbox" : "position")
                       : sim_spoil == SIM_NO_ROWS ? payment_table.name
                                                  : tables[sim_spoil];

    return sim_spoil != SIM_AS_IT_IS && strcmp(write->table->name, name) == 0 &&
           !(sim_spoil == SIM_NO_DEADLINES && write->count > 0 &&
             str_is(write->values[0], msg_type_name(MSG_TARIFF_DUE)));
}

void pg_apply(struct pg *pg)
{
    for (const struct write *write = pg->writes; write; write = write->next)
        if (is_dropped(write))
            continue;
        else if (write->count < 0)
            table_delete(write->table, write->key);
        else
            table_put(write->table, write->key, write->values, write->count);
    pg->writes = NULL;
    pg->writes_tail = &pg->writes;
}
