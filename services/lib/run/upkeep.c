/* upkeep.c - a small group of statements every ten seconds. */
#include "run/upkeep.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/engine.h"
#include "run/headers.h"

enum { LOOK_EVERY_US = 10 * 1000000 };

static const int64_t prune_every_us = 3600 * INT64_C(1000000);

static const struct pg_statement prune = {
    "prune_inbox", "DELETE FROM inbox WHERE id IN "
                   "(SELECT id FROM inbox WHERE heard_at < now() - interval '8 days' LIMIT 20000)"};

static const struct pg_statement count_parked = {"count_parked", "SELECT count(*) FROM parked"};

static const struct pg_statement read_parked = {
    "read_parked", "SELECT p.id, p.kind, p.part, p.key, p.type, p.value, p.headers, p.heard_ms FROM parked p "
                   "JOIN unnest($1::text[], $2::integer[]) AS c (kind, part) USING (kind, part) "
                   "WHERE p.again OR p.type = 'Unknown' ORDER BY p.topic, p.at_offset LIMIT 200"};

static const struct pg_statement unpark = {"unpark", "DELETE FROM parked WHERE id = ANY($1)"};

void upkeep_init(struct upkeep *upkeep)
{
    *upkeep = (struct upkeep){0};
    arena_init(&upkeep->arena);
}

void upkeep_release(struct upkeep *upkeep)
{
    arena_release(&upkeep->arena);
}

void upkeep_claimed(struct upkeep *upkeep)
{
    upkeep->next_us = 0;
}

/* What it is, now that somebody looks again; MSG_UNKNOWN when that has not changed. */
static enum msg_type type_of(struct run *run, const PGresult *rows, int row)
{
    enum msg_type type = msg_type_of(result_text(rows, row, 4));
    const void *body;
    int32_t schema_id;
    struct err err;

    if (type != MSG_UNKNOWN)
        return type;
    if (msg_decode(run->turn->plans, result_text(rows, row, 5), &run->upkeep.arena, &type, &body, &schema_id, &err) !=
        ST_OK)
        return MSG_UNKNOWN;
    return type;
}

static void hear_again(struct run *run, const PGresult *rows, int row)
{
    struct str kind = result_text(rows, row, 1);
    enum msg_type type = type_of(run, rows, row);
    struct local *local;

    if (type == MSG_UNKNOWN)
        return;
    local = local_new(result_text(rows, row, 3), result_text(rows, row, 5));
    local->type = type;
    local->parked = true;
    local->id = local->correlation = result_id(rows, row, 0);
    local->time_ms = result_long(rows, row, 7);
    headers_read_lines(result_text(rows, row, 6), local);
    for (size_t i = 0; i < run->claims.count; i++)
        if (str_is(kind, kind_name(run->claims.list[i].kind)) && run->claims.list[i].part == result_int(rows, row, 2))
            local->claim = &run->claims.list[i];
    if (local->claim)
        local_push(&run->local, local);
    else
        local_free(local);
}

static void looked(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct run *run = context;

    run->busy = false;
    if (status == ST_OK) {
        run->upkeep.parked = result_long(answer->results[0], 0, 0);
        for (int row = 0; row < PQntuples(answer->results[1]); row++)
            hear_again(run, answer->results[1], row);
    }
    arena_clear(&run->upkeep.arena);
    if (status == ST_OK)
        engine_go(run);
    else if (!answer->lost)
        engine_back_off(run, err);
}

/* Is one of those that are heard again still under way? Then they would be read twice. */
static bool waits(const struct local_queue *queue)
{
    for (const struct local *local = queue->first; local; local = local->next)
        if (local->parked)
            return true;
    return false;
}

bool upkeep_look(struct run *run)
{
    struct upkeep *upkeep = &run->upkeep;
    struct pg_params params = {0};
    int64_t now_us = clock_steady_us();

    if (now_us < upkeep->next_us || run->turn->batch.count || waits(&run->local))
        return false;
    upkeep->next_us = now_us + LOOK_EVERY_US;
    pg_add(run->pg, &count_parked, NULL);
    claims_params(&run->claims, NULL, &params, &upkeep->arena);
    pg_add(run->pg, &read_parked, &params);
    if (now_us >= upkeep->prune_us) {
        upkeep->prune_us = now_us + prune_every_us;
        pg_add(run->pg, &prune, NULL);
    }
    run->busy = true;
    pg_send(run->pg, EFFECT("upkeep", "what is parked is read, the old of the inbox forgotten"), looked, run);
    return true;
}

void upkeep_unpark(struct run *run, const struct id *const *ids, size_t count, struct arena *arena)
{
    struct column_array *list = arena_new(arena, struct column_array);
    struct pg_params params = {0};

    if (!count)
        return;
    column_array_init(list, COLUMN_ID, arena);
    for (size_t i = 0; i < count; i++)
        column_add_id(list, ids[i]);
    params_array(&params, list);
    pg_add(run->pg, &unpark, &params);
}
