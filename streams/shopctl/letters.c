/* letters.c - reads all dead-letter topics, and asks each reader's inbox what it has heard since. */
#include "streams/shopctl/letters.h"

#include <stdlib.h>
#include <string.h>

#include "run/headers.h"
#include "streams/shopctl/dropped.h"

enum { LETTERS_MAX = 10000 };

static struct str keep(struct letters *letters, const void *bytes, size_t len)
{
    return arena_copy(&letters->mend->arena, (struct str){bytes, len});
}

/* The record's own comes first, then the one that it was given here. */
static void take_id(struct letter *letter, struct str text)
{
    struct id id;

    if (!id_parse(text, &id))
        return;
    letter->own_id = letter->own_id.len ? letter->own_id : text;
    letter->id = text;
}

static void take_header(struct letters *letters, struct letter *letter, const char *name, struct str value)
{
    struct str text = keep(letters, value.ptr, value.len);

    if (strcmp(name, "ce-id") == 0)
        take_id(letter, text);
    else if (strcmp(name, "dlt-topic") == 0)
        letter->topic = text;
    else if (strcmp(name, "dlt-reason") == 0)
        letter->reason = text;
    else if (strcmp(name, "dlt-partition") == 0)
        letter->part = (int32_t)strtol(text.ptr, NULL, 10);
    else if (strcmp(name, "dlt-offset") == 0)
        letter->offset = strtoll(text.ptr, NULL, 10);
    else if (strcmp(name, "dlt-time-ms") == 0)
        letter->time_ms = strtoll(text.ptr, NULL, 10);
    else if (strcmp(name, "dlt-outcome") == 0)
        letter->copy = str_is(text, "parked");
    else if (strcmp(name, "dlt-bytes") == 0)
        letter->cut = true;
    else if (strcmp(name, "dlt-left-out") == 0)
        letter->secret = true;
}

static bool known(const struct letters *letters, const struct letter *letter)
{
    for (size_t i = 0; i < letters->count; i++)
        if (str_equal(letters->list[i].id, letter->id) && str_equal(letters->list[i].reader, letter->reader))
            return true;
    return false;
}

/* "<topic>.<reader>.dlt": what is left between the record's own topic and the ending is the reader. */
static struct str reader_of(struct letters *letters, const char *topic, struct str source)
{
    size_t len = strlen(topic);

    return len > source.len + 5 ? keep(letters, topic + source.len + 1, len - source.len - 5) : STR("");
}

static bool take(void *context, const rd_kafka_message_t *record)
{
    struct letters *letters = context;
    struct letter *letter = &letters->list[letters->count];
    rd_kafka_timestamp_type_t type;
    rd_kafka_headers_t *headers;
    const char *name;
    const void *value;
    size_t len;

    *letter = (struct letter){.key = keep(letters, record->key, record->key_len),
                              .value = keep(letters, record->payload, record->len),
                              .lines = headers_lines(record, &letters->mend->arena),
                              .died_ms = rd_kafka_message_timestamp(record, &type)};
    if (rd_kafka_message_headers(record, &headers) == 0)
        for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &len) == 0; i++)
            take_header(letters, letter, name, (struct str){value, len});
    letter->reader = reader_of(letters, rd_kafka_topic_name(record->rkt), letter->topic);
    if (letters->mend->reader && !str_is(letter->reader, letters->mend->reader))
        return true;
    if (letter->id.len && letter->topic.len && (!letter->copy || letters->mend->all) && !known(letters, letter))
        letters->count++;
    return letters->count < LETTERS_MAX;
}

static void note_topic(void *context, const char *topic)
{
    struct letters *letters = context;
    size_t len = strlen(topic);

    if (len > 4 && strcmp(topic + len - 4, ".dlt") == 0 && letters->topic_count < 512)
        letters->topics[letters->topic_count++] = keep(letters, topic, len + 1).ptr;
}

/* What its reader has heard since, or has been told to forget, is in the reader's inbox for eight days; who has none is
 * spoken for. */
static void ask_heard(struct letters *letters, const struct dropped *dropped)
{
    for (size_t i = 0; i < letters->count; i++) {
        struct letter *letter = &letters->list[i];
        const char *name = arena_printf(&letters->mend->arena, STR_FMT, STR_ARG(letter->reader)).ptr;
        struct database *database = database_named(&letters->mend->databases, name);
        const char *id = arena_printf(&letters->mend->arena, STR_FMT, STR_ARG(letter->own_id)).ptr;
        PGresult *rows = database ? database_rows(database, "SELECT FROM inbox WHERE id = $1::uuid", &id, 1) : NULL;

        letter->heard = database ? rows && PQntuples(rows) > 0 : dropped_has(dropped, letter->reader, letter->own_id);
        PQclear(rows);
    }
}

enum exit_code letters_read(struct letters *letters)
{
    struct tape *tape = NULL;
    struct dropped *dropped = NULL;
    struct err err;
    enum status status = tape_open(&tape, &err);

    letters->list = calloc(LETTERS_MAX + 1, sizeof(*letters->list));
    if (!letters->list)
        abort();
    if (status == ST_OK) {
        tape_each_topic(tape, note_topic, letters);
        status = tape_read_topics(tape, letters->topics, letters->topic_count, -1, take, letters, &err);
    }
    if (status == ST_OK)
        status = dropped_read(tape, &dropped, &err);
    if (status == ST_OK)
        ask_heard(letters, dropped);
    dropped_free(dropped);
    tape_close(tape);
    return status == ST_OK ? EXIT_DONE : give_up(status, &err);
}
