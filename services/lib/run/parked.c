/* parked.c - rows of parked become local messages. */
#include "run/parked.h"

#include <stdio.h>
#include <stdlib.h>

#include "run/engine.h"
#include "run/headers.h"
#include "run/schemas.h"

enum { AT_ONCE = 200 };

/* A row goes when all before it of its key go with it. Orders hear any order, so theirs go alone (see parking_keeps_order).
 * $3 are the kinds whose commands are answered, $4 after how many ms; $5 see unknown_from. What a secret topic ($6) has
 * forgotten by now (older than $7) is given up, whatever else is asked: it is stale. */
static const struct pg_statement read_parked = {
    "read_parked",
    "WITH judged AS (SELECT p.id, p.kind, p.key, p.seq, p.again OR p.behind OR p.drop_reason IS NOT NULL OR "
    "(p.type = 'Unknown' AND p.seq > $5) AS asked, p.kind = ANY($3::text[]) AND p.topic LIKE '%.commands' AND "
    "p.type <> 'Unknown' AND NOT p.behind AND p.tried_at < now() - $4::bigint * interval '1 millisecond' AS expired, "
    "EXISTS (SELECT FROM unnest($6::text[], $7::bigint[]) AS s (topic, gone_ms) WHERE "
    "s.topic = p.topic AND p.heard_ms < s.gone_ms) AS stale "
    "FROM parked p JOIN unnest($1::text[], $2::integer[]) AS c (kind, part) USING (kind, part)), "
    "lined AS (SELECT *, bool_and(asked OR expired OR stale) OVER (PARTITION BY kind, key ORDER BY seq) AS free FROM "
    "judged) "
    "SELECT p.id, p.kind, p.part, p.key, p.type, p.value, p.headers, p.heard_ms, p.topic, p.at_offset, p.seq, "
    "left(p.reason, 250), p.again, p.fenced, CASE WHEN p.drop_reason IS NOT NULL THEN left(p.drop_reason, 250) "
    "WHEN l.stale THEN 'What is secret in it may not be kept any longer.' WHEN l.expired AND NOT l.asked THEN "
    "'It stayed parked for too long.' ELSE '' END, "
    "CASE WHEN p.drop_reason IS NOT NULL THEN left(p.drop_by, 60) ELSE 'deadline' END "
    "FROM lined l JOIN parked p USING (id) WHERE (l.asked OR l.expired OR l.stale) AND "
    "(l.free OR l.kind NOT IN ('user', 'product')) ORDER BY p.seq LIMIT 200"};

enum {
    ID,
    KIND,
    PART,
    KEY,
    TYPE,
    VALUE,
    HEADERS,
    HEARD_MS,
    TOPIC,
    OFFSET,
    SEQ,
    REASON,
    AGAIN,
    FENCED,
    DROP_REASON,
    DROP_BY
};

static const struct pg_statement take_out = {"unpark", "DELETE FROM parked WHERE id = ANY($1)"};

static void add_secrets(const struct run *run, struct pg_params *params, struct arena *arena)
{
    struct column_array *topics = arena_new(arena, struct column_array);
    struct column_array *gone = arena_new(arena, struct column_array);

    column_array_init(topics, COLUMN_TEXT, arena);
    column_array_init(gone, COLUMN_LONG, arena);
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_COUNT; topic++)
        if (topic_info(topic)->secret) {
            column_add_text(topics, str_of(topic_name(topic)));
            column_add_long(gone, run_now_ms(run) - topic_info(topic)->retention_ms);
        }
    params_array(params, topics);
    params_array(params, gone);
}

void parked_add_look(struct run *run, struct arena *arena)
{
    struct column_array *kinds = arena_new(arena, struct column_array);
    struct pg_params params = {0};

    column_array_init(kinds, COLUMN_TEXT, arena);
    for (size_t i = 0; i < run->service->lane_count; i++)
        if (run->service->lanes[i].refuse)
            column_add_text(kinds, str_of(kind_name(run->service->lanes[i].rules->kind)));
    claims_params(&run->claims, NULL, &params, arena);
    params_array(&params, kinds);
    params_long(&params, run->settings.parked_for_ms, arena);
    params_long(&params, run->upkeep.look.unknown_from, arena);
    add_secrets(run, &params, arena);
    pg_add(run->pg, &read_parked, &params);
}

/* What it is, now that somebody looks again; MSG_UNKNOWN when that has not changed. */
static enum msg_type type_of(struct run *run, const PGresult *rows, int row, struct arena *arena)
{
    enum msg_type type = msg_type_of(result_text(rows, row, TYPE));
    const void *body;
    int32_t schema_id;
    struct err err;

    if (type != MSG_UNKNOWN)
        return type;
    if (msg_decode(run->turn->plans, result_text(rows, row, VALUE), arena, &type, &body, &schema_id, &err) != ST_OK)
        return MSG_UNKNOWN;
    return type;
}

static struct claim *claim_of(struct run *run, const PGresult *rows, int row)
{
    for (size_t i = 0; i < run->claims.count; i++)
        if (str_is(result_text(rows, row, KIND), kind_name(run->claims.list[i].kind)) &&
            run->claims.list[i].part == result_int(rows, row, PART))
            return &run->claims.list[i];
    return NULL;
}

static void copy_text(const PGresult *rows, int row, int column, char *text, size_t size_bytes)
{
    struct str from = result_text(rows, row, column);

    snprintf(text, size_bytes, STR_FMT, STR_ARG(from));
}

static struct parked *read_row(const PGresult *rows, int row)
{
    struct parked *parked = calloc(1, sizeof(*parked));
    struct str topic = result_text(rows, row, TOPIC);

    if (!parked)
        abort();
    parked->topic = topic.len ? topic_named(topic) : TOPIC_NONE;
    parked->offset = result_long(rows, row, OFFSET);
    parked->seq = result_long(rows, row, SEQ);
    parked->fenced = result_bool(rows, row, FENCED);
    copy_text(rows, row, REASON, parked->reason, sizeof(parked->reason));
    copy_text(rows, row, DROP_REASON, parked->drop_reason, sizeof(parked->drop_reason));
    copy_text(rows, row, DROP_BY, parked->drop_by, sizeof(parked->drop_by));
    return parked;
}

/* False when nobody knows its type yet, and no person says anything about it. */
static bool put_in_line(struct run *run, const PGresult *rows, int row, struct arena *arena)
{
    enum msg_type type = type_of(run, rows, row, arena);
    struct claim *claim = claim_of(run, rows, row);
    bool asked = result_bool(rows, row, AGAIN);
    struct local *local;

    if (!claim || (type == MSG_UNKNOWN && !asked && !result_text(rows, row, DROP_REASON).len))
        return false;
    if (type == MSG_UNKNOWN && asked)
        schemas_hope(run);
    local = local_new(result_text(rows, row, KEY), result_text(rows, row, VALUE));
    local->type = type;
    local->claim = claim;
    local->parked = read_row(rows, row);
    local->id = local->correlation = result_id(rows, row, ID);
    local->time_ms = result_long(rows, row, HEARD_MS);
    headers_read_lines(result_text(rows, row, HEADERS), local);
    local_push(&run->local, local);
    return true;
}

static bool same_line(const PGresult *rows, int a, int b)
{
    struct str kind = result_text(rows, a, KIND);

    return str_equal(kind, result_text(rows, b, KIND)) &&
           (str_is(kind, kind_name(KIND_USER)) || str_is(kind, kind_name(KIND_PRODUCT))) &&
           str_equal(result_text(rows, a, KEY), result_text(rows, b, KEY));
}

void parked_looked(struct run *run, const PGresult *rows, struct arena *arena)
{
    int count = PQntuples(rows), *stays = arena_array(arena, (size_t)count + 1, sizeof(*stays)), stay_count = 0;

    for (int row = 0; row < count; row++) {
        bool blocked = false;

        for (int i = 0; i < stay_count && !blocked; i++)
            blocked = same_line(rows, stays[i], row);
        if (!blocked && !put_in_line(run, rows, row, arena))
            stays[stay_count++] = row;
    }
    run->upkeep.look.unknown_from = count == AT_ONCE ? result_long(rows, count - 1, SEQ) : 0;
}

void parked_take_out(struct run *run, const struct id *const *ids, size_t count, struct arena *arena)
{
    struct column_array *list = arena_new(arena, struct column_array);
    struct pg_params params = {0};

    if (!count)
        return;
    column_array_init(list, COLUMN_ID, arena);
    for (size_t i = 0; i < count; i++)
        column_add_id(list, ids[i]);
    params_array(&params, list);
    pg_add(run->pg, &take_out, &params);
    run->upkeep.next_us = 0;
}
