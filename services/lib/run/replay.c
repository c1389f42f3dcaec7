/* replay.c - ranges of the log that are heard a second time. */
#include "run/replay.h"

#include "base/log.h"
#include "run/engine.h"

/* Only the owner of the present epoch, and only while somebody asks: otherwise no row is locked. */
static const struct pg_statement begin_replays = {
    "begin_replays",
    "WITH ours AS MATERIALIZED (SELECT claim.kind, claim.part FROM claim JOIN unnest($1::text[], $2::integer[], "
    "$3::bigint[]) AS c (kind, part, epoch) USING (kind, part, epoch) WHERE EXISTS (SELECT FROM replay WHERE began_at "
    "IS NULL) ORDER BY 1, 2 FOR UPDATE OF claim), "
    "due AS MATERIALIZED (SELECT r.topic, r.part, r.from_offset, p.next_offset FROM replay r JOIN ours USING (kind, part) "
    "JOIN position p ON p.topic = r.topic AND p.part = r.part WHERE r.began_at IS NULL), "
    "moved AS (UPDATE position p SET next_offset = least(p.next_offset, due.from_offset) FROM due WHERE p.topic = "
    "due.topic AND p.part = due.part) "
    "UPDATE replay r SET began_at = now(), end_offset = due.next_offset, to_offset = least(r.to_offset, due.next_offset) "
    "FROM due WHERE r.topic = due.topic AND r.part = due.part RETURNING r.topic, r.part, r.from_offset, r.end_offset"};

static const struct pg_statement read_replays = {
    "read_replays", "SELECT topic, part, to_offset, end_offset, (extract(epoch FROM began_at) * 1000)::bigint, effects "
                    "FROM replay WHERE began_at IS NOT NULL"};

static const struct pg_statement forget_replayed = {
    "forget_replayed", "DELETE FROM inbox i USING unnest($1::uuid[], $2::bigint[]) AS f (id, began_ms) "
                       "WHERE i.id = f.id AND i.heard_at < to_timestamp(f.began_ms / 1000.0)"};

static const struct pg_statement count_replayed = {
    "count_replayed",
    "UPDATE replay r SET heard = r.heard + c.heard, fenced = r.fenced + c.fenced FROM (SELECT topic, part, "
    "count(*) AS heard, count(*) FILTER (WHERE undone) AS fenced FROM unnest($1::text[], $2::integer[], "
    "$3::boolean[]) AS h (topic, part, undone) GROUP BY topic, part) c "
    "WHERE r.topic = c.topic AND r.part = c.part"};

void replay_add_begin(struct run *run, struct arena *arena)
{
    struct column_array *epochs = arena_new(arena, struct column_array);
    struct pg_params params = {0};

    column_array_init(epochs, COLUMN_LONG, arena);
    for (size_t i = 0; i < run->claims.count; i++)
        if (run->claims.list[i].owned)
            column_add_long(epochs, run->claims.list[i].epoch);
    claims_params(&run->claims, NULL, &params, arena);
    params_array(&params, epochs);
    pg_add(run->pg, &begin_replays, &params);
}

void replay_begun(struct run *run, const PGresult *rows)
{
    for (int row = 0; row < PQntuples(rows); row++) {
        struct str topic = result_text(rows, row, 0);

        log_info(STR_FMT "/%d is heard again from %lld to %lld", STR_ARG(topic), (int)result_int(rows, row, 1),
                 (long long)result_long(rows, row, 2), (long long)result_long(rows, row, 3));
    }
    if (PQntuples(rows))
        engine_reassign(run);
}

void replay_add_reading(struct run *run)
{
    pg_add(run->pg, &read_replays, NULL);
}

/* What this process heard again once is no range any more when the database says so: its state was dropped. */
static void forget_ranges(struct claims *claims)
{
    for (size_t i = 0; i < claims->count; i++)
        for (size_t s = 0; s < claims->list[i].stream_count; s++)
            claims->list[i].streams[s].replay = (struct replayed){0};
}

void replay_read(struct run *run, const PGresult *rows)
{
    forget_ranges(&run->claims);
    for (int row = 0; row < PQntuples(rows); row++) {
        struct claim *claim;
        struct stream *stream = claims_stream(&run->claims, topic_named(result_text(rows, row, 0)),
                                              result_int(rows, row, 1), &claim);

        if (!stream)
            continue;
        stream->replay = (struct replayed){.to = result_long(rows, row, 2),
                                           .end = result_long(rows, row, 3),
                                           .began_ms = result_long(rows, row, 4),
                                           .effects = result_bool(rows, row, 5)};
        if (stream->committed < stream->replay.end)
            stream->seen_end = -1; /* it stood there before */
    }
}

void replay_judge(struct heard *heard)
{
    const struct replayed *replay = heard->stream ? &heard->stream->replay : NULL;

    heard->undone = false;
    heard->replayed = replay && heard->record->offset < replay->to;
    if (replay && !heard->replayed && heard->record->offset < replay->end)
        heard->fate = FATE_SEEN;
}

bool replay_add_forgetting(struct turn *turn)
{
    struct column_array *ids = arena_array(&turn->arena, 2, sizeof(*ids)), *began = ids + 1;
    struct pg_params params = {0};

    column_array_init(ids, COLUMN_ID, &turn->arena);
    column_array_init(began, COLUMN_LONG, &turn->arena);
    for (size_t i = 0; i < turn->count; i++)
        if (turn->list[i].replayed && turn->list[i].fate == FATE_HEAR) {
            column_add_id(ids, &turn->list[i].msg.id);
            column_add_long(began, turn->list[i].stream->replay.began_ms);
        }
    if (!ids->count)
        return false;
    params_array(&params, ids);
    params_array(&params, began);
    pg_add(turn->run->pg, &forget_replayed, &params);
    return true;
}

void replay_add_progress(struct turn *turn)
{
    static const int types[] = {COLUMN_TEXT, COLUMN_INT, COLUMN_BOOL};
    struct column_array *columns = arena_array(&turn->arena, 3, sizeof(*columns));
    struct pg_params params = {0};

    for (int i = 0; i < 3; i++)
        column_array_init(&columns[i], types[i], &turn->arena);
    for (size_t i = 0; i < turn->count; i++) {
        const struct heard *heard = &turn->list[i];

        if (!heard->replayed || heard->fate != FATE_HEAR)
            continue;
        column_add_text(&columns[0], str_of(topic_name(heard->msg.topic)));
        column_add_int(&columns[1], heard->msg.partition);
        column_add_bool(&columns[2], heard->undone);
    }
    if (!columns[0].count)
        return;
    for (int i = 0; i < 3; i++)
        params_array(&params, &columns[i]);
    pg_add(turn->run->pg, &count_replayed, &params);
}
