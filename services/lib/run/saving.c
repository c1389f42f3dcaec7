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
                          .offset = -1};

        CRASH_POINT("step-ask", "an ask is committed, and nobody outside has been asked");
        if (run->service->ask)
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

static void add_positions(struct turn *turn)
{
    struct arena *arena = &turn->arena;
    struct column_array topics, parts, nexts;
    struct pg_params params = {0};
    struct claims *claims = &turn->run->claims;

    column_array_init(&topics, COLUMN_TEXT, arena);
    column_array_init(&parts, COLUMN_INT, arena);
    column_array_init(&nexts, COLUMN_LONG, arena);
    for (size_t i = 0; i < turn->count; i++)
        if (turn->list[i].stream)
            turn->list[i].stream->next = turn->list[i].record->offset + 1;
    for (size_t i = 0; i < claims->count; i++)
        for (size_t s = 0; s < claims->list[i].stream_count; s++) {
            struct stream *stream = &claims->list[i].streams[s];

            if (stream->next) {
                column_add_text(&topics, str_of(topic_name(stream->topic)));
                column_add_int(&parts, stream->part);
                column_add_long(&nexts, stream->next);
            }
            stream->next = 0;
        }
    if (!topics.count)
        return;
    params_array(&params, &topics);
    params_array(&params, &parts);
    params_array(&params, &nexts);
    pg_add(turn->run->pg, &write_positions, &params);
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
    outbox_add(&turn->run->outbox, turn->outgoing, turn->outgoing_count, &turn->arena);
    deadlines_save(turn->run, turn->step.reminders, &turn->arena);
    outbox_add_deletes(&turn->run->outbox, &turn->arena);
    add_positions(turn);
    replay_add_progress(turn);
    add_settling(turn);
    pg_add(pg, &commit, NULL);
    turn_send(turn, EFFECT("step-commit", "rows, outbox and positions are saved, COMMIT"), committed);
}
