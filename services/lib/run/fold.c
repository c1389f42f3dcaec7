/* fold.c - reading the service's own topics to their ends, and what is held back until the others are heard. */
#include "run/fold.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/engine.h"

/* A claim that was never made before has no memory at all. One that was, without a row here, is of a version that did not
 * count: it begins at the end. */
static const struct pg_statement begin_known = {
    "begin_said", "INSERT INTO said (topic, part, next_offset) SELECT s.topic, s.part, 0 "
                  "FROM unnest($1::text[], $2::integer[], $3::text[]) AS s (topic, part, kind) "
                  "JOIN claim c ON c.kind = s.kind AND c.part = s.part AND c.epoch = 1 ON CONFLICT DO NOTHING"};

static const struct pg_statement read_known = {"read_said", "SELECT topic, part, next_offset FROM said"};

/* Only the owner knows: a state that was dropped meanwhile knows nothing. */
static const struct pg_statement write_known = {
    "write_said",
    "INSERT INTO said (topic, part, next_offset) SELECT s.topic, s.part, s.next_offset "
    "FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::text[], $5::bigint[]) AS s (topic, part, next_offset, kind, epoch) "
    "JOIN claim c ON c.kind = s.kind AND c.part = s.part AND c.epoch = s.epoch AND NOT c.dropped ORDER BY 1, 2 "
    "ON CONFLICT (topic, part) DO UPDATE SET next_offset = GREATEST(said.next_offset, excluded.next_offset)"};

static const struct pg_statement end_rebuilding = {
    "end_rebuilding", "UPDATE claim SET rebuilding = false FROM unnest($1::text[], $2::integer[]) AS c (kind, part) "
                      "WHERE claim.kind = c.kind AND claim.part = c.part AND NOT claim.dropped"};

static const struct pg_statement rollback = {"rollback_dropped", "ROLLBACK"};

void fold_init(struct fold *fold)
{
    *fold = (struct fold){0};
    arena_init(&fold->arena);
}

void fold_release(struct fold *fold)
{
    reader_close(fold->others);
    arena_release(&fold->arena);
}

/* Some lane says what is in it; of its own kind, or of another. */
static bool says(const struct service *service, enum topic topic, bool own_kind)
{
    for (int type = MSG_UNKNOWN + 1; type < MSG_COUNT; type++)
        for (size_t i = 0; topic_of((enum msg_type)type) == topic && i < service->lane_count; i++) {
            const struct rules *rules = service->lanes[i].rules;

            if ((rules->kind == topic_kind(topic)) == own_kind && rules_adoption(rules, (enum msg_type)type))
                return true;
        }
    return false;
}

bool fold_lane_of(const struct service *service, enum topic topic)
{
    return says(service, topic, true);
}

/* --- how far it is known ------------------------------------------------------------------------------------------ */

void fold_add_reading(struct run *run, const bool *granted)
{
    struct arena *arena = &run->claims.arena;
    struct column_array topics, parts, kinds;
    struct pg_params params = {0};

    column_array_init(&topics, COLUMN_TEXT, arena);
    column_array_init(&parts, COLUMN_INT, arena);
    column_array_init(&kinds, COLUMN_TEXT, arena);
    for (size_t i = 0; i < run->claims.count; i++)
        for (size_t s = 0; granted[i] && s < run->claims.list[i].own_count; s++) {
            column_add_text(&topics, str_of(topic_name(run->claims.list[i].own[s].topic)));
            column_add_int(&parts, run->claims.list[i].part);
            column_add_text(&kinds, str_of(kind_name(run->claims.list[i].kind)));
        }
    params_array(&params, &topics);
    params_array(&params, &parts);
    params_array(&params, &kinds);
    pg_add(run->pg, &begin_known, &params);
    pg_add(run->pg, &read_known, NULL);
}

static void read_one(struct claims *claims, const PGresult *known, int row)
{
    struct claim *claim;
    struct stream *stream = claims_stream(claims, topic_named(result_text(known, row, 0)), result_int(known, row, 1),
                                          &claim);

    if (stream && claim->owned)
        stream->committed = stream->taken = result_long(known, row, 2);
}

void fold_begin(struct run *run, const PGresult *known)
{
    size_t own = 0;

    run->claims.folding = true;
    for (size_t i = 0; i < run->claims.count; i++)
        for (size_t s = 0; s < run->claims.list[i].own_count; s++) {
            struct stream *stream = &run->claims.list[i].own[s];

            own += run->claims.list[i].owned;
            stream->committed = stream->seen_end = -1;
            stream->taken = 0;
        }
    for (int row = 0; row < PQntuples(known); row++)
        read_one(&run->claims, known, row);
    outbox_forget_places(&run->outbox);
    run->fold.reading = run->fold.adopted = run->fold.others_read = false;
    run->fold.found = 0;
    run->fold.began_us = clock_steady_us();
    run->claims.folding = own > 0;
    run->state = own > 0 ? ENGINE_FOLDING : ENGINE_FILLING;
}

void fold_add_known(struct run *run, const struct done *list, size_t count, struct arena *arena)
{
    struct column_array *columns = arena_array(arena, 5, sizeof(*columns));
    static const int types[5] = {COLUMN_TEXT, COLUMN_INT, COLUMN_LONG, COLUMN_TEXT, COLUMN_LONG};
    struct pg_params params = {0};

    for (int i = 0; i < 5; i++)
        column_array_init(&columns[i], types[i], arena);
    for (size_t i = 0; i < run->claims.count; i++)
        for (size_t s = 0; run->claims.list[i].owned && s < run->claims.list[i].own_count; s++) {
            const struct stream *stream = &run->claims.list[i].own[s];
            int64_t next = -1;

            for (size_t d = 0; d < count; d++)
                if (list[d].topic == stream->topic && list[d].part == stream->part && list[d].offset >= next)
                    next = list[d].offset + 1;
            if (next < 0)
                continue;
            column_add_text(&columns[0], str_of(topic_name(stream->topic)));
            column_add_int(&columns[1], stream->part);
            column_add_long(&columns[2], next);
            column_add_text(&columns[3], str_of(kind_name(run->claims.list[i].kind)));
            column_add_long(&columns[4], run->claims.list[i].epoch);
        }
    if (!columns[0].count)
        return;
    for (int i = 0; i < 5; i++)
        params_array(&params, &columns[i]);
    pg_add(run->pg, &write_known, &params);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static bool at_end(const struct claims *claims)
{
    for (size_t i = 0; i < claims->count; i++)
        for (size_t s = 0; claims->list[i].owned && s < claims->list[i].own_count; s++) {
            const struct stream *stream = &claims->list[i].own[s];

            if (stream->seen_end < 0 || stream->seen_end < stream->taken)
                return false;
        }
    return true;
}

static void hear_other(void *context, const struct msg *said, struct str value)
{
    struct run *run = context;

    (void)value;
    outbox_found(&run->outbox, &said->id);
}

static void others_complete(void *context)
{
    struct run *run = context;

    run->fold.others_read = true;
    engine_kick(run);
}

/* What was said in the same breath on topics of other kinds is in the outbox now, all of it; what stands there already is
 * taken out again. Those topics are read whole, whoever's partitions they are. True: that is over, or need not be. */
static bool read_others(struct run *run)
{
    enum topic topics[OWN_MAX];
    struct reader_from from = {.topics = topics};
    struct err err;

    for (int topic = TOPIC_NONE + 1; topic < TOPIC_COUNT; topic++)
        if (from.topic_count < OWN_MAX && says(run->service, (enum topic)topic, false))
            topics[from.topic_count++] = (enum topic)topic;
    if (!run->fold.adopted || !from.topic_count || run->fold.others_read)
        return true;
    if (run->fold.others)
        return false;
    if (reader_open(run->program.base, &run->kafka, &from, hear_other, NULL, run, &run->fold.others, &err) != ST_OK)
        engine_fail(run, &err);
    else
        reader_on_complete(run->fold.others, others_complete);
    return false;
}

void fold_go(struct run *run)
{
    struct fold *fold = &run->fold;

    if (run->outbox.unanswered) {
        consumer_serve(run->consumer); /* what is on its way to the topics is there before they are read */
        return;
    }
    if (!fold->reading) {
        consumer_assign(run->consumer);
        fold->reading = true;
    }
    if (turn_go(run->turn) || !at_end(&run->claims) || !read_others(run))
        return;
    reader_close(fold->others);
    fold->others = NULL;
    if (fold->found)
        log_info("%zu messages of its own stood in the log and were not known to be there; took %lld ms", fold->found,
                 (long long)(clock_steady_us() - fold->began_us) / 1000);
    run->claims.folding = false;
    run->state = ENGINE_FILLING;
}

void fold_drop(struct run *run)
{
    reader_close(run->fold.others);
    run->fold.others = NULL;
    run->claims.folding = run->fold.reading = false;
}

/* --- what is held back -------------------------------------------------------------------------------------------- */

static bool has_heard_all(const struct claim *claim)
{
    for (size_t i = 0; i < claim->stream_count; i++) {
        const struct stream *stream = &claim->streams[i];

        if (stream->first_end < 0 || (stream->committed < stream->first_end && stream->taken != stream->committed))
            return false;
    }
    return true;
}

static void ended(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct run *run = context;

    run->busy = false;
    arena_clear(&run->fold.arena);
    if (status == ST_OK) {
        for (size_t i = 0; i < run->claims.count; i++)
            if (run->claims.list[i].owned && has_heard_all(&run->claims.list[i]))
                run->claims.list[i].rebuilding = false;
        deadlines_claimed(run);
        engine_go(run);
    } else if (!answer->lost) {
        engine_back_off(run, err);
    }
}

bool fold_look(struct run *run)
{
    bool *marked = arena_array(&run->fold.arena, run->claims.count, sizeof(*marked)), any = false;
    struct pg_params params = {0};

    for (size_t i = 0; i < run->claims.count; i++) {
        const struct claim *claim = &run->claims.list[i];

        marked[i] = claim->owned && claim->rebuilding && has_heard_all(claim);
        any = any || marked[i];
    }
    if (!any) {
        arena_clear(&run->fold.arena);
        return false;
    }
    claims_params(&run->claims, marked, &params, &run->fold.arena);
    pg_add(run->pg, &end_rebuilding, &params);
    run->busy = true;
    pg_send(run->pg, EFFECT("rebuilt", "it is noted that the log has been heard: asks and deadlines begin"), ended,
            run);
    return true;
}

/* --- dropped by a person ------------------------------------------------------------------------------------------ */

bool fold_dropped(const PGresult *claims, int column)
{
    for (int row = 0; row < PQntuples(claims); row++)
        if (result_bool(claims, row, column))
            return true;
    return false;
}

static void given_up(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct run *run = context;

    (void)status;
    (void)answer;
    (void)err;
    run->busy = false;
    engine_reassign(run);
}

void fold_start_over(struct run *run, bool in_transaction)
{
    log_warning("the state was dropped: it is folded again from the topics");
    if (!in_transaction) {
        engine_reassign(run);
        return;
    }
    outbox_deleted(&run->outbox, false);
    pg_add(run->pg, &rollback, NULL);
    pg_send(run->pg, READS, given_up, run);
}
