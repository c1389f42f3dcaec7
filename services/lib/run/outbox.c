/* outbox.c - rows to records, reports to deletions. */
#include "run/outbox.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/counters.h"
#include "run/engine.h"

enum {
    READ_AT_ONCE = 1000,
    UNANSWERED_MAX = 20000,
    CLEAN_AFTER_US = 200000,
    DELETES_AT_ONCE = 5000,
    AGAIN_AFTER_US = 300000000
};

DEFINE_EFFECT(said, "say", "a message that a step said is produced");
DEFINE_EFFECT(deleting, "outbox-delete", "what was acknowledged, or found in its topic, is deleted between two steps");

/* What the producer hands back with its report. */
struct ticket {
    TAILQ_ENTRY(ticket) entry;
    struct id id;
    enum topic topic;
};

static const struct pg_statement write_rows = {
    "write_outbox",
    "INSERT INTO outbox (kind, part, seq, id, topic, key, value, headers) SELECT * FROM unnest($1::text[], "
    "$2::integer[], $3::bigint[], $4::uuid[], $5::text[], $6::bytea[], $7::bytea[], $8::text[]) "
    "ON CONFLICT (id) DO NOTHING"};

static const struct pg_statement delete_rows = {"delete_outbox", "DELETE FROM outbox WHERE id = ANY($1)"};

static const struct pg_statement read_rows = {
    "read_outbox", "SELECT o.seq, o.id, o.topic, o.key, o.value, o.headers FROM outbox o "
                   "JOIN unnest($1::text[], $2::integer[]) AS c (kind, part) USING (kind, part) "
                   "WHERE o.seq > $3 ORDER BY o.seq LIMIT 1000"};

void outbox_init(struct outbox *outbox, struct run *run)
{
    *outbox = (struct outbox){.run = run};
    TAILQ_INIT(&outbox->tickets);
    arena_init(&outbox->arena);
}

void outbox_release(struct outbox *outbox)
{
    struct ticket *ticket;

    while ((ticket = TAILQ_FIRST(&outbox->tickets))) {
        TAILQ_REMOVE(&outbox->tickets, ticket, entry);
        free(ticket);
    }
    free(outbox->done);
    arena_release(&outbox->arena);
    *outbox = (struct outbox){0};
}

bool outbox_open(const struct outbox *outbox)
{
    return !outbox->filling && outbox->unanswered < UNANSWERED_MAX;
}

void outbox_add(struct outbox *outbox, const struct outgoing *list, size_t count, struct arena *arena)
{
    enum { COLUMNS = 8 };
    static const int types[COLUMNS] = {COLUMN_TEXT, COLUMN_INT,   COLUMN_LONG,  COLUMN_ID,
                                       COLUMN_TEXT, COLUMN_BYTES, COLUMN_BYTES, COLUMN_TEXT};
    struct column_array *columns = arena_array(arena, COLUMNS, sizeof(*columns));
    struct pg_params params = {0};

    if (!count)
        return;
    for (int i = 0; i < COLUMNS; i++)
        column_array_init(&columns[i], types[i], arena);
    for (; list; list = list->next) {
        column_add_text(&columns[0], str_of(kind_name(list->claim->kind)));
        column_add_int(&columns[1], list->claim->part);
        column_add_long(&columns[2], list->claim->epoch << 32 | list->claim->said++);
        column_add_id(&columns[3], &list->id);
        column_add_text(&columns[4], str_of(list->topic));
        column_add_text(&columns[5], list->key);
        column_add_text(&columns[6], list->value);
        column_add_text(&columns[7], list->headers);
    }
    for (int i = 0; i < COLUMNS; i++)
        params_array(&params, &columns[i]);
    pg_add(outbox->run->pg, &write_rows, &params);
}

void outbox_add_deletes(struct outbox *outbox, struct arena *arena)
{
    struct column_array *ids;
    struct pg_params params = {0};

    outbox->deleting = outbox->done_count < DELETES_AT_ONCE ? outbox->done_count : DELETES_AT_ONCE;
    if (!outbox->deleting)
        return;
    ids = arena_new(arena, struct column_array);
    column_array_init(ids, COLUMN_ID, arena);
    for (size_t i = 0; i < outbox->deleting; i++)
        column_add_id(ids, &outbox->done[i].id);
    params_array(&params, ids);
    pg_add(outbox->run->pg, &delete_rows, &params);
    fold_add_known(outbox->run, outbox->done, outbox->deleting, arena);
}

void outbox_deleted(struct outbox *outbox, bool committed)
{
    if (committed && outbox->deleting) {
        outbox->done_count -= outbox->deleting;
        memmove(outbox->done, outbox->done + outbox->deleting, outbox->done_count * sizeof(*outbox->done));
        outbox->done_us = clock_steady_us();
    }
    outbox->deleting = 0;
}

/* A row that the broker refuses (no such topic, no right to write) stays, and is tried again from time to time. */
static void keep_stuck(struct outbox *outbox, const char *why)
{
    if (!outbox->again_us)
        log_error("rows of the outbox were refused, stay there, and are tried again in five minutes: %s", why);
    outbox->again_us = clock_steady_us() + AGAIN_AFTER_US;
}

/* False when the rest must wait: rows are to be read anew. */
static bool send_one(struct outbox *outbox, const char *topic, struct str key, struct str value, struct str headers,
                     const struct id *id)
{
    struct record record = {.topic = topic, .key = key, .value = value, .headers = headers};
    struct ticket *ticket = malloc(sizeof(*ticket));
    struct err err = {{0}};
    enum status status;

    if (!ticket)
        abort();
    *ticket = (struct ticket){.id = *id, .topic = topic_named(str_of(topic))};
    status = producer_send(outbox->run->producer, &said, &record, ticket, &err);
    if (status == ST_OK) {
        TAILQ_INSERT_TAIL(&outbox->tickets, ticket, entry);
        outbox->unanswered++;
        return true;
    }
    free(ticket);
    if (status == ST_RETRY)
        outbox_fill_anew(outbox);
    else
        keep_stuck(outbox, err.text);
    return status != ST_RETRY;
}

/* While rows are read anew, older ones are still to be sent: these are rows too by now, and come in their turn. */
void outbox_send(struct outbox *outbox, const struct outgoing *list)
{
    while (list && !outbox->filling && send_one(outbox, list->topic, list->key, list->value, list->headers, &list->id))
        list = list->next;
}

static void add_done(struct outbox *outbox, const struct done *done)
{
    if (outbox->done_count == outbox->done_size) {
        outbox->done_size = outbox->done_size ? 2 * outbox->done_size : 256;
        outbox->done = realloc(outbox->done, outbox->done_size * sizeof(*outbox->done));
        if (!outbox->done)
            abort();
    }
    if (!outbox->done_count)
        outbox->done_us = clock_steady_us();
    outbox->done[outbox->done_count++] = *done;
}

void outbox_found(struct outbox *outbox, const struct id *id)
{
    add_done(outbox, &(struct done){.id = *id, .topic = TOPIC_NONE});
}

void outbox_forget_places(struct outbox *outbox)
{
    for (size_t i = 0; i < outbox->done_count; i++)
        outbox->done[i].topic = TOPIC_NONE;
}

void outbox_report(void *context, void *ticket, enum status status, int32_t partition, int64_t offset, const char *why)
{
    struct run *run = context;
    struct outbox *outbox = &run->outbox;
    struct ticket *answered = ticket;

    effect_answered(&said);
    outbox->unanswered--;
    if (status == ST_OK) {
        bool claimed = run->state == ENGINE_FILLING || run->state == ENGINE_STEPPING;

        add_done(outbox, &(struct done){.id = answered->id,
                                        .topic = claimed ? answered->topic : TOPIC_NONE,
                                        .part = partition,
                                        .offset = offset});
    } else if (status == ST_RETRY) {
        outbox_fill_anew(outbox);
    } else {
        keep_stuck(outbox, why);
    }
    TAILQ_REMOVE(&outbox->tickets, answered, entry);
    free(answered);
    if (!outbox->unanswered)
        engine_kick(run);
}

void outbox_fill_anew(struct outbox *outbox)
{
    outbox->filling = true;
    outbox->read_to = INT64_MIN;
}

static void send_rows(struct outbox *outbox, const PGresult *rows)
{
    int count = PQntuples(rows);
    bool goes = true;

    outbox->filling = count == READ_AT_ONCE;
    if (count) {
        log_info("sending %d messages that the outbox still held", count);
        outbox->read_to = result_long(rows, count - 1, 0);
    }
    for (int i = 0; i < count && goes; i++) {
        struct id id = result_id(rows, i, 1);
        struct str topic = arena_copy(&outbox->arena, result_text(rows, i, 2));

        goes = send_one(outbox, topic.ptr, result_text(rows, i, 3), result_text(rows, i, 4), result_text(rows, i, 5),
                        &id);
    }
    arena_clear(&outbox->arena);
}

static void cleaned(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct outbox *outbox = context;

    outbox->run->busy = false;
    outbox_deleted(outbox, status == ST_OK);
    arena_clear(&outbox->arena);
    if (status == ST_OK)
        engine_go(outbox->run);
    else if (!answer->lost)
        engine_back_off(outbox->run, err);
}

static void filled(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct outbox *outbox = context;
    struct run *run = outbox->run;
    const PGresult *rows;

    run->busy = false;
    outbox_deleted(outbox, status == ST_OK);
    arena_clear(&outbox->arena);
    if (answer->lost)
        return;
    if (status != ST_OK) {
        engine_back_off(run, err);
        return;
    }
    engine_went_well(run);
    rows = answer->results[answer->count - 1];
    send_rows(outbox, rows);
    engine_go(run);
}

bool outbox_fill(struct outbox *outbox)
{
    struct pg_params params = {0};

    if (outbox->again_us && clock_steady_us() > outbox->again_us)
        outbox_fill_anew(outbox);
    if (!outbox->filling)
        return false;
    outbox->again_us = 0;
    if (outbox->read_to == INT64_MIN && outbox->unanswered)
        return true; /* the reports come, and go on from there */
    outbox_add_deletes(outbox, &outbox->arena);
    if (outbox->deleting < outbox->done_count) { /* many were found in their topics: none of them is to be sent */
        outbox->run->busy = true;
        pg_send(outbox->run->pg, &deleting, cleaned, outbox);
        return true;
    }
    claims_params(&outbox->run->claims, NULL, &params, &outbox->arena);
    params_long(&params, outbox->read_to, &outbox->arena);
    pg_add(outbox->run->pg, &read_rows, &params);
    outbox->run->busy = true;
    pg_send(outbox->run->pg, EFFECT("outbox-read", "the outbox is read, what was acknowledged is deleted"), filled,
            outbox);
    return true;
}

bool outbox_clean(struct outbox *outbox, bool now)
{
    if (!outbox->done_count || (!now && clock_steady_us() - outbox->done_us < CLEAN_AFTER_US))
        return false;
    outbox_add_deletes(outbox, &outbox->arena);
    outbox->run->busy = true;
    pg_send(outbox->run->pg, &deleting, cleaned, outbox);
    return true;
}
