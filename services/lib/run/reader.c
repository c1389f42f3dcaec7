/* reader.c - a consumer without a group: partitions are assigned once, by hand.
 *
 * A refused record's dead letter is acknowledged before the next record is heard: no position that anybody keeps can
 * overtake it. */
#include "run/reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "run/decode.h"
#include "run/letter.h"
#include "run/metrics.h"

enum { AT_ONCE = 500 };

DEFINE_EFFECT(dead, "dead-letter", "a record that is no message is produced as a dead letter");

struct part {
    enum topic topic;
    int32_t partition;
    int64_t next_offset; /* -1: nothing heard yet */
    int64_t first;       /* that was heard; -1: none */
    bool ended;
};

struct reader {
    struct event_base *base;
    struct kafka kafka;
    reader_hear_fn *hear;
    reader_pause_fn *pause, *complete;
    int64_t (*start)(void *context, enum topic topic, int32_t partition);
    void *context;
    rd_kafka_t *client;
    struct kafka_wake *wake;
    struct plans *plans;
    struct arena arena;
    struct part *parts;
    size_t part_count, ended_count;
    bool halted, down, reads_all, only_looks;
    struct err last;
    struct producer *producer; /* of dead letters; NULL before the first */
    struct record letter;      /* while refused: what is not acknowledged, in letter_arena */
    struct msg aside;          /* where that came from; its offset is -1 when it is going to be heard again */
    struct arena letter_arena;
    bool refused, sent, settled;
    struct metric *dead;
};

static struct part *find_part(struct reader *reader, const rd_kafka_message_t *record)
{
    enum topic topic = topic_named(str_of(rd_kafka_topic_name(record->rkt)));

    for (size_t i = 0; i < reader->part_count; i++)
        if (reader->parts[i].topic == topic && reader->parts[i].partition == record->partition)
            return &reader->parts[i];
    return NULL;
}

static void note_end(struct reader *reader, struct part *part)
{
    if (part->ended)
        return;
    part->ended = true;
    if (++reader->ended_count == reader->part_count && reader->complete) {
        reader->complete(reader->context);
        reader->complete = NULL;
    }
}

/* Whatever became of it, the partition goes on, behind it. */
static void settle(struct reader *reader, enum status status, const char *why)
{
    reader->settled = reader->aside.offset >= 0;
    if (status == ST_REJECT)
        log_error("a dead letter for %s is lost: %s", reader->letter.topic, why);
    arena_clear(&reader->letter_arena);
    reader->refused = false;
}

static void reported(void *context, void *ticket, enum status status, int32_t partition, int64_t offset,
                     const char *why)
{
    struct reader *reader = context;

    (void)ticket;
    (void)partition;
    (void)offset;
    effect_answered(&dead);
    reader->sent = false;
    if (status != ST_RETRY)
        settle(reader, status, why);
    kafka_wake_again(reader->wake);
}

/* What cannot be sent now is tried again at the next wake, within a second. */
static void send_letter(struct reader *reader)
{
    struct err err = {{0}};
    enum status status = ST_OK;

    if (!reader->producer)
        status = producer_open(reader->base, &reader->kafka, reported, reader, &reader->producer, &err);
    if (status == ST_OK)
        status = producer_send(reader->producer, &dead, &reader->letter, NULL, &err);
    reader->sent = status == ST_OK;
    if (status == ST_REJECT)
        settle(reader, status, err.text);
    else if (status != ST_OK)
        log_warning("a dead letter waits: %s", err.text);
}

static void refuse(struct reader *reader, const rd_kafka_message_t *record, const struct msg *heard, const char *why)
{
    const struct log_context where = {.topic = str_of(rd_kafka_topic_name(record->rkt)),
                                      .key = heard->key,
                                      .partition = record->partition,
                                      .offset = record->offset};
    struct arena *arena = &reader->letter_arena;

    if (reader->only_looks) {
        log_at(LOG_WARNING, &where, "is passed over: %s", why);
        return;
    }
    metric_add(reader->dead, 1);
    log_at(LOG_WARNING, &where, "is a dead letter: %s", why);
    reader->letter = letter_of(record, heard, reader->kafka.name, "dead", why, arena);
    reader->letter.key = arena_copy(arena, reader->letter.key);
    reader->letter.value = arena_copy(arena, reader->letter.value);
    reader->aside = (struct msg){.type = MSG_UNKNOWN,
                                 .time_ms = heard->time_ms,
                                 .topic = heard->topic,
                                 .partition = heard->partition,
                                 .offset = heard->offset};
    reader->refused = true;
    send_letter(reader);
}

static void hear(struct reader *reader, const rd_kafka_message_t *record)
{
    struct err err = {{0}};
    struct msg heard;
    int32_t schema_id;
    enum status status = decode_record(reader->plans, record, &reader->arena, &heard, &schema_id, &err);

    if (status == ST_REJECT || (status == ST_RETRY && reader->reads_all))
        refuse(reader, record, &heard, err.text);
    else
        reader->hear(reader->context, &heard, (struct str){record->payload, record->len});
}

static void take(struct reader *reader, const rd_kafka_message_t *record)
{
    struct part *part = record->rkt ? find_part(reader, record) : NULL;

    if (record->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && part) {
        part->next_offset = record->offset;
        note_end(reader, part);
    } else if (record->err) {
        err_set(&reader->last, ST_RETRY, "%s", rd_kafka_message_errstr(record));
    } else if (part && record->offset >= part->next_offset) {
        hear(reader, record);
        if (part->first < 0)
            part->first = record->offset;
        part->next_offset = record->offset + 1;
    }
}

static void serve(void *context)
{
    struct reader *reader = context;
    rd_kafka_message_t *record;
    int count = 0;

    if (reader->refused && !reader->sent)
        send_letter(reader);
    if (reader->settled && !reader->halted) {
        reader->hear(reader->context, &reader->aside, (struct str){0});
        reader->settled = false;
        count++;
    }
    while (!reader->halted && !reader->refused && count < AT_ONCE &&
           (record = rd_kafka_consumer_poll(reader->client, 0))) {
        take(reader, record);
        rd_kafka_message_destroy(record);
        count++;
    }
    arena_clear(&reader->arena);
    if (count && reader->pause)
        reader->pause(reader->context);
    if (count == AT_ONCE)
        kafka_wake_again(reader->wake);
}

static void failed(rd_kafka_t *client, int code, const char *why, void *context)
{
    struct reader *reader = context;

    (void)client;
    err_set(&reader->last, ST_RETRY, "%s", why);
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        reader->down = true;
}

static int measured(rd_kafka_t *client, char *json, size_t len, void *context)
{
    struct reader *reader = context;

    (void)client;
    (void)len;
    reader->down = !kafka_is_up(json);
    return 0;
}

static void list_parts(struct reader *reader, const struct reader_from *from)
{
    for (size_t i = 0; i < from->topic_count; i++)
        reader->part_count += (size_t)kind_partitions(topic_kind(from->topics[i]));
    reader->parts = calloc(reader->part_count, sizeof(*reader->parts));
    if (!reader->parts)
        abort();
    for (size_t i = 0, used = 0; i < from->topic_count; i++)
        for (int32_t p = 0; p < kind_partitions(topic_kind(from->topics[i])); p++)
            reader->parts[used++] = (struct part){
                .topic = from->topics[i], .partition = p, .next_offset = -1, .first = -1};
}

static int64_t start_of(const struct reader *reader, const struct part *part)
{
    int64_t offset = reader->start ? reader->start(reader->context, part->topic, part->partition) : -1;

    return offset >= 0 ? offset : RD_KAFKA_OFFSET_BEGINNING;
}

static rd_kafka_topic_partition_list_t *positions(const struct reader *reader)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)reader->part_count);

    for (size_t i = 0; i < reader->part_count; i++) {
        const struct part *part = &reader->parts[i];
        int64_t offset = part->next_offset >= 0 ? part->next_offset : start_of(reader, part);

        rd_kafka_topic_partition_list_add(list, topic_name(part->topic), part->partition)->offset = offset;
    }
    return list;
}

static void assign(struct reader *reader)
{
    rd_kafka_topic_partition_list_t *list = positions(reader);
    rd_kafka_resp_err_t code = rd_kafka_assign(reader->client, list);

    if (code)
        err_set(&reader->last, ST_RETRY, "assigning partitions: %s", rd_kafka_err2str(code));
    rd_kafka_topic_partition_list_destroy(list);
}

static enum status start(struct reader *reader, struct err *err)
{
    rd_kafka_conf_t *conf = kafka_conf(&reader->kafka, KAFKA_CONSUMER);
    char text[256];

    snprintf(text, sizeof(text), "%s.reader", reader->kafka.name);
    kafka_set(conf, "group.id", text);
    kafka_set(conf, "auto.offset.reset", "earliest");
    rd_kafka_conf_set_error_cb(conf, failed);
    rd_kafka_conf_set_stats_cb(conf, measured);
    rd_kafka_conf_set_opaque(conf, reader);
    reader->client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text));
    if (!reader->client) {
        rd_kafka_conf_destroy(conf);
        return err_set(err, ST_FATAL, "no Kafka consumer: %s", text);
    }
    rd_kafka_set_log_queue(reader->client, NULL);
    rd_kafka_poll_set_consumer(reader->client);
    return ST_OK;
}

enum status reader_open(struct event_base *base, const struct kafka *kafka, const struct reader_from *from,
                        reader_hear_fn *hear_record, reader_pause_fn *ended, void *context, struct reader **reader,
                        struct err *err)
{
    struct reader *opened = calloc(1, sizeof(*opened));
    enum status status;

    if (!opened)
        abort();
    *opened = (struct reader){.base = base,
                              .kafka = *kafka,
                              .hear = hear_record,
                              .pause = ended,
                              .context = context,
                              .start = from->start,
                              .reads_all = from->reads_all,
                              .only_looks = from->only_looks};
    err_set(&opened->last, ST_RETRY, "no broker has answered yet");
    arena_init(&opened->arena);
    arena_init(&opened->letter_arena);
    status = start(opened, err);
    if (status != ST_OK) {
        free(opened);
        return status;
    }
    opened->plans = plans_open();
    opened->dead = metric_counter("shop_dead_letters_total", "Records that are no messages.", NULL);
    list_parts(opened, from);
    assign(opened);
    opened->wake = kafka_wake_open(base, rd_kafka_queue_get_consumer(opened->client), serve, opened);
    *reader = opened;
    return ST_OK;
}

void reader_close(struct reader *reader)
{
    if (!reader)
        return;
    producer_close(reader->producer);
    kafka_wake_close(reader->wake);
    rd_kafka_destroy_flags(reader->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    plans_close(reader->plans);
    arena_release(&reader->arena);
    arena_release(&reader->letter_arena);
    free(reader->parts);
    free(reader);
}

bool reader_complete(const struct reader *reader)
{
    return reader->ended_count == reader->part_count;
}

void reader_on_complete(struct reader *reader, reader_pause_fn *complete)
{
    if (reader_complete(reader))
        complete(reader->context);
    else
        reader->complete = complete;
}

void reader_halt(struct reader *reader)
{
    reader->halted = true;
}

void reader_resume(struct reader *reader)
{
    reader->halted = false;
    kafka_wake_again(reader->wake);
}

void reader_rewind(struct reader *reader)
{
    for (struct part *part = reader->parts; part < reader->parts + reader->part_count; part++) {
        part->next_offset = -1;
        part->ended = false;
    }
    reader->ended_count = 0;
    reader->aside.offset = -1;
    reader->settled = false;
    assign(reader);
}

void reader_progress(const struct reader *reader, int64_t *done, int64_t *whole)
{
    bool all = true;
    int64_t low, end = -1;

    *done = *whole = 0;
    for (const struct part *part = reader->parts; part < reader->parts + reader->part_count; part++) {
        int64_t from = part->first >= 0 ? part->first : part->next_offset;
        bool known = !rd_kafka_get_watermark_offsets(reader->client, topic_name(part->topic), part->partition, &low,
                                                     &end);

        all = all && known && part->next_offset >= 0 && end >= 0;
        *done += part->next_offset - from;
        *whole += (end > part->next_offset ? end : part->next_offset) - from;
    }
    *whole = all ? *whole : -1;
}

int64_t reader_lag(const struct reader *reader)
{
    int64_t done, whole;

    reader_progress(reader, &done, &whole);
    return whole < 0 ? -1 : whole - done;
}

bool reader_ready(void *context, struct err *why)
{
    const struct reader *reader = context;

    if (reader->down || !reader->ended_count)
        err_set(why, ST_RETRY, "Kafka at %s: %s", reader->kafka.bootstrap, reader->last.text);
    else if (!reader_complete(reader))
        err_set(why, ST_RETRY, "%zu of %zu partitions have been read to their ends", reader->ended_count,
                reader->part_count);
    return !reader->down && reader_complete(reader);
}
