/* calendar.c - what waits in all databases together: for a time, or for a person. */
#include <endian.h>

#include "tests/sim/sim.h"

static int64_t number_in(struct str cell)
{
    uint64_t big;

    memcpy(&big, cell.ptr, sizeof(big));
    return (int64_t)be64toh(big);
}

/* As in the saga: prices are told once, and not every shop at rest waits until its carts expire. */
static bool is_awaited(const struct tuple *deadline)
{
    if (str_is(deadline->values[0], msg_type_name(MSG_TARIFF_DUE)))
        return number_in(deadline->values[4]) <= WORLD_START_MS + 60000;
    if (str_is(deadline->values[0], msg_type_name(MSG_CART_IDLE)))
        return !sim.world.calm || sim.world.seed % 2 == 0;
    return true;
}

int64_t waiting_next_ms(void)
{
    int64_t next_ms = INT64_MAX;

    for (size_t d = 0; d < sim.database_count; d++) {
        const struct paper_table *table = database_table(&sim.databases[d], "deadline");

        for (size_t i = 0; i < table->count; i++)
            if (table->list[i].live && is_awaited(&table->list[i]) && number_in(table->list[i].values[4]) < next_ms)
                next_ms = number_in(table->list[i].values[4]);
    }
    return next_ms;
}

bool waiting_redrive(void)
{
    bool any = false;

    for (size_t d = 0; d < sim.database_count; d++) {
        struct paper_table *table = database_table(&sim.databases[d], "parked");

        for (size_t i = 0; i < table->count; i++)
            if (table->list[i].live) {
                table->list[i].values[table->list[i].count - 2] = STR("1"); /* again */
                any = true;
            }
    }
    return any;
}

bool waiting_is_asked(void)
{
    for (size_t d = 0; d < sim.database_count; d++) {
        const struct paper_table *table = database_table(&sim.databases[d], "parked");

        for (size_t i = 0; i < table->count; i++)
            if (table->list[i].live && parked_is_asked(table->list[i].values))
                return true;
    }
    return false;
}

bool waiting_was_parked(void)
{
    for (size_t d = 0; d < sim.database_count; d++)
        if (database_table(&sim.databases[d], "parked")->count > 0)
            return true;
    return false;
}
