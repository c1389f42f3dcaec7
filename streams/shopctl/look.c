/* look.c - gathering it: first the databases, then Redis for the views, then the broker. */
#include "streams/shopctl/look.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "streams/shopctl/shopctl.h"

enum { CRASH_LOOP = 3 };

static struct stand *add_stand(struct look *look, const struct reader_look *reader, enum topic topic, int32_t part)
{
    if (look->stand_count == look->stand_room) {
        look->stand_room = look->stand_room * 2 + 128;
        look->stands = reallocarray(look->stands, look->stand_room, sizeof(*look->stands));
        if (!look->stands)
            abort();
    }
    look->stands[look->stand_count] = (struct stand){.reader = reader,
                                                     .topic = topic,
                                                     .part = part,
                                                     .position = -1,
                                                     .start = -1,
                                                     .end = -1,
                                                     .committed = -1,
                                                     .behind = -1};
    return &look->stands[look->stand_count++];
}

/* --- databases ---------------------------------------------------------------------------------------------------- */

static void read_state(struct database *database, struct reader_look *reader)
{
    static const char sql[] =
        "SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1), "
        "(SELECT count(*) FROM outbox), (SELECT count(*) FROM parked), "
        "(extract(epoch FROM now()) * 1000)::bigint";
    const char *const name[] = {reader->name};
    PGresult *rows = database_rows(database, sql, name, 1);

    if (!rows)
        return;
    reader->connected = database_long(rows, 0, 0);
    reader->outbox = database_long(rows, 0, 1);
    reader->parked = database_long(rows, 0, 2);
    reader->now_ms = database_long(rows, 0, 3);
    PQclear(rows);
}

static void copy_field(char *to, size_t size, const PGresult *rows, int row, int column)
{
    snprintf(to, size, "%s", PQgetvalue(rows, row, column));
}

static void read_holdings(struct database *database, struct reader_look *reader)
{
    static const char sql[] =
        "SELECT c.kind, c.part, c.epoch, c.tries, c.suspect, coalesce(d.due_ms, 0), coalesce(d.type, '') FROM claim c "
        "LEFT JOIN LATERAL (SELECT due_ms, type FROM deadline WHERE kind = c.kind AND part = c.part "
        "ORDER BY due_ms LIMIT 1) d ON true ORDER BY c.kind, c.part";
    PGresult *rows = database_rows(database, sql, NULL, 0);

    for (int row = 0; rows && row < PQntuples(rows) && reader->holding_count < HOLDINGS_MAX; row++) {
        struct holding *holding = &reader->holdings[reader->holding_count++];

        copy_field(holding->kind, sizeof(holding->kind), rows, row, 0);
        holding->part = (int32_t)database_long(rows, row, 1);
        holding->epoch = database_long(rows, row, 2);
        holding->tries = database_long(rows, row, 3);
        copy_field(holding->suspect, sizeof(holding->suspect), rows, row, 4);
        holding->due_ms = database_long(rows, row, 5);
        copy_field(holding->due, sizeof(holding->due), rows, row, 6);
    }
    PQclear(rows);
}

static bool claims_kind(const struct reader_look *reader, enum kind kind)
{
    for (size_t i = 0; i < reader->holding_count; i++)
        if (strcmp(reader->holdings[i].kind, kind_name(kind)) == 0)
            return true;
    return false;
}

static bool is_read_by(enum topic topic, const char *name)
{
    for (const char *const *reader = topic_info(topic)->readers; *reader; reader++)
        if (strcmp(*reader, name) == 0)
            return true;
    return false;
}

/* A topic of which there is no position at all is one that was not heard yet; or, where it is compacted, one that is
 * followed in memory and has none. */
static void add_topic(struct look *look, const struct reader_look *reader, enum topic topic, const PGresult *rows)
{
    bool heard = false;

    for (int row = 0; row < PQntuples(rows); row++)
        heard = heard || str_is(database_text(rows, row, 0), topic_name(topic));
    if (!heard &&
        (topic_info(topic)->compacted || !claims_kind(reader, topic_kind(topic)) || !is_read_by(topic, reader->name)))
        return;
    for (int32_t part = 0; part < kind_partitions(topic_kind(topic)); part++) {
        struct stand *stand = add_stand(look, reader, topic, part);

        for (int row = 0; row < PQntuples(rows); row++)
            if (str_is(database_text(rows, row, 0), topic_name(topic)) && database_long(rows, row, 1) == part)
                stand->position = database_long(rows, row, 2);
    }
}

static void read_reader(struct look *look, struct database *database, struct reader_look *reader)
{
    PGresult *rows;

    snprintf(reader->name, sizeof(reader->name), "%s", database->name);
    read_state(database, reader);
    read_holdings(database, reader);
    rows = database_rows(database, "SELECT topic, part, next_offset FROM position", NULL, 0);
    for (int topic = TOPIC_NONE + 1; rows && topic < TOPIC_COUNT; topic++)
        add_topic(look, reader, (enum topic)topic, rows);
    reader->away = !rows;
    reader->why = database->why;
    PQclear(rows);
}

/* --- the views ---------------------------------------------------------------------------------------------------- */

static void take_views(struct look *look, const struct reader_look *reader, const redisReply *reply)
{
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_COUNT; topic++) {
        if (!is_read_by((enum topic)topic, reader->name))
            continue;
        for (int32_t part = 0; part < kind_partitions(topic_kind((enum topic)topic)); part++) {
            struct stand *stand = add_stand(look, reader, (enum topic)topic, part);
            char field[96];

            snprintf(field, sizeof(field), "%s/%d", topic_name((enum topic)topic), (int)part);
            for (size_t i = 0; i + 1 < reply->elements; i += 2)
                if (strcmp(reply->element[i]->str, field) == 0)
                    stand->position = strtoll(reply->element[i + 1]->str, NULL, 10);
        }
    }
}

static void read_views(struct look *look, struct reader_look *reader)
{
    redisContext *link;
    redisReply *reply = NULL;

    *reader = (struct reader_look){.name = "views", .views = true, .away = true, .now_ms = clock_wall_ms()};
    link = database_redis(&reader->why);
    if (link)
        /* READS */
        reply = redisCommand(link, "HGETALL views:positions");
    if (reply && reply->type == REDIS_REPLY_ARRAY) {
        reader->away = false;
        take_views(look, reader, reply);
    } else if (link) {
        err_set(&reader->why, ST_RETRY, "Redis does not tell the views' positions: %s", link->errstr);
    }
    freeReplyObject(reply);
    if (link)
        redisFree(link);
}

/* --- the broker --------------------------------------------------------------------------------------------------- */

static bool note_oldest(void *context, const rd_kafka_message_t *record)
{
    rd_kafka_timestamp_type_t type;

    *(int64_t *)context = rd_kafka_message_timestamp(record, &type);
    return false;
}

static void measure(struct look *look, struct stand *stand)
{
    const char *name = topic_name(stand->topic);
    int64_t first = stand->position;
    struct err err;

    for (size_t i = 0; i < look->stand_count && stand->end < 0; i++)
        if (look->stands[i].topic == stand->topic && look->stands[i].part == stand->part && look->stands[i].end >= 0) {
            stand->start = look->stands[i].start;
            stand->end = look->stands[i].end;
        }
    if (stand->end < 0 && tape_ends(look->tape, name, stand->part, &stand->start, &stand->end, &look->why) != ST_OK) {
        tape_close(look->tape); /* who was waited for once is away, also for the others */
        look->tape = NULL;
        return;
    }
    if (first < stand->start)
        first = stand->start;
    stand->behind = stand->end > first ? stand->end - first : 0;
    if (stand->behind > 0) {
        const struct tape_range range = {name, stand->part, first, stand->end};

        if (tape_read(look->tape, &range, 1, note_oldest, &stand->oldest_ms, &err) != ST_OK)
            stand->oldest_ms = 0;
    }
}

static void take_committed(struct look *look, const struct reader_look *reader,
                           const rd_kafka_topic_partition_list_t *list)
{
    for (size_t i = 0; i < look->stand_count; i++)
        for (int k = 0; look->stands[i].reader == reader && k < list->cnt; k++)
            if (list->elems[k].partition == look->stands[i].part && list->elems[k].offset >= 0 &&
                strcmp(list->elems[k].topic, topic_name(look->stands[i].topic)) == 0)
                look->stands[i].committed = list->elems[k].offset;
}

/* What it told Kafka under its name; it is the tools' to see, and nobody reads on from there. */
static void read_committed(struct look *look, const struct reader_look *reader)
{
    rd_kafka_queue_t *answers = rd_kafka_queue_new(tape_client(look->tape));
    rd_kafka_ListConsumerGroupOffsets_t *ask = rd_kafka_ListConsumerGroupOffsets_new(reader->name, NULL);
    rd_kafka_event_t *event;
    size_t count = 0;

    rd_kafka_ListConsumerGroupOffsets(tape_client(look->tape), &ask, 1, NULL, answers);
    event = rd_kafka_queue_poll(answers, tape_patience_ms(look->tape));
    if (event && !rd_kafka_event_error(event)) {
        const rd_kafka_group_result_t **groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
            rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);

        for (size_t i = 0; i < count; i++)
            if (rd_kafka_group_result_partitions(groups[i]))
                take_committed(look, reader, rd_kafka_group_result_partitions(groups[i]));
    }
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_ListConsumerGroupOffsets_destroy(ask);
    rd_kafka_queue_destroy(answers);
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static enum status read_readers(struct look *look, const char *only, struct err *err)
{
    look->readers = calloc(look->databases.count + 1, sizeof(*look->readers));
    if (!look->readers)
        abort();
    for (size_t i = 0; i < look->databases.count; i++)
        if (!only || strcmp(only, look->databases.list[i].name) == 0)
            read_reader(look, &look->databases.list[i], &look->readers[look->reader_count++]);
    if (!only || strcmp(only, "views") == 0)
        read_views(look, &look->readers[look->reader_count++]);
    return look->reader_count ? ST_OK : err_set(err, ST_FATAL, "there is no reader %s", only);
}

enum status look_open(struct look *look, const char *reader, struct err *err)
{
    enum status status;

    *look = (struct look){0};
    status = databases_open(&look->databases, err);
    if (status == ST_OK)
        status = read_readers(look, reader, err);
    if (status != ST_OK)
        return status;
    status = tape_open(&look->tape, &look->why);
    if (status == ST_FATAL)
        return err_set(err, status, "%s", look->why.text);
    if (!look->tape)
        return ST_OK;
    for (size_t i = 0; i < look->stand_count && look->tape; i++)
        measure(look, &look->stands[i]);
    for (size_t i = 0; i < look->reader_count && look->tape; i++)
        if (!look->readers[i].views)
            read_committed(look, &look->readers[i]);
    return ST_OK;
}

void look_close(struct look *look)
{
    tape_close(look->tape);
    databases_close(&look->databases);
    free(look->readers);
    free(look->stands);
    *look = (struct look){0};
}

struct str look_reason(const struct reader_look *reader, struct arena *arena)
{
    const char *name = reader->name;

    if (reader->away)
        return arena_printf(arena, "%s is away: %s", reader->views ? "Redis" : "its database", reader->why.text);
    for (size_t i = 0; i < reader->holding_count; i++) {
        const struct holding *holding = &reader->holdings[i];

        if (holding->tries > CRASH_LOOP)
            return arena_printf(arena, "it dies again and again on partition %d of %s keys: %s", (int)holding->part,
                                holding->kind, holding->suspect[0] ? holding->suspect : "it looks for the message");
    }
    if (!reader->views && reader->connected == 0)
        return arena_printf(arena, "no process of it is connected to its database: make status; make logs S=%s", name);
    if (reader->outbox > 0)
        return arena_printf(arena, "it has %" PRId64 " messages that Kafka has not taken yet: make logs S=%s",
                            reader->outbox, name);
    return arena_printf(arena, "it is at work, or waits for somebody: make logs S=%s", name);
}
