/* upkeep.c - a small group of statements every two seconds. */
#include "run/upkeep.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/engine.h"
#include "run/replay.h"

enum { LOOK_EVERY_US = 2 * 1000000 };

static const int64_t prune_every_us = 3600 * INT64_C(1000000);

static const struct pg_statement prune = {
    "prune_inbox", "DELETE FROM inbox WHERE id IN "
                   "(SELECT id FROM inbox WHERE heard_at < now() - interval '8 days' LIMIT 20000)"};

static const struct pg_statement count_parked = {"count_parked", "SELECT count(*) FROM parked"};

/* Who is about to be changed is not old: SKIP LOCKED leaves it to the next time. */
static void add_fading(struct upkeep *upkeep, const struct table *table)
{
    struct upkeep_fading *fading = &upkeep->fading[upkeep->fading_count++];

    if (upkeep->fading_count > UPKEEP_FADING)
        abort();
    snprintf(fading->name, sizeof(fading->name), "fade_%s", table->name);
    snprintf(fading->sql, sizeof(fading->sql),
             "DELETE FROM %s WHERE key IN (SELECT key FROM %s WHERE %s < "
             "(extract(epoch FROM now() - interval '%d days') * 1000)::bigint LIMIT 20000 FOR UPDATE SKIP LOCKED)",
             table->name, table->name, table->fades, TABLE_FADE_DAYS);
    fading->statement = (struct pg_statement){fading->name, fading->sql};
}

void upkeep_init(struct upkeep *upkeep, const struct service *service)
{
    *upkeep = (struct upkeep){0};
    arena_init(&upkeep->arena);
    for (size_t i = 0; i < service->lane_count; i++)
        if (service->lanes[i].table->fades)
            add_fading(upkeep, service->lanes[i].table);
}

void upkeep_release(struct upkeep *upkeep)
{
    arena_release(&upkeep->arena);
}

void upkeep_claimed(struct upkeep *upkeep)
{
    upkeep->next_us = 0;
}

static void looked(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct run *run = context;

    run->busy = false;
    if (status == ST_OK) {
        run->upkeep.parked = result_long(answer->results[0], 0, 0);
        parked_looked(run, answer->results[1], &run->upkeep.arena);
        replay_begun(run, answer->results[2]);
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
    int64_t now_us = clock_steady_us();

    if (now_us < upkeep->next_us || run->turn->batch.count || waits(&run->local))
        return false;
    upkeep->next_us = now_us + LOOK_EVERY_US;
    pg_add(run->pg, &count_parked, NULL);
    parked_add_look(run, &upkeep->arena);
    replay_add_begin(run, &upkeep->arena);
    if (now_us >= upkeep->prune_us) {
        upkeep->prune_us = now_us + prune_every_us;
        pg_add(run->pg, &prune, NULL);
        for (size_t i = 0; i < upkeep->fading_count; i++)
            pg_add(run->pg, &upkeep->fading[i].statement, NULL);
    }
    run->busy = true;
    pg_send(run->pg, EFFECT("upkeep", "what is parked is read, the old of the inbox forgotten"), looked, run);
    return true;
}
