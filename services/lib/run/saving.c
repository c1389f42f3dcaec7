/* saving.c - the second half of a step: rules, one statement for each kind of row, COMMIT, and what follows from it. */
#include <stdlib.h>

#include "base/clock.h"
#include "run/counters.h"
#include "run/engine.h"
#include "run/replay.h"

static const struct pg_statement commit = {"commit", "COMMIT"};

static const struct pg_statement write_positions = {
    "write_positions", "INSERT INTO position (topic, part, next_offset) "
                       "SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[]) ORDER BY 1, 2 "
                       "ON CONFLICT (topic, part) DO UPDATE SET next_offset = excluded.next_offset"};

static const struct pg_statement write_said = {
    "write_folded", "INSERT INTO said (topic, part, next_offset) "
                    "SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[]) ORDER BY 1, 2 "
                    "ON CONFLICT (topic, part) DO UPDATE SET next_offset = excluded.next_offset"};

/* --- after the commit --------------------------------------------------------------------------------------------- */

static void move_positions(struct turn *turn)
{
    char name[sizeof(turn->list->claim->suspect)];

    for (size_t i = 0; i < turn->count; i++) {
        struct heard *heard = &turn->list[i];

        if (heard->stream)
            heard->stream->committed = heard->record->offset + 1;
        if (heard->fate == FATE_HEAR)
            counters_heard(heard->msg.type);
        else if (heard->fate == FATE_SEEN)
            counters_seen();
        else if (heard->fate == FATE_DEAD)
            counters_dead_letter();
        else if (heard->fate == FATE_PARK)
            counters_parked();
        else if (heard->fate == FATE_DROP)
            counters_dropped();
        batch_name(heard, name, sizeof(name));
        if (strcmp(heard->claim->suspect, name) == 0)
            heard->claim->suspect[0] = '\0';
    }
}

static void settle(struct turn *turn)
{
    for (size_t i = 0; i < turn->run->claims.count; i++) {
        struct claim *claim = &turn->run->claims.list[i];

        if (!turn->touched[i])
            continue;
        claim->troubled = false;
        claim->careful_left -= (int64_t)turn->count;
        claim->careful = claim->careful && claim->careful_left > 0;
    }
}

static void ask_outside(struct turn *turn)
{
    struct run *run = turn->run;

    for (const struct asked *asked = turn->asked; asked; asked = asked->next) {
        const struct said *ask = asked->ask;
        struct msg msg = {.type = ask->type,
                          .key = ask->key,
                          .body = msg_decode_own(ask->type, ask->value, &turn->arena),
                          .id = ask->id,
                          .correlation = ask->correlation,
                          .causation = ask->causation,
                          .traceparent = ask->traceparent,
                          .time_ms = ask->time_ms,
                          .topic = TOPIC_NONE,
                          .partition = asked->heard->claim->part,
                          .offset = -1,
                          .asked_before = ask->before};

        CRASH_POINT("step-ask", "an ask is committed, and nobody outside has been asked");
        /* The deadline that was set with it asks, once everything has been heard. */
        if (run->service->ask && !asked->heard->claim->rebuilding)
            run->service->ask(run, &msg);
    }
}

static void committed(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct turn *turn = context;
    struct run *run = turn->run;
    struct err why;

    if (status == ST_OK && strcmp(PQcmdStatus(answer->results[answer->count - 1]), "COMMIT") != 0) {
        err_set(&why, ST_RETRY, "Postgres answered COMMIT with %s", PQcmdStatus(answer->results[answer->count - 1]));
        status = ST_RETRY;
        err = &why;
    }
    if (status != ST_OK) {
        turn_failed(turn, status, answer, err);
        return;
    }
    run->busy = false;
    outbox_deleted(&run->outbox, true);
    if (!run->claims.folding)
        outbox_send(&run->outbox, turn->outgoing);
    CRASH_POINT("step-said", "what a step said is with the producer, its end not noted");
    move_positions(turn);
    settle(turn);
    deadlines_saved(run, turn->step.reminders);
    ask_outside(turn);
    counters_step((double)(clock_steady_us() - turn->began_us) / 1e6, turn->count);
    batch_done(&turn->batch, turn->count);
    turn->waiting_us = turn->batch.count ? clock_steady_us() : 0;
    turn->single = turn->single && turn->batch.count;
    turn->named = false;
    arena_clear(&turn->arena);
    consumer_moved(run->consumer);
    engine_went_well(run);
    engine_go(run);
}

/* --- saving ------------------------------------------------------------------------------------------------------- */

void turn_say(struct turn *turn, const struct heard *heard, const struct id *id, const char *topic, struct str key,
              struct str value, struct str headers)
{
    struct outgoing *outgoing = arena_new(&turn->arena, struct outgoing);

    *outgoing = (struct outgoing){
        .claim = heard->claim, .id = *id, .topic = topic, .key = key, .value = value, .headers = headers};
    *turn->outgoing_tail = outgoing;
    turn->outgoing_tail = &outgoing->next;
    turn->outgoing_count++;
}

/* Of one claim's streams those that the step moves on. */
static void add_moved(struct stream *streams, size_t count, struct column_array *columns)
{
    for (size_t i = 0; i < count; i++) {
        if (streams[i].next) {
            column_add_text(&columns[0], str_of(topic_name(streams[i].topic)));
            column_add_int(&columns[1], streams[i].part);
            column_add_long(&columns[2], streams[i].next);
        }
        streams[i].next = 0;
    }
}

static void add_positions(struct turn *turn)
{
    static const int types[3] = {COLUMN_TEXT, COLUMN_INT, COLUMN_LONG};
    struct column_array *columns = arena_array(&turn->arena, 3, sizeof(*columns));
    struct claims *claims = &turn->run->claims;
    struct pg_params params = {0};

    for (int i = 0; i < 3; i++)
        column_array_init(&columns[i], types[i], &turn->arena);
    for (size_t i = 0; i < turn->count; i++)
        if (turn->list[i].stream)
            turn->list[i].stream->next = turn->list[i].record->offset + 1;
    for (size_t i = 0; i < claims->count; i++) {
        struct claim *claim = &claims->list[i];

        if (claims->folding)
            add_moved(claim->own, claim->own_count, columns);
        else
            add_moved(claim->streams, claim->stream_count, columns);
    }
    if (!columns[0].count)
        return;
    for (int i = 0; i < 3; i++)
        params_array(&params, &columns[i]);
    pg_add(turn->run->pg, claims->folding ? &write_said : &write_positions, &params);
}

static void add_settling(struct turn *turn)
{
    bool troubled = false;

    for (size_t i = 0; i < turn->run->claims.count; i++)
        troubled = troubled || (turn->touched[i] && turn->run->claims.list[i].troubled);
    if (troubled)
        claims_add_settling(turn->run, turn->touched, &turn->arena);
}

void saving_begin(struct turn *turn)
{
    struct pg *pg = turn->run->pg;

    hearing_run(turn);
    parking_copies(turn);
    for (size_t i = 0; i < turn->table_count; i++)
        rowset_save(&turn->tables[i].set, pg);
    parking_add(turn);
    if (turn->run->claims.folding)
        folding_save(turn);
    outbox_add(&turn->run->outbox, turn->outgoing, turn->outgoing_count, &turn->arena);
    deadlines_save(turn->run, turn->step.reminders, &turn->arena);
    outbox_add_deletes(&turn->run->outbox, &turn->arena);
    add_positions(turn);
    replay_add_progress(turn);
    add_settling(turn);
    pg_add(pg, &commit, NULL);
    turn_send(turn, EFFECT("step-commit", "rows, outbox and positions are saved, COMMIT"), committed);
}
