/* deadlines.c - the table of deadlines, and waiting for the log. */
#include "run/deadlines.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/engine.h"
#include "run/logends.h"

enum { SCAN_EVERY_US = 1000000, PATIENT_MAX = 1000 };

/* The space of deadlines' ids: type, key and due time name one. */
static const struct id deadline_space = {
    {0x8e, 0x47, 0x2b, 0x90, 0x6c, 0x15, 0x4d, 0xa2, 0xb3, 0x70, 0x1f, 0xe8, 0x55, 0x3c, 0x09, 0xd6}};

static const struct pg_statement scan = {
    "scan_deadlines",
    "SELECT d.type, d.key, d.kind, d.part, d.due_ms, d.patient, d.cause, d.correlation, d.traceparent "
    "FROM unnest($1::text[], $2::integer[]) AS c (kind, part) CROSS JOIN LATERAL (SELECT * FROM deadline d "
    "WHERE d.kind = c.kind AND d.part = c.part AND d.due_ms <= $3 "
    "ORDER BY d.due_ms LIMIT 200) d"};

static const struct pg_statement what_time = {"what_time",
                                              "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"};

static const struct pg_statement look_dropped = {"look_dropped", "SELECT 1 FROM claim WHERE dropped LIMIT 1"};

static const struct pg_statement upsert = {
    "write_deadlines",
    "INSERT INTO deadline (type, key, kind, part, due_ms, patient, cause, correlation, traceparent) "
    "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::bigint[], $6::boolean[], $7::uuid[], "
    "$8::uuid[], $9::text[]) ORDER BY 1, 2 ON CONFLICT (type, key) DO UPDATE SET due_ms = excluded.due_ms, "
    "patient = excluded.patient, cause = excluded.cause, correlation = excluded.correlation, "
    "traceparent = excluded.traceparent"};

static const struct pg_statement insert_standing = {
    "write_standing",
    "INSERT INTO deadline (type, key, kind, part, due_ms, patient, cause, correlation, traceparent) "
    "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::bigint[], $6::boolean[], $7::uuid[], "
    "$8::uuid[], $9::text[]) ON CONFLICT DO NOTHING"};

static const struct pg_statement forget = {
    "forget_deadlines", "DELETE FROM deadline d USING unnest($1::text[], $2::text[]) AS f (type, key) "
                        "WHERE d.type = f.type AND d.key = f.key"};

static const struct pg_statement take = {
    "take_deadlines", "DELETE FROM deadline d USING unnest($1::text[], $2::text[], $3::bigint[]) AS t (type, key, due) "
                      "WHERE d.type = t.type AND d.key = t.key AND d.due_ms = t.due RETURNING d.type, d.key"};

void deadlines_init(struct deadlines *deadlines)
{
    *deadlines = (struct deadlines){.next_due_ms = INT64_MAX};
    local_queue_init(&deadlines->patient);
    arena_init(&deadlines->arena);
}

void deadlines_release(struct deadlines *deadlines)
{
    local_queue_release(&deadlines->patient);
    arena_release(&deadlines->arena);
}

void deadlines_ask_time(struct run *run)
{
    pg_add(run->pg, &what_time, NULL);
}

void deadlines_hear_time(struct run *run, const PGresult *answer)
{
    shoptime_asked(&run->time, result_long(answer, 0, 0));
}

void deadlines_claimed(struct run *run)
{
    run->deadlines.scan_us = 0;
}

void deadlines_dropped(struct run *run)
{
    struct local_queue answers;
    struct local *local;

    local_queue_release(&run->deadlines.patient);
    local_queue_init(&answers);
    while ((local = run->local.first)) {
        run->local.first = local->next;
        if (!msg_is_deadline(local->type) && !local->parked && local->claim->granted)
            local_push(&answers, local);
        else
            local_free(local);
    }
    local_queue_init(&run->local);
    while ((local = answers.first)) {
        answers.first = local->next;
        local_push(&run->local, local);
    }
}

/* The columns of the table, in order. */
enum { TYPE, KEY, KIND, PART, DUE, PATIENT, CAUSE, CORRELATION, TRACE, COLUMNS };

static struct column_array *new_columns(struct arena *arena)
{
    static const int types[COLUMNS] = {COLUMN_TEXT, COLUMN_TEXT, COLUMN_TEXT, COLUMN_INT, COLUMN_LONG,
                                       COLUMN_BOOL, COLUMN_ID,   COLUMN_ID,   COLUMN_TEXT};
    struct column_array *columns = arena_array(arena, COLUMNS, sizeof(*columns));

    for (int i = 0; i < COLUMNS; i++)
        column_array_init(&columns[i], types[i], arena);
    return columns;
}

static void add_columns(struct run *run, const struct pg_statement *statement, struct column_array *columns)
{
    struct pg_params params = {0};

    if (!columns[TYPE].count)
        return;
    for (int i = 0; i < COLUMNS; i++)
        params_array(&params, &columns[i]);
    pg_add(run->pg, statement, &params);
}

static void add_key(struct column_array *columns, enum msg_type type, struct str key)
{
    enum kind kind = msg_kind(type);

    column_add_text(&columns[TYPE], str_of(msg_type_name(type)));
    column_add_text(&columns[KEY], key);
    column_add_text(&columns[KIND], str_of(kind_name(kind)));
    column_add_int(&columns[PART], kafka_partition(kind, key));
}

void deadlines_add_standing(struct run *run, const bool *granted)
{
    struct column_array *columns = new_columns(&run->claims.arena);

    for (size_t i = 0; i < run->service->standing_count; i++) {
        const struct standing *standing = &run->service->standing[i];
        struct str key = str_of(standing->key);
        enum kind kind = msg_kind(standing->deadline);
        struct claim *claim = claims_find(&run->claims, kind, kafka_partition(kind, key));
        struct id cause = id_named(&deadline_space, key);

        if (!claim || !granted[claim - run->claims.list])
            continue;
        add_key(columns, standing->deadline, key);
        column_add_long(&columns[DUE], shoptime_ms(&run->time));
        column_add_bool(&columns[PATIENT], false);
        column_add_id(&columns[CAUSE], &cause);
        column_add_id(&columns[CORRELATION], &cause);
        column_add_text(&columns[TRACE], STR(""));
    }
    add_columns(run, &insert_standing, columns);
}

/* --- looking ------------------------------------------------------------------------------------------------------ */

static bool holds(const struct local_queue *queue, enum msg_type type, struct str key)
{
    for (const struct local *local = queue->first; local; local = local->next)
        if (local->type == type && str_equal(local->key, key))
            return true;
    return false;
}

/* Is it in the step under way? Then its row may still be there. Heard a second time it would not be found any more, but its
 * id would be in the inbox: were the first one parked, nobody would ever hear it again. */
static bool is_under_way(const struct batch *batch, enum msg_type type, struct str key)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct local *local = batch->list[batch->first + i].local;

        if (local && local->type == type && str_equal(local->key, key))
            return true;
    }
    return false;
}

static struct local *read_row(struct run *run, const PGresult *rows, int row)
{
    enum msg_type type = msg_type_of(result_text(rows, row, TYPE));
    struct str key = result_text(rows, row, KEY), trace = result_text(rows, row, TRACE);
    struct local *local = local_new(key, (struct str){0});

    local->type = type;
    local->time_ms = result_long(rows, row, DUE);
    local->causation = result_id(rows, row, CAUSE);
    local->correlation = result_id(rows, row, CORRELATION);
    if (trace.len == MSG_TRACEPARENT_LEN)
        memcpy(local->traceparent, trace.ptr, trace.len);
    local->id = reminder_id(&local->causation, type, key, local->time_ms);
    local->claim = claims_find(&run->claims, msg_kind(type), result_int(rows, row, PART));
    return local;
}

/* One question at a time: one that is under way may have been asked before these deadlines fell due, so they wait for
 * the next, all of them together. */
static void sample_once(struct run *run)
{
    struct deadlines *deadlines = &run->deadlines;

    if (!deadlines->more || deadlines->answered != deadlines->sample)
        return;
    deadlines->more = false;
    logends_sample(run, ++deadlines->sample);
}

static void take_rows(struct run *run, const PGresult *rows)
{
    struct deadlines *deadlines = &run->deadlines;
    bool ask = false;

    for (int row = 0; row < PQntuples(rows); row++) {
        enum msg_type type = msg_type_of(result_text(rows, row, TYPE));
        struct str key = result_text(rows, row, KEY);
        struct local *local;

        if (!msg_is_deadline(type) || holds(&deadlines->patient, type, key) || holds(&run->local, type, key) ||
            is_under_way(&run->turn->batch, type, key))
            continue;
        local = read_row(run, rows, row);
        if (!local->claim) {
            local_free(local);
        } else if (result_bool(rows, row, PATIENT) && local->claim->stream_count) {
            local->sample = deadlines->sample + 1;
            local_push(&deadlines->patient, local);
            ask = true;
        } else {
            local_push(&run->local, local);
        }
    }
    deadlines->more |= ask;
    sample_once(run);
}

static void scanned(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct run *run = context;
    bool dropped;

    run->busy = false;
    if (status == ST_OK) {
        deadlines_hear_time(run, answer->results[1]);
        take_rows(run, answer->results[0]);
    }
    dropped = status == ST_OK && PQntuples(answer->results[2]) > 0;
    arena_clear(&run->deadlines.arena);
    if (dropped)
        fold_start_over(run, false);
    if (status == ST_OK)
        engine_go(run);
    else if (!answer->lost)
        engine_back_off(run, err);
}

static bool reached(const struct deadlines *deadlines, const struct local *local)
{
    if (deadlines->answered < local->sample)
        return false;
    for (size_t i = 0; i < local->claim->stream_count; i++) {
        const struct stream *stream = &local->claim->streams[i];
        bool at_end = stream->seen_end >= stream->wanted_end && stream->taken == stream->committed;

        if (stream->committed < stream->wanted_end && !at_end)
            return false;
    }
    return true;
}

static void move_reached(struct run *run)
{
    struct local_queue waiting;
    struct local *local;

    local_queue_init(&waiting);
    while ((local = run->deadlines.patient.first)) {
        run->deadlines.patient.first = local->next;
        local_push(reached(&run->deadlines, local) ? &run->local : &waiting, local);
    }
    run->deadlines.patient = waiting;
    if (!waiting.first)
        local_queue_init(&run->deadlines.patient);
}

bool deadlines_look(struct run *run)
{
    struct deadlines *deadlines = &run->deadlines;
    int64_t now_ms = shoptime_ms(&run->time), now_us = clock_steady_us();
    struct pg_params params = {0};
    bool *ringing;

    if (deadlines->patient.first)
        move_reached(run);
    if (deadlines->patient.count >= PATIENT_MAX || (now_us < deadlines->scan_us && now_ms < deadlines->next_due_ms))
        return false;
    ringing = arena_array(&deadlines->arena, run->claims.count, sizeof(*ringing));
    deadlines->scan_us = now_us + SCAN_EVERY_US;
    if (deadlines->next_due_ms <= now_ms)
        deadlines->next_due_ms = INT64_MAX;
    for (size_t i = 0; i < run->claims.count; i++)
        ringing[i] = run->claims.list[i].owned && !run->claims.list[i].rebuilding;
    claims_params(&run->claims, ringing, &params, &deadlines->arena);
    params_long(&params, now_ms, &deadlines->arena);
    pg_add(run->pg, &scan, &params);
    deadlines_ask_time(run);
    pg_add(run->pg, &look_dropped, NULL);
    run->busy = true;
    pg_send(run->pg, READS, scanned, run);
    return true;
}

void deadlines_sampled(struct run *run, uint64_t number)
{
    run->deadlines.answered = number;
    sample_once(run);
    engine_kick(run);
}

/* --- within a step ------------------------------------------------------------------------------------------------ */

/* Only the last word about a type and key counts. */
static bool overruled(const struct reminder *reminder)
{
    for (const struct reminder *later = reminder->next; later; later = later->next)
        if (later->type == reminder->type && str_equal(later->key, reminder->key))
            return true;
    return false;
}

void deadlines_save(struct run *run, const struct reminder *reminders, struct arena *arena)
{
    struct column_array *columns = new_columns(arena), *forgotten = new_columns(arena);
    struct pg_params params = {0};

    for (const struct reminder *reminder = reminders; reminder; reminder = reminder->next) {
        if (overruled(reminder))
            continue;
        if (reminder->due_ms == INT64_MIN) {
            add_key(forgotten, reminder->type, reminder->key);
            continue;
        }
        add_key(columns, reminder->type, reminder->key);
        column_add_long(&columns[DUE], reminder->due_ms);
        column_add_bool(&columns[PATIENT], reminder->patient);
        column_add_id(&columns[CAUSE], &reminder->cause->id);
        column_add_id(&columns[CORRELATION], &reminder->cause->correlation);
        column_add_text(&columns[TRACE], reminder->cause->traceparent);
    }
    if (forgotten[TYPE].count) {
        params_array(&params, &forgotten[TYPE]);
        params_array(&params, &forgotten[KEY]);
        pg_add(run->pg, &forget, &params);
    }
    add_columns(run, &upsert, columns);
}

void deadlines_saved(struct run *run, const struct reminder *reminders)
{
    for (; reminders; reminders = reminders->next)
        if (reminders->due_ms != INT64_MIN && reminders->due_ms < run->deadlines.next_due_ms)
            run->deadlines.next_due_ms = reminders->due_ms;
}

void deadlines_take(struct run *run, const struct local *const *list, size_t count, struct arena *arena)
{
    struct column_array *columns = new_columns(arena);
    struct pg_params params = {0};

    for (size_t i = 0; i < count; i++) {
        column_add_text(&columns[TYPE], str_of(msg_type_name(list[i]->type)));
        column_add_text(&columns[KEY], list[i]->key);
        column_add_long(&columns[DUE], list[i]->time_ms);
    }
    params_array(&params, &columns[TYPE]);
    params_array(&params, &columns[KEY]);
    params_array(&params, &columns[DUE]);
    pg_add(run->pg, &take, &params);
}

bool deadlines_taken(const PGresult *result, const struct local *local)
{
    for (int row = 0; row < PQntuples(result); row++)
        if (str_is(result_text(result, row, 0), msg_type_name(local->type)) &&
            str_equal(result_text(result, row, 1), local->key))
            return true;
    return false;
}
