/* parking.c - what becomes of messages that cannot be taken.
 *
 * Everything goes through the transaction of the step: the row of parked, and the copy for the dead-letter topic by the
 * outbox. The position moves on with them, so a bad message is one step's work and not the partition's end. */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "run/counters.h"
#include "run/engine.h"
#include "run/headers.h"
#include "run/letter.h"

static const struct pg_statement ask_parked = {
    "ask_parked", "SELECT DISTINCT kind, key FROM parked WHERE kind = ANY($1) AND key = ANY($2)"};

static const struct pg_statement write_parked = {
    "write_parked",
    "WITH forgotten AS (DELETE FROM inbox WHERE id = ANY($1::uuid[])) "
    "INSERT INTO parked (id, topic, part, at_offset, kind, key, type, value, headers, heard_ms, reason) "
    "SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::bigint[], $5::text[], $6::bytea[], $7::text[], "
    "$8::bytea[], $9::text[], $10::bigint[], $11::text[]) ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, again = false"};

static struct str value_of(const struct heard *heard)
{
    return heard->record ? (struct str){heard->record->payload, heard->record->len} : heard->local->value;
}

/* Orders and their like hear any order of messages; commands of a cart or a product build on each other. */
bool parking_keeps_order(const struct turn *turn, const struct heard *heard)
{
    (void)turn;
    return heard->record && (heard->claim->kind == KIND_USER || heard->claim->kind == KIND_PRODUCT);
}

void parking_ask(struct turn *turn)
{
    struct column_array *kinds = arena_new(&turn->arena, struct column_array);
    struct column_array *keys = arena_new(&turn->arena, struct column_array);
    struct pg_params params = {0};

    column_array_init(kinds, COLUMN_TEXT, &turn->arena);
    column_array_init(keys, COLUMN_BYTES, &turn->arena);
    for (size_t i = 0; i < turn->count; i++)
        if (turn->list[i].fate == FATE_HEAR && parking_keeps_order(turn, &turn->list[i])) {
            column_add_text(kinds, str_of(kind_name(turn->list[i].claim->kind)));
            column_add_text(keys, turn->list[i].msg.key);
        }
    if (!keys->count)
        return;
    params_array(&params, kinds);
    params_array(&params, keys);
    pg_add(turn->run->pg, &ask_parked, &params);
    turn->parked_answer = turn->answers++;
}

void parking_apply(struct turn *turn, const PGresult *answer)
{
    for (int row = 0; row < PQntuples(answer); row++)
        for (size_t i = 0; i < turn->count; i++) {
            struct heard *heard = &turn->list[i];

            if (heard->fate == FATE_HEAR && parking_keeps_order(turn, heard) &&
                str_is(result_text(answer, row, 0), kind_name(heard->claim->kind)) &&
                str_equal(result_text(answer, row, 1), heard->msg.key)) {
                heard->fate = FATE_PARK;
                heard->reason = "a message before it is parked, and their order matters";
            }
        }
}

static void log_refused(const struct heard *heard)
{
    struct log_context where = {.topic = str_of(heard->record ? rd_kafka_topic_name(heard->record->rkt) : NULL),
                                .key = heard->msg.key,
                                .partition = heard->msg.partition,
                                .offset = heard->msg.offset};

    if (heard->msg.traceparent.len)
        where.trace_id = (struct str){heard->msg.traceparent.ptr + 3, 32};
    log_at(LOG_WARNING, &where, "%s %s: %s", msg_type_name(heard->msg.type),
           heard->fate == FATE_DEAD ? "is a dead letter" : "is parked", heard->reason);
}

static void copy_one(struct turn *turn, const struct heard *heard)
{
    const char *name = turn->run->service->name;
    struct record letter = letter_of(heard->record, &heard->msg, name, heard->fate == FATE_DEAD ? "dead" : "parked",
                                     heard->reason, &turn->arena);
    struct id id = id_named(&heard->msg.id, arena_printf(&turn->arena, "dlt/%s", name));

    turn_say(turn, heard, &id, letter.topic, letter.key, letter.value, letter.headers);
}

void parking_copies(struct turn *turn)
{
    for (size_t i = 0; i < turn->count; i++) {
        const struct heard *heard = &turn->list[i];

        if (heard->fate != FATE_DEAD && heard->fate != FATE_PARK)
            continue;
        log_refused(heard);
        if (heard->record)
            copy_one(turn, heard);
    }
}

/* Text that Postgres takes, whatever a sentence quotes. */
static struct str plain(const char *text, struct arena *arena)
{
    struct str copy = arena_copy(arena, str_of(text));

    for (char *at = (char *)(uintptr_t)copy.ptr; *at; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    return copy;
}

static void add_columns(struct turn *turn, struct column_array *columns, const struct heard *heard)
{
    struct arena *arena = &turn->arena;

    column_add_id(&columns[0], &heard->msg.id);
    column_add_text(&columns[1], str_of(heard->record ? rd_kafka_topic_name(heard->record->rkt) : NULL));
    column_add_int(&columns[2], heard->msg.partition);
    column_add_long(&columns[3], heard->msg.offset);
    column_add_text(&columns[4], str_of(kind_name(heard->claim->kind)));
    column_add_text(&columns[5], heard->msg.key);
    column_add_text(&columns[6], str_of(msg_type_name(heard->msg.type)));
    column_add_text(&columns[7], value_of(heard));
    column_add_text(&columns[8], heard->record ? headers_lines(heard->record, arena) : STR(""));
    column_add_long(&columns[9], heard->msg.time_ms);
    column_add_text(&columns[10], plain(heard->reason, arena));
}

/* What was parked and has been heard now. */
static void take_out(struct turn *turn)
{
    const struct id **ids = arena_array(&turn->arena, turn->count + 1, sizeof(*ids));
    size_t count = 0;

    for (size_t i = 0; i < turn->count; i++)
        if (turn->list[i].local && turn->list[i].local->parked && turn->list[i].fate != FATE_PARK)
            ids[count++] = &turn->list[i].local->id;
    upkeep_unpark(turn->run, ids, count, &turn->arena);
}

void parking_add(struct turn *turn)
{
    enum { COLUMNS = 11 };
    static const int types[COLUMNS] = {COLUMN_ID,   COLUMN_TEXT,  COLUMN_INT,  COLUMN_LONG, COLUMN_TEXT, COLUMN_BYTES,
                                       COLUMN_TEXT, COLUMN_BYTES, COLUMN_TEXT, COLUMN_LONG, COLUMN_TEXT};
    struct column_array *columns = arena_array(&turn->arena, COLUMNS, sizeof(*columns));
    struct pg_params params = {0};

    for (int i = 0; i < COLUMNS; i++)
        column_array_init(&columns[i], types[i], &turn->arena);
    for (size_t i = 0; i < turn->count; i++)
        if (turn->list[i].fate == FATE_PARK)
            add_columns(turn, columns, &turn->list[i]);
    take_out(turn);
    if (!columns[0].count)
        return;
    for (int i = 0; i < COLUMNS; i++)
        params_array(&params, &columns[i]);
    pg_add(turn->run->pg, &write_parked, &params);
}
