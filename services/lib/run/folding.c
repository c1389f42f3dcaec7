/* folding.c - a batch of the service's own messages through a step: which of them are news, and who adopts them. */
#include "run/engine.h"
#include "run/fold.h"
#include "run/idset.h"

/* As long as the inbox keeps them; what is older cannot come again from a topic that forgets. */
static const int64_t young_ms = INT64_C(8) * 24 * 3600 * 1000;

static const struct pg_statement ask_heard = {"ask_heard",
                                              "SELECT id FROM inbox WHERE id = ANY($1::uuid[]) AND NOT adopted"};

static const struct pg_statement adopt_ids = {
    "adopt_ids", "INSERT INTO inbox (id, adopted) SELECT id, true FROM (SELECT DISTINCT unnest($1::uuid[])) AS i (id) "
                 "ORDER BY id ON CONFLICT DO NOTHING RETURNING id"};

static const struct pg_statement delete_found = {"delete_found", "DELETE FROM outbox WHERE id = ANY($1)"};

static const struct pg_statement begin_rebuilding = {
    "begin_rebuilding", "UPDATE claim SET rebuilding = true FROM unnest($1::text[], $2::integer[]) AS c (kind, part) "
                        "WHERE claim.kind = c.kind AND claim.part = c.part"};

bool folding_lane(const struct service *service, enum msg_type type, size_t *lane)
{
    for (*lane = 0; *lane < service->lane_count; ++*lane) {
        const struct rules *rules = service->lanes[*lane].rules;

        if (rules->kind == msg_kind(type) && rules_adoption(rules, type))
            return true;
    }
    *lane = 0;
    return false;
}

/* The inbox forgets by the database's clock. */
static bool is_young(const struct turn *turn, const struct heard *heard)
{
    return heard->msg.time_ms > run_now_ms(turn->run) - young_ms;
}

static void add_ids(struct turn *turn, const struct pg_statement *statement, struct column_array *ids)
{
    struct pg_params params = {0};

    params_array(&params, ids);
    pg_add(turn->run->pg, statement, &params);
    turn->answers++;
}

/* Three answers: causes that this database has heard; messages that it has not adopted before; and causes, for later. */
void folding_inbox(struct turn *turn)
{
    struct column_array *lists = arena_array(&turn->arena, 3, sizeof(*lists));

    for (int i = 0; i < 3; i++)
        column_array_init(&lists[i], COLUMN_ID, &turn->arena);
    for (size_t i = 0; i < turn->count; i++) {
        const struct heard *heard = &turn->list[i];

        if (heard->fate != FATE_HEAR || !is_young(turn, heard))
            continue;
        column_add_id(&lists[0], &heard->msg.causation);
        column_add_id(&lists[1], &heard->msg.id);
        column_add_id(&lists[2], &heard->msg.causation);
    }
    turn->inbox_answer = turn->answers;
    add_ids(turn, &ask_heard, &lists[0]);
    add_ids(turn, &adopt_ids, &lists[1]);
    add_ids(turn, &adopt_ids, &lists[2]);
}

void folding_sort(struct turn *turn, PGresult *const *answers)
{
    struct id_set known, fresh, met;

    id_set_init(&known, answers[turn->inbox_answer], turn->count, &turn->arena);
    id_set_init(&fresh, answers[turn->inbox_answer + 1], turn->count, &turn->arena);
    id_set_init(&met, NULL, turn->count, &turn->arena);
    for (size_t i = 0; i < turn->count; i++) {
        struct heard *heard = &turn->list[i];

        if (heard->fate != FATE_HEAR)
            continue;
        if (id_set_has(&known, &heard->msg.causation) || id_set_has(&met, &heard->msg.id) ||
            (is_young(turn, heard) && !id_set_has(&fresh, &heard->msg.id)))
            heard->fate = FATE_SEEN;
        id_set_add(&met, &heard->msg.id);
    }
}

void folding_save(struct turn *turn)
{
    struct run *run = turn->run;
    struct column_array *found = arena_new(&turn->arena, struct column_array);
    struct pg_params params = {0}, claims = {0};
    bool *adopting = arena_array(&turn->arena, run->claims.count, sizeof(*adopting)), any = false;

    column_array_init(found, COLUMN_ID, &turn->arena);
    for (size_t i = 0; i < turn->count; i++) {
        const struct heard *heard = &turn->list[i];

        column_add_id(found, &heard->msg.id);
        if (heard->fate != FATE_HEAR)
            continue;
        run->fold.adopted = heard->claim->rebuilding = true;
        any = adopting[heard->claim - run->claims.list] = true;
    }
    run->fold.found += turn->count;
    params_array(&params, found);
    pg_add(run->pg, &delete_found, &params);
    if (!any)
        return;
    claims_params(&run->claims, adopting, &claims, &turn->arena);
    pg_add(run->pg, &begin_rebuilding, &claims);
}
