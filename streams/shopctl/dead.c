/* dead.c - shopctl dead: records that were no message to one reader, and what becomes of them.
 *
 * A dead letter never goes back to its topic, where everybody would hear it: it is put before that one reader, as a parked
 * message is, and its owner hears it or gives it up in a step of its own. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "run/headers.h"
#include "streams/shopctl/mend.h"
#include "streams/shopctl/tape.h"
#include "streams/shopctl/words.h"

static const char help[] =
    "shopctl dead list [--reader R] [--all] [--json]    dead letters that nobody has heard since; --all: those, too, and\n"
    "                                                   the copies of parked messages\n"
    "shopctl dead show ID [--reader R] [--json]         one, with its headers and its bytes\n"
    "shopctl dead redrive ID [--reader R]               that reader looks at it once more\n"
    "shopctl dead redrive --reader R --all\n"
    "shopctl dead drop ID --reason TEXT [--by NAME]     given up, as an event; it is not listed any more\n"
    "  --dry-run  tells what would be done    --yes  does not ask\n";

static const char *const words[] = {"list", "show", "redrive", "drop", NULL};

enum { LETTERS_MAX = 10000 };

struct letter {
    struct str reader, topic, key, reason, value, lines;
    struct str id, own_id; /* of the letter, by its coordinates; what the record itself says, or the same */
    int64_t offset, time_ms, died_ms;
    int32_t part;
    bool copy;   /* of a parked message */
    bool secret; /* nothing of it lies there but where it came from */
    bool cut;    /* only its beginning lies there */
    bool heard;  /* since, or given up: its reader's inbox has it */
};

struct letters {
    struct mend *mend;
    struct letter *list;
    size_t count;
    const char *topics[512];
    size_t topic_count;
};

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

/* What its reader has heard since, or has been told to forget, is in the reader's inbox for eight days. */
static void ask_heard(struct letters *letters)
{
    for (size_t i = 0; i < letters->count; i++) {
        struct letter *letter = &letters->list[i];
        const char *name = arena_printf(&letters->mend->arena, STR_FMT, STR_ARG(letter->reader)).ptr;
        struct database *database = database_named(&letters->mend->databases, name);
        const char *id = arena_printf(&letters->mend->arena, STR_FMT, STR_ARG(letter->own_id)).ptr;
        PGresult *rows = database ? database_rows(database, "SELECT FROM inbox WHERE id = $1::uuid", &id, 1) : NULL;

        letter->heard = rows && PQntuples(rows) > 0;
        PQclear(rows);
    }
}

static enum exit_code read_all(struct letters *letters)
{
    struct tape *tape = NULL;
    struct err err;
    enum status status = tape_open(&tape, &err);

    letters->list = calloc(LETTERS_MAX + 1, sizeof(*letters->list));
    if (!letters->list)
        abort();
    if (status == ST_OK) {
        tape_each_topic(tape, note_topic, letters);
        status = tape_read_topics(tape, letters->topics, letters->topic_count, -1, take, letters, &err);
        ask_heard(letters);
    }
    tape_close(tape);
    return status == ST_OK ? EXIT_DONE : give_up(status, &err);
}

/* --- list and show ------------------------------------------------------------------------------------------------ */

static json_t *as_json(struct letters *letters, const struct letter *letter)
{
    struct str hex = mend_hex(letter->value, &letters->mend->arena);
    struct str key = mend_hex(letter->key, &letters->mend->arena);

    return json_pack("{s:s%, s:s%, s:s%, s:i, s:I, s:s%, s:s%, s:I, s:b, s:b, s:b, s:s%}", "reader", letter->reader.ptr,
                     letter->reader.len, "id", letter->id.ptr, letter->id.len, "topic", letter->topic.ptr,
                     letter->topic.len, "partition", (int)letter->part, "offset", (json_int_t)letter->offset, "key",
                     key.ptr + 2, key.len - 2, "reason", letter->reason.ptr, letter->reason.len, "died_ms",
                     (json_int_t)letter->died_ms, "parked", (int)letter->copy, "heard_since", (int)letter->heard,
                     "left_out", (int)letter->secret, "bytes", hex.ptr + 2, hex.len - 2);
}

static void print_table(struct letters *letters)
{
    static const char *const head[] = {"reader", "id", "from", ">age", ">bytes", "because"};
    struct arena *arena = &letters->mend->arena;
    struct words_table table;

    words_table_init(&table, arena, head, 6);
    for (size_t i = 0; i < letters->count; i++) {
        const struct letter *letter = &letters->list[i];

        if (letter->heard && !letters->mend->all)
            continue;
        words_cell(&table, letter->reader);
        words_cell(&table, letter->id);
        words_cell(&table, arena_printf(arena, STR_FMT "/%d/%lld", STR_ARG(letter->topic), (int)letter->part,
                                        (long long)letter->offset));
        words_cell(&table, words_span(clock_wall_ms() - letter->died_ms, arena));
        words_number(&table, (int64_t)letter->value.len);
        words_cell(&table, arena_printf(arena, "%s" STR_FMT,
                                        letter->heard  ? "(settled since) "
                                        : letter->copy ? "(parked) "
                                                       : "",
                                        STR_ARG(letter->reason)));
    }
    if (table.count > table.columns)
        words_table_print(&table);
    else
        puts("No dead letters.");
}

static enum exit_code list(struct letters *letters)
{
    json_t *json;

    if (!letters->mend->json) {
        print_table(letters);
        return EXIT_DONE;
    }
    json = json_array();
    for (size_t i = 0; i < letters->count; i++)
        if (!letters->list[i].heard || letters->mend->all)
            json_array_append_new(json, as_json(letters, &letters->list[i]));
    json_dumpf(json, stdout, JSON_INDENT(1));
    puts("");
    json_decref(json);
    return EXIT_DONE;
}

static enum exit_code show(struct letters *letters, const struct letter *letter)
{
    struct str body = letter->secret ? STR("left out: its topic is secret") : mend_body(letters->mend, letter->value);
    struct str written = words_time(letter->time_ms, &letters->mend->arena);

    if (letters->mend->json) {
        json_t *json = as_json(letters, letter);

        json_dumpf(json, stdout, JSON_INDENT(1));
        puts("");
        json_decref(json);
        return EXIT_DONE;
    }
    printf("dead letter " STR_FMT " of " STR_FMT "\nfrom     " STR_FMT "/%d/%lld, written " STR_FMT
           "\nbecause  " STR_FMT "\nheaders\n" STR_FMT "body, as this version reads it\n  " STR_FMT "\n",
           STR_ARG(letter->id), STR_ARG(letter->reader), STR_ARG(letter->topic), (int)letter->part,
           (long long)letter->offset, STR_ARG(written), STR_ARG(letter->reason), STR_ARG(letter->lines), STR_ARG(body));
    return EXIT_DONE;
}

/* --- redrive and drop --------------------------------------------------------------------------------------------- */

static const char *text(struct letters *letters, struct str from)
{
    return arena_printf(&letters->mend->arena, STR_FMT, STR_ARG(from)).ptr;
}

/* A letter that is still none stays a dead letter: the row that it was put before its reader in goes again. */
static enum exit_code wait(struct letters *letters, struct database *database, const char *ids)
{
    bool dropping = letters->mend->reason != NULL;
    enum exit_code code = mend_wait(letters->mend, database, ids,
                                    dropping ? "It is dropped: MessageDropped is on operator.events." : "It is heard.");

    if (code == EXIT_REFUSED) {
        PQclear(database_change(database,
                                EFFECT("operator-take-back", "what is still no message is not put before it any more"),
                                "DELETE FROM parked WHERE id = ANY($1::uuid[]) AND type = 'Unknown' AND NOT again AND "
                                "drop_reason IS NULL RETURNING id",
                                &ids, 1));
        mend_outcome(
            letters->mend,
            "If it still is no message it stays a dead letter; if a rule refused it, it is parked: shopctl parked list");
    }
    return code;
}

static enum exit_code put(struct letters *letters, struct database *database, const struct letter *letter)
{
    const struct mend_record record = {.id = text(letters, letter->own_id),
                                       .topic = topic_named(letter->topic),
                                       .part = letter->part,
                                       .offset = letter->offset,
                                       .time_ms = letter->time_ms,
                                       .key = letter->key,
                                       .value = letter->value,
                                       .lines = letter->lines,
                                       .reason = letter->reason,
                                       .dropped = letters->mend->reason};
    PGresult *rows = mend_put(letters->mend, database, &record);
    enum exit_code code = EXIT_FAILED;

    if (!rows) {
        complain("%s: %s", database->name, database->why.text);
    } else if (PQntuples(rows) == 0) {
        complain("%s reads " STR_FMT " whole at each start: restart it, and it looks again", database->name,
                 STR_ARG(letter->topic));
        code = EXIT_REFUSED;
    } else {
        code = wait(letters, database, PQgetvalue(rows, 0, 0));
    }
    PQclear(rows);
    return code;
}

static enum exit_code settle(struct letters *letters, const struct letter *letter)
{
    struct database *database = database_named(&letters->mend->databases, text(letters, letter->reader));

    mend_outcome(letters->mend,
                 arena_printf(&letters->mend->arena, STR_FMT " of " STR_FMT ", " STR_FMT "/%d/%lld: " STR_FMT,
                              STR_ARG(letter->id), STR_ARG(letter->reader), STR_ARG(letter->topic), (int)letter->part,
                              (long long)letter->offset, STR_ARG(letter->reason))
                     .ptr);
    if (!database || topic_named(letter->topic) == TOPIC_NONE) {
        complain(STR_FMT " keeps no database: it hears its topics again by shopctl replay, or at its next start",
                 STR_ARG(letter->reader));
        return EXIT_REFUSED;
    }
    if (letter->secret && !letters->mend->reason) {
        complain("its topic is secret: what it said was not kept, and cannot be heard again from here");
        return EXIT_REFUSED;
    }
    if (letter->cut && !letters->mend->reason) {
        complain("only its first 512 KiB are kept: the whole of it lies where it came from");
        return EXIT_REFUSED;
    }
    return letters->mend->dry_run ? EXIT_DONE : put(letters, database, letter);
}

static enum exit_code act(struct letters *letters)
{
    bool dropping = strcmp(letters->mend->word, "drop") == 0, showing = strcmp(letters->mend->word, "show") == 0;
    enum exit_code code = EXIT_DONE;
    size_t found = 0;

    for (size_t i = 0; i < letters->count; i++) {
        const struct letter *letter = &letters->list[i];
        enum exit_code one;

        if (letters->mend->target ? !str_is(letter->id, letters->mend->target) : letter->heard || letter->copy)
            continue;
        found++;
        if (dropping && !letters->mend->dry_run && !mend_agreed(letters->mend, "Its reader will never hear it."))
            return EXIT_USAGE;
        one = showing ? show(letters, letter) : settle(letters, letter);
        code = one > code ? one : code;
    }
    if (found)
        return code;
    complain("there is no such dead letter");
    return EXIT_REFUSED;
}

static bool makes_sense(const struct mend *mend)
{
    bool dropping = strcmp(mend->word, "drop") == 0;

    if (dropping != (mend->reason != NULL) || (mend->reason && (!*mend->reason || strlen(mend->reason) > 200))) {
        complain("dropping needs --reason TEXT, of at most 200 bytes: it is written down for ever");
        return false;
    }
    if (!mend->target && !(strcmp(mend->word, "redrive") == 0 && mend->all && mend->reader)) {
        complain("say which: an id%s", dropping ? "" : ", or --reader R --all");
        return false;
    }
    return true;
}

enum exit_code dead(int argc, char **argv)
{
    struct mend mend;
    struct letters letters = {.mend = &mend};
    enum exit_code code;

    if (mend_begin(&mend, argc, argv, help, words, &code)) {
        bool listing = strcmp(mend.word, "list") == 0;

        if (!listing && !makes_sense(&mend))
            code = EXIT_USAGE;
        else
            code = read_all(&letters);
        if (code == EXIT_DONE)
            code = listing ? list(&letters) : act(&letters);
    }
    free(letters.list);
    mend_end(&mend);
    return code;
}
