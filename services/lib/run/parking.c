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
#include "run/parked.h"

static const struct pg_statement ask_parked = {
    "ask_parked", "SELECT kind, key, min(seq) FROM parked WHERE kind = ANY($1) AND key = ANY($2) GROUP BY kind, key"};

static const struct pg_statement write_parked = {
    "write_parked",
    "INSERT INTO parked (id, topic, part, at_offset, kind, key, type, value, headers, heard_ms, reason, behind) "
    "SELECT p.id, p.topic, p.part, p.at_offset, p.kind, p.key, p.type, p.value, p.headers, p.heard_ms, p.reason, "
    "p.behind FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::bigint[], $5::text[], $6::bytea[], $7::text[], "
    "$8::bytea[], $9::text[], $10::bigint[], $11::text[], $12::boolean[]) WITH ORDINALITY AS p (id, topic, part, "
    "at_offset, kind, key, type, value, headers, heard_ms, reason, behind, number) ORDER BY p.number "
    "ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, type = excluded.type, again = false, behind = false, "
    "drop_reason = NULL, tried_at = now() WHERE NOT excluded.behind"};

static const struct pg_statement forget_ids = {"forget_ids", "DELETE FROM inbox WHERE id = ANY($1)"};

static const char behind[] = "a message before it is parked, and their order matters";

static struct str value_of(const struct heard *heard)
{
    return heard->record ? (struct str){heard->record->payload, heard->record->len} : heard->local->value;
}

static const struct parked *parked_of(const struct heard *heard)
{
    return heard->local ? heard->local->parked : NULL;
}

/* Orders and their like hear any order of messages; commands of a cart or a product build on each other. Deadlines and
 * answers were never in the line. parked.c knows the same kinds. */
bool parking_keeps_order(const struct heard *heard)
{
    return (heard->record || parked_of(heard)) &&
           (heard->claim->kind == KIND_USER || heard->claim->kind == KIND_PRODUCT);
}

void parking_wait(struct heard *heard)
{
    heard->fate = heard->record ? FATE_PARK : FATE_WAIT;
    heard->reason = behind;
    heard->behind = true;
    heard->answered = false;
}

void parking_ask(struct turn *turn)
{
    struct column_array *kinds = arena_new(&turn->arena, struct column_array);
    struct column_array *keys = arena_new(&turn->arena, struct column_array);
    struct pg_params params = {0};

    if (turn->run->claims.folding)
        return; /* what was said is said, whatever waits */
    column_array_init(kinds, COLUMN_TEXT, &turn->arena);
    column_array_init(keys, COLUMN_BYTES, &turn->arena);
    for (size_t i = 0; i < turn->count; i++)
        if ((turn->list[i].fate == FATE_HEAR || turn->list[i].fate == FATE_DROP) &&
            parking_keeps_order(&turn->list[i])) {
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

/* What is parked was read with all before it of its key, in order: it may go when the first is itself, or goes before it in
 * this step. If that one was parked again in a step before this, it may not. */
static bool may_go(const struct turn *turn, const struct heard *heard, int64_t first_seq)
{
    if (!parked_of(heard))
        return false;
    for (const struct heard *earlier = turn->list; earlier <= heard; earlier++)
        if (parked_of(earlier) && parked_of(earlier)->seq == first_seq)
            return true;
    return false;
}

void parking_apply(struct turn *turn, const PGresult *answer)
{
    for (int row = 0; row < PQntuples(answer); row++)
        for (size_t i = 0; i < turn->count; i++) {
            struct heard *heard = &turn->list[i];

            if ((heard->fate == FATE_HEAR || heard->fate == FATE_DROP) && parking_keeps_order(heard) &&
                str_is(result_text(answer, row, 0), kind_name(heard->claim->kind)) &&
                str_equal(result_text(answer, row, 1), heard->msg.key) &&
                !may_go(turn, heard, result_long(answer, row, 2)))
                parking_wait(heard);
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
           heard->fate == FATE_DEAD   ? "is a dead letter"
           : heard->fate == FATE_PARK ? "is parked"
                                      : "is dropped",
           heard->reason);
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

        if (heard->fate != FATE_DEAD && heard->fate != FATE_PARK && heard->fate != FATE_DROP)
            continue;
        log_refused(heard);
        if (heard->record && !turn->run->claims.folding)
            copy_one(turn, heard);
    }
}

struct str parking_plain(struct str text, struct arena *arena)
{
    struct str copy = arena_copy(arena, text);
    char *bytes = (char *)(uintptr_t)copy.ptr;

    for (size_t i = 0; i < copy.len; i++)
        if (bytes[i] < ' ' || bytes[i] > '~')
            bytes[i] = '?';
    return copy;
}

static void add_columns(struct turn *turn, struct column_array *columns, const struct heard *heard)
{
    struct arena *arena = &turn->arena;

    column_add_id(&columns[0], &heard->msg.id);
    column_add_text(&columns[1], str_of(heard->msg.topic == TOPIC_NONE ? NULL : topic_name(heard->msg.topic)));
    column_add_int(&columns[2], heard->msg.partition);
    column_add_long(&columns[3], heard->msg.offset);
    column_add_text(&columns[4], str_of(kind_name(heard->claim->kind)));
    column_add_text(&columns[5], heard->msg.key);
    column_add_text(&columns[6], str_of(msg_type_name(heard->msg.type)));
    column_add_text(&columns[7], value_of(heard));
    column_add_text(&columns[8], heard->record ? headers_lines(heard->record, arena) : STR(""));
    column_add_long(&columns[9], heard->msg.time_ms);
    column_add_text(&columns[10], parking_plain(str_of(heard->reason), arena));
    column_add_bool(&columns[11], heard->behind);
}

/* What was parked and has been heard now. */
static void take_out(struct turn *turn)
{
    const struct id **ids = arena_array(&turn->arena, turn->count + 1, sizeof(*ids));
    size_t count = 0;

    for (size_t i = 0; i < turn->count; i++)
        if (parked_of(&turn->list[i]) && turn->list[i].fate != FATE_PARK && turn->list[i].fate != FATE_WAIT)
            ids[count++] = &turn->list[i].local->id;
    parked_take_out(turn->run, ids, count, &turn->arena);
}

/* They will be new again when they are heard. */
static void forget(struct turn *turn)
{
    struct column_array *ids = arena_new(&turn->arena, struct column_array);
    struct pg_params params = {0};

    column_array_init(ids, COLUMN_ID, &turn->arena);
    for (size_t i = 0; i < turn->count; i++)
        if (turn->list[i].fate == FATE_PARK || turn->list[i].fate == FATE_WAIT)
            column_add_id(ids, &turn->list[i].msg.id);
    if (!ids->count)
        return;
    params_array(&params, ids);
    pg_add(turn->run->pg, &forget_ids, &params);
}

void parking_add(struct turn *turn)
{
    enum { COLUMNS = 12 };
    static const int types[COLUMNS] = {COLUMN_ID,   COLUMN_TEXT,  COLUMN_INT,  COLUMN_LONG, COLUMN_TEXT, COLUMN_BYTES,
                                       COLUMN_TEXT, COLUMN_BYTES, COLUMN_TEXT, COLUMN_LONG, COLUMN_TEXT, COLUMN_BOOL};
    struct column_array *columns = arena_array(&turn->arena, COLUMNS, sizeof(*columns));
    struct pg_params params = {0};

    for (int i = 0; i < COLUMNS; i++)
        column_array_init(&columns[i], types[i], &turn->arena);
    for (size_t i = 0; i < turn->count; i++)
        if (turn->list[i].fate == FATE_PARK)
            add_columns(turn, columns, &turn->list[i]);
    take_out(turn);
    forget(turn);
    if (!columns[0].count)
        return;
    for (int i = 0; i < COLUMNS; i++)
        params_array(&params, &columns[i]);
    pg_add(turn->run->pg, &write_parked, &params);
}
