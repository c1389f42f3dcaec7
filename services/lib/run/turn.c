/* turn.c - the state machine of a step; each function ends by sending a group, and the next begins with its answer. */
#include "run/turn.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/counters.h"
#include "run/engine.h"
#include "run/replay.h"
#include "run/schemas.h"

static const struct pg_statement begin = {"begin", "BEGIN"};
static const struct pg_statement check_claims = {
    "check_claims",
    "SELECT kind, part, epoch, dropped FROM claim JOIN unnest($1::text[], $2::integer[]) AS c (kind, part) "
    "USING (kind, part) ORDER BY kind, part FOR UPDATE OF claim"};

static const struct pg_statement take_ids = {
    "take_ids", "INSERT INTO inbox (id) SELECT id FROM unnest($1::uuid[]) AS i (id) ORDER BY id "
                "ON CONFLICT DO NOTHING RETURNING id"};

static const struct pg_statement name_suspect = {
    "name_suspect", "UPDATE claim SET suspect = $3 FROM unnest($1::text[], $2::integer[]) AS c (kind, part) "
                    "WHERE claim.kind = c.kind AND claim.part = c.part"};

/* --- making and ending -------------------------------------------------------------------------------------------- */

static struct table_use *use_table(struct turn *turn, const struct table *table, enum kind kind)
{
    for (size_t i = 0; i < turn->table_count; i++)
        if (turn->tables[i].table == table)
            return &turn->tables[i];
    if (turn->table_count == TABLES_MAX)
        abort();
    turn->tables[turn->table_count].table = table;
    turn->tables[turn->table_count].rows = rows_open(table, kafka_partition, kind);
    return &turn->tables[turn->table_count++];
}

/* The kind of a shared table's keys is that of the lane to which it belongs. */
static enum kind kind_of_shared(const struct service *service, const struct lane *sharing)
{
    for (size_t i = 0; i < service->lane_count; i++)
        if (service->lanes[i].table == sharing->shared)
            return service->lanes[i].rules->kind;
    return sharing->rules->kind;
}

struct turn *turn_open(struct run *run)
{
    struct turn *turn = calloc(1, sizeof(*turn));

    if (!turn || run->service->lane_count > LANES_MAX)
        abort();
    turn->run = run;
    turn->plans = plans_open();
    turn->unknown_schema = -1;
    arena_init(&turn->arena);
    batch_init(&turn->batch, (size_t)run->settings.batch);
    turn->touched = calloc(run->claims.count, sizeof(*turn->touched));
    if (!turn->touched)
        abort();
    for (size_t i = 0; i < run->service->lane_count; i++) {
        const struct lane *lane = &run->service->lanes[i];

        turn->own[i] = use_table(turn, lane->table, lane->rules->kind);
        if (!lane->shared)
            continue;
        turn->shared[i] = use_table(turn, lane->shared, kind_of_shared(run->service, lane));
        turn->shared[i]->late = true;
    }
    return turn;
}

void turn_close(struct turn *turn)
{
    if (!turn)
        return;
    batch_release(&turn->batch);
    for (size_t i = 0; i < turn->table_count; i++)
        rows_close(turn->tables[i].rows);
    plans_close(turn->plans);
    arena_release(&turn->arena);
    free(turn->touched);
    free(turn);
}

void turn_drop(struct turn *turn)
{
    batch_drop(&turn->batch, turn->run);
    turn->single = turn->named = false;
    turn->waiting_us = 0;
}

/* --- failing ------------------------------------------------------------------------------------------------------ */

/* What a failed group asks for. After a lost connection nothing: the claims are dropped, and with them the batch. */
void turn_failed(struct turn *turn, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct run *run = turn->run;

    run->busy = false;
    outbox_deleted(&run->outbox, false);
    counters_retry();
    if (answer->lost)
        return;
    if (status == ST_FATAL) {
        engine_fail(run, err);
    } else if (status == ST_RETRY) {
        engine_back_off(run, err);
    } else {
        if (turn->count == 1)
            turn->list[0].refusal = strdup(err->text);
        turn->single = true;
        engine_kick(run);
    }
}

void turn_send(struct turn *turn, const struct effect *effect, pg_done_fn *done)
{
    turn->run->busy = true;
    pg_send(turn->run->pg, effect, done, turn);
}

/* --- loading ------------------------------------------------------------------------------------------------------ */

static void load(struct turn *turn, bool late)
{
    for (size_t i = 0; i < turn->table_count; i++) {
        struct table_use *use = &turn->tables[i];

        if (use->late != late || !use->set.count || use->answer >= 0)
            continue;
        rowset_load(&use->set, turn->run->pg);
        use->answer = turn->answers++;
    }
}

static void take_loaded(struct turn *turn, PGresult *const *answers)
{
    for (size_t i = 0; i < turn->table_count; i++) {
        struct table_use *use = &turn->tables[i];

        if (use->answer >= 0)
            rowset_loaded(&use->set, answers[use->answer]);
        use->answer = -1;
    }
}

static void loaded_late(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct turn *turn = context;

    if (status != ST_OK) {
        turn_failed(turn, status, answer, err);
        return;
    }
    take_loaded(turn, answer->results);
    saving_begin(turn);
}

struct key_list {
    struct rowset *set;
    struct arena *arena;
};

void key_list_add(struct key_list *keys, struct str key)
{
    if (!rowset_row(keys->set, key))
        rowset_want(keys->set, arena_copy(keys->arena, key));
}

/* Asks the lanes which shared rows their messages may touch. */
static void want_shared(struct turn *turn)
{
    for (size_t i = 0; i < turn->count; i++) {
        const struct heard *heard = &turn->list[i];
        const struct lane *lane = &turn->run->service->lanes[heard->lane];
        struct key_list keys = {.arena = &turn->arena};

        if (heard->fate != FATE_HEAR || !turn->shared[heard->lane] || !lane->shared_keys)
            continue;
        keys.set = &turn->shared[heard->lane]->set;
        lane->shared_keys(&heard->msg, rowset_row(&turn->own[heard->lane]->set, heard->msg.key), &keys);
    }
}

/* False when another process has claimed what this batch touches: this one is the zombie. */
static bool still_ours(struct turn *turn, const PGresult *claims)
{
    for (size_t i = 0; i < turn->run->claims.count; i++) {
        const struct claim *claim = &turn->run->claims.list[i];
        int64_t epoch = -1;
        struct err err;

        for (int row = 0; row < PQntuples(claims); row++)
            if (str_is(result_text(claims, row, 0), kind_name(claim->kind)) &&
                result_int(claims, row, 1) == claim->part)
                epoch = result_long(claims, row, 2);
        if (!turn->touched[i] || epoch == claim->epoch)
            continue;
        err_set(&err, ST_FATAL, "another process has claimed %s/%d: its epoch is %lld, ours was %lld",
                kind_name(claim->kind), claim->part, (long long)epoch, (long long)claim->epoch);
        engine_fail(turn->run, &err);
        return false;
    }
    return true;
}

static void loaded(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct turn *turn = context;

    if (status != ST_OK) {
        turn_failed(turn, status, answer, err);
        return;
    }
    if (fold_dropped(answer->results[turn->claims_answer], 3)) {
        fold_start_over(turn->run, true);
        return;
    }
    if (!still_ours(turn, answer->results[turn->claims_answer]))
        return;
    hearing_sort(turn, answer->results);
    take_loaded(turn, answer->results);
    want_shared(turn);
    turn->answers = 0;
    load(turn, true);
    if (turn->answers)
        turn_send(turn, EFFECT("step-shared", "the rows that lanes share are locked and read"), loaded_late);
    else
        saving_begin(turn);
}

static void add_inbox(struct turn *turn)
{
    struct column_array *ids = arena_new(&turn->arena, struct column_array);
    struct pg_params params = {0};

    if (turn->run->claims.folding) {
        folding_inbox(turn);
        return;
    }
    column_array_init(ids, COLUMN_ID, &turn->arena);
    for (size_t i = 0; i < turn->count; i++)
        if (turn->list[i].fate == FATE_HEAR || turn->list[i].fate == FATE_DROP || turn->list[i].fate == FATE_PARK)
            column_add_id(ids, &turn->list[i].msg.id);
    if (!ids->count)
        return;
    turn->answers += replay_add_forgetting(turn);
    params_array(&params, ids);
    pg_add(turn->run->pg, &take_ids, &params);
    turn->inbox_answer = turn->answers++;
}

static void add_taken(struct turn *turn)
{
    const struct local **due = arena_array(&turn->arena, turn->count, sizeof(*due));
    size_t count = 0;

    for (size_t i = 0; i < turn->count; i++)
        if (turn->list[i].local && !turn->list[i].local->parked && msg_is_deadline(turn->list[i].local->type))
            due[count++] = turn->list[i].local;
    if (!count)
        return;
    deadlines_take(turn->run, due, count, &turn->arena);
    turn->taken_answer = turn->answers++;
}

/* The rows of the messages' own lanes. Those that other lanes share wait until all their keys are known. */
static void add_loads(struct turn *turn)
{
    bool sharing = false;

    for (size_t i = 0; i < turn->count; i++) {
        const struct heard *heard = &turn->list[i];

        if (heard->fate != FATE_HEAR && !heard->answered)
            continue;
        rowset_want(&turn->own[heard->lane]->set, heard->msg.key);
        sharing = sharing || turn->shared[heard->lane];
    }
    load(turn, false);
    if (!sharing)
        load(turn, true);
}

static void start(struct turn *turn)
{
    struct pg_params params = {0};

    turn->claims_answer = 1;
    turn->answers = 2;
    turn->inbox_answer = turn->taken_answer = turn->parked_answer = -1;
    pg_add(turn->run->pg, &begin, NULL);
    claims_params(&turn->run->claims, turn->touched, &params, &turn->arena);
    pg_add(turn->run->pg, &check_claims, &params);
    add_inbox(turn);
    add_taken(turn);
    parking_ask(turn);
    add_loads(turn);
    turn_send(turn, EFFECT("step-load", "BEGIN, the fence, the inbox, and rows locked and read"), loaded);
}

/* --- beginning ---------------------------------------------------------------------------------------------------- */

static void named(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct turn *turn = context;

    turn->run->busy = false;
    if (status != ST_OK) {
        turn_failed(turn, status, answer, err);
        return;
    }
    turn->named = true;
    engine_go(turn->run);
}

/* One message at a time, and its name in the database before it is heard: if the process ends, the next one knows. */
static bool name_first(struct turn *turn)
{
    struct claim *claim = turn->list[0].claim;
    struct pg_params params = {0};
    char *name = arena_alloc(&turn->arena, sizeof(claim->suspect));

    if (!claim->careful || turn->named)
        return false;
    batch_name(&turn->list[0], name, sizeof(claim->suspect));
    claim->troubled = true;
    claims_params(&turn->run->claims, turn->touched, &params, &turn->arena);
    params_text(&params, str_of(name));
    pg_add(turn->run->pg, &name_suspect, &params);
    turn_send(turn, EFFECT("step-suspect", "a message that may be deadly is named in the database"), named);
    return true;
}

static void reset(struct turn *turn)
{
    bool careful = false;

    for (size_t i = 0; i < turn->batch.count; i++)
        careful = careful || turn->batch.list[turn->batch.first + i].claim->careful;
    arena_clear(&turn->arena);
    step_init(&turn->step, &turn->arena, turn->run->service->memory, turn->run->service->settings_values);
    turn->step.shared = hearing_shared;
    turn->list = turn->batch.list + turn->batch.first;
    turn->count = turn->single || careful ? 1 : turn->batch.count;
    memset(turn->touched, 0, turn->run->claims.count * sizeof(*turn->touched));
    for (size_t i = 0; i < turn->table_count; i++) {
        rowset_init(&turn->tables[i].set, turn->tables[i].rows, &turn->arena);
        turn->tables[i].answer = -1;
    }
    turn->outgoing = NULL;
    turn->outgoing_tail = &turn->outgoing;
    turn->outgoing_count = 0;
    turn->asked = NULL;
    turn->asked_tail = &turn->asked;
}

bool turn_go(struct turn *turn)
{
    if (!turn->batch.count) {
        batch_collect(&turn->batch, turn->run);
        turn->waiting_us = turn->batch.count ? clock_steady_us() : 0;
    }
    if (!turn->batch.count)
        return false;
    CRASH_POINT("step-batch", "a batch was taken, and nothing has been done with it");
    reset(turn);
    turn->began_us = clock_steady_us();
    if (!hearing_prepare(turn)) {
        schemas_fetch(turn->run, turn->unknown_schema);
        return true;
    }
    if (turn->run->service->before_step)
        turn->run->service->before_step(turn->count);
    if (!name_first(turn))
        start(turn);
    return true;
}
