/* claims.c - taking partitions over, with everything that belongs to them. */
#include "run/claims.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/engine.h"
#include "run/fold.h"
#include "run/replay.h"

enum { TRIES_BEFORE_CARE = 3, CAREFUL_MESSAGES = 1000 };

/* $3 is the epoch after the one that we know, or 1 when the group has just granted the partition. Somebody whose epoch is
 * not the last, and whom the group did not ask, is a zombie: the row stays as it is, and is not returned. */
static const struct pg_statement take_claims = {
    "take_claims",
    "INSERT INTO claim (kind, part, epoch, tries, rebuilding) "
    "SELECT c.kind, c.part, c.epoch, 1, true FROM unnest($1::text[], $2::integer[], $3::bigint[]) "
    "AS c (kind, part, epoch) ORDER BY 1, 2 "
    "ON CONFLICT (kind, part) DO UPDATE SET epoch = claim.epoch + 1, tries = claim.tries + 1, dropped = false "
    "WHERE excluded.epoch = 1 OR excluded.epoch = claim.epoch + 1 "
    "RETURNING kind, part, epoch, tries, suspect, rebuilding"};

static const struct pg_statement read_positions = {"read_positions", "SELECT topic, part, next_offset FROM position"};

static const struct pg_statement settle_claims = {
    "settle_claims",
    "UPDATE claim SET tries = 0, suspect = '' FROM unnest($1::text[], $2::integer[]) AS c (kind, part) "
    "WHERE claim.kind = c.kind AND claim.part = c.part"};

static void add_claims(struct claims *claims, enum kind kind)
{
    if (claims_find(claims, kind, 0))
        return;
    claims->list = realloc(claims->list, (claims->count + (size_t)kind_partitions(kind)) * sizeof(*claims->list));
    if (!claims->list)
        abort();
    for (int32_t part = 0; part < kind_partitions(kind); part++)
        claims->list[claims->count++] = (struct claim){.kind = kind, .part = part};
}

static struct stream new_stream(enum topic topic, int32_t part)
{
    return (struct stream){
        .topic = topic, .part = part, .committed = -1, .seen_end = -1, .wanted_end = -1, .first_end = -1};
}

/* The topics of which some row of the claim's kind says what is in them. */
static void add_own(struct claim *claim, const struct service *service)
{
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_COUNT; topic++) {
        if (topic_kind((enum topic)topic) != claim->kind || !fold_lane_of(service, (enum topic)topic))
            continue;
        if (claim->own_count == OWN_MAX)
            abort();
        claim->own[claim->own_count++] = new_stream((enum topic)topic, claim->part);
    }
}

static bool hears_topic(const struct service *service, enum topic topic)
{
    for (int type = MSG_UNKNOWN + 1; type < MSG_COUNT; type++)
        for (size_t lane = 0; topic_of((enum msg_type)type) == topic && lane < service->lane_count; lane++)
            if (rules_hear(service->lanes[lane].rules, (enum msg_type)type))
                return true;
    return false;
}

void claims_init(struct claims *claims, const struct service *service)
{
    *claims = (struct claims){0};
    arena_init(&claims->arena);
    for (size_t lane = 0; lane < service->lane_count; lane++)
        add_claims(claims, service->lanes[lane].rules->kind);
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_COUNT; topic++)
        for (size_t i = 0; hears_topic(service, (enum topic)topic) && i < claims->count; i++) {
            struct claim *claim = &claims->list[i];

            if (claim->kind != topic_kind((enum topic)topic))
                continue;
            if (claim->stream_count == STREAMS_MAX)
                abort();
            claim->streams[claim->stream_count++] = new_stream((enum topic)topic, claim->part);
        }
    for (size_t i = 0; i < claims->count; i++)
        add_own(&claims->list[i], service);
}

void claims_release(struct claims *claims)
{
    free(claims->list);
    arena_release(&claims->arena);
    *claims = (struct claims){0};
}

struct claim *claims_find(struct claims *claims, enum kind kind, int32_t part)
{
    for (size_t i = 0; i < claims->count; i++)
        if (claims->list[i].kind == kind && claims->list[i].part == part)
            return &claims->list[i];
    return NULL;
}

/* The streams that are read at present. */
static size_t streams_now(const struct claims *claims, const struct claim *claim)
{
    return claims->folding ? claim->own_count : claim->stream_count;
}

static struct stream *stream_now(const struct claims *claims, const struct claim *claim, size_t i)
{
    return (struct stream *)(uintptr_t)(claims->folding ? &claim->own[i] : &claim->streams[i]);
}

struct stream *claims_stream(struct claims *claims, enum topic topic, int32_t part, struct claim **claim)
{
    *claim = topic == TOPIC_NONE ? NULL : claims_find(claims, topic_kind(topic), part);
    for (size_t i = 0; *claim && i < streams_now(claims, *claim); i++) {
        struct stream *stream = stream_now(claims, *claim, i);

        if (stream->topic == topic)
            return stream;
    }
    return NULL;
}

size_t claims_owned(const struct claims *claims)
{
    size_t owned = 0;

    for (size_t i = 0; i < claims->count; i++)
        owned += claims->list[i].owned;
    return owned;
}

/* Granted are partitions of which every topic was granted; a claim that hears no topic goes by its kind's own topic. */
void claims_grant(struct claims *claims, const rd_kafka_topic_partition_list_t *list)
{
    for (size_t i = 0; i < claims->count; i++) {
        struct claim *claim = &claims->list[i];
        size_t granted = 0;

        for (int at = 0; list && at < list->cnt; at++)
            granted += topic_kind(topic_named(str_of(list->elems[at].topic))) == claim->kind &&
                       list->elems[at].partition == claim->part;
        claim->granted = granted && granted >= claim->stream_count;
        claim->epoch = 0;
        claim->owned = claim->owned && claim->granted;
    }
}

void claims_drop(struct claims *claims)
{
    claims->folding = false;
    for (size_t i = 0; i < claims->count; i++) {
        claims->list[i].owned = false;
        for (size_t s = 0; s < claims->list[i].stream_count; s++) {
            claims->list[i].streams[s].taken = claims->list[i].streams[s].committed;
            claims->list[i].streams[s].wanted_end = claims->list[i].streams[s].first_end = -1;
        }
    }
}

void claims_params(const struct claims *claims, const bool *marked, struct pg_params *params, struct arena *arena)
{
    struct column_array *kinds = arena_new(arena, struct column_array), *parts = arena_new(arena, struct column_array);

    column_array_init(kinds, COLUMN_TEXT, arena);
    column_array_init(parts, COLUMN_INT, arena);
    for (size_t i = 0; i < claims->count; i++)            /* marked is as long as the list */
        if (marked ? marked[i] : claims->list[i].owned) { /* NOLINT(clang-analyzer-core.uninitialized.Branch) */
            column_add_text(kinds, str_of(kind_name(claims->list[i].kind)));
            column_add_int(parts, claims->list[i].part);
        }
    params_array(params, kinds);
    params_array(params, parts);
}

static void read_claims(struct run *run, const PGresult *result)
{
    for (int row = 0; row < PQntuples(result); row++) {
        struct str kind = result_text(result, row, 0), suspect = result_text(result, row, 4);

        for (size_t i = 0; i < run->claims.count; i++) {
            struct claim *claim = &run->claims.list[i];

            if (!str_is(kind, kind_name(claim->kind)) || claim->part != result_int(result, row, 1))
                continue;
            claim->owned = true;
            claim->epoch = result_long(result, row, 2);
            claim->said = 0;
            claim->rebuilding = result_bool(result, row, 5);
            claim->troubled = true;
            claim->careful = result_int(result, row, 3) > TRIES_BEFORE_CARE || suspect.len;
            claim->careful_left = CAREFUL_MESSAGES;
            snprintf(claim->suspect, sizeof(claim->suspect), STR_FMT, STR_ARG(suspect));
            if (claim->careful)
                log_warning("%s/%d was claimed %d times without a step: one message at a time", kind_name(claim->kind),
                            claim->part, result_int(result, row, 3));
        }
    }
}

/* False when another process has claimed what the group never took from us: we were away for too long. */
static bool all_ours(struct run *run)
{
    struct err err;

    for (size_t i = 0; i < run->claims.count; i++) {
        const struct claim *claim = &run->claims.list[i];

        if (!claim->granted || claim->owned)
            continue;
        err_set(&err, ST_FATAL, "another process has claimed %s/%d", kind_name(claim->kind), (int)claim->part);
        engine_fail(run, &err);
        return false;
    }
    return true;
}

/* What the database says against what was last known here tells whether a commit without an answer took place. */
static void read_one_position(struct run *run, const PGresult *result, int row)
{
    enum topic topic = topic_named(result_text(result, row, 0));
    struct claim *claim;
    struct stream *stream = claims_stream(&run->claims, topic, result_int(result, row, 1), &claim);
    int64_t next = result_long(result, row, 2);

    if (!stream || !claim->owned)
        return;
    if (stream->committed >= 0 && next > stream->committed)
        log_info("%s/%d: the commit without an answer took place, or another process stepped: from %lld to %lld",
                 topic_name(topic), stream->part, (long long)stream->committed, (long long)next);
    stream->committed = stream->taken = next;
}

/* Where the database knows nothing, all is heard from the beginning: a person may have dropped what was known here. */
static void forget_positions(struct run *run, const PGresult *result)
{
    for (size_t i = 0; i < run->claims.count; i++)
        for (size_t s = 0; run->claims.list[i].owned && s < run->claims.list[i].stream_count; s++) {
            struct stream *stream = &run->claims.list[i].streams[s];
            bool known = false;

            for (int row = 0; row < PQntuples(result) && !known; row++)
                known = topic_named(result_text(result, row, 0)) == stream->topic &&
                        result_int(result, row, 1) == stream->part;
            if (!known)
                stream->committed = stream->taken = -1;
        }
}

static void claimed(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct run *run = context;

    run->busy = false;
    arena_clear(&run->claims.arena);
    if (answer->lost)
        return;
    if (status != ST_OK) {
        engine_back_off(run, err);
        return;
    }
    read_claims(run, answer->results[0]);
    if (!all_ours(run))
        return;
    forget_positions(run, answer->results[1]);
    for (int row = 0; row < PQntuples(answer->results[1]); row++)
        read_one_position(run, answer->results[1], row);
    deadlines_hear_time(run, answer->results[2]);
    replay_read(run, answer->results[3]);
    log_info("claimed %zu partitions", claims_owned(&run->claims));
    engine_went_well(run);
    fold_begin(run, answer->results[3 + FOLD_READING]);
    outbox_fill_anew(&run->outbox);
    deadlines_claimed(run);
    upkeep_claimed(&run->upkeep);
    engine_go(run);
}

void claims_begin(struct run *run)
{
    bool *granted = arena_array(&run->claims.arena, run->claims.count, sizeof(*granted));
    struct pg_params params = {0}, none = {0};
    struct column_array epochs;

    column_array_init(&epochs, COLUMN_LONG, &run->claims.arena);
    for (size_t i = 0; i < run->claims.count; i++) {
        granted[i] = run->claims.list[i].granted;
        if (granted[i])
            column_add_long(&epochs, run->claims.list[i].epoch + 1);
    }
    claims_params(&run->claims, granted, &params, &run->claims.arena);
    params_array(&params, &epochs);
    pg_add(run->pg, &take_claims, &params);
    pg_add(run->pg, &read_positions, &none);
    deadlines_ask_time(run);
    replay_add_reading(run);
    fold_add_reading(run, granted);
    deadlines_add_standing(run, granted);
    run->busy = true;
    pg_send(run->pg, EFFECT("claim", "partitions are claimed, their epochs raised"), claimed, run);
}

rd_kafka_topic_partition_list_t *claims_positions(const struct claims *claims)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);

    for (size_t i = 0; i < claims->count; i++)
        for (size_t s = 0; claims->list[i].owned && s < streams_now(claims, &claims->list[i]); s++) {
            const struct stream *stream = stream_now(claims, &claims->list[i], s);
            int64_t unknown = claims->folding ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING;

            rd_kafka_topic_partition_list_add(list, topic_name(stream->topic), stream->part)->offset =
                stream->committed >= 0 ? stream->committed : unknown;
        }
    return list;
}

void claims_add_settling(struct run *run, const bool *marked, struct arena *arena)
{
    struct pg_params params = {0};

    claims_params(&run->claims, marked, &params, arena);
    pg_add(run->pg, &settle_claims, &params);
}

static void settled(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct run *run = context;

    run->busy = false;
    arena_clear(&run->claims.arena);
    if (status == ST_OK)
        engine_go(run);
    else if (!answer->lost)
        engine_back_off(run, err);
}

bool claims_settle(struct run *run)
{
    bool *marked = arena_array(&run->claims.arena, run->claims.count, sizeof(*marked)), any = false;

    for (size_t i = 0; i < run->claims.count; i++) {
        struct claim *claim = &run->claims.list[i];

        marked[i] = claim->owned && claim->troubled && !*claim->suspect;
        for (size_t s = 0; s < claim->stream_count; s++)
            marked[i] = marked[i] && claim->streams[s].seen_end >= claim->streams[s].taken &&
                        claim->streams[s].taken == claim->streams[s].committed;
        any = any || marked[i];
    }
    if (!any) {
        arena_clear(&run->claims.arena);
        return false;
    }
    for (size_t i = 0; i < run->claims.count; i++)
        if (marked[i])
            run->claims.list[i].troubled = run->claims.list[i].careful = false;
    claims_add_settling(run, marked, &run->claims.arena);
    run->busy = true;
    pg_send(run->pg, EFFECT("claim-settled", "claims without trouble are noted as such"), settled, run);
    return true;
}
