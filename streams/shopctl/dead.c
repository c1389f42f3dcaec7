/* dead.c - shopctl dead: records that were no message to one reader, and what becomes of them.
 *
 * A dead letter never goes back to its topic, where everybody would hear it: it is put before that one reader, as a parked
 * message is, and its owner hears it or gives it up in a step of its own. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "streams/shopctl/dropped.h"
#include "streams/shopctl/letters.h"
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

/* For a reader that keeps no database. */
static enum exit_code give_up_for(struct letters *letters, const struct letter *letter)
{
    const struct message_dropped body = {.reader = letter->reader,
                                         .message_id = letter->own_id,
                                         .topic = letter->topic,
                                         .partition = letter->part,
                                         .position = letter->offset,
                                         .message_type = STR("Unknown"),
                                         .message_key = letter->key,
                                         .parked_because = letter->reason,
                                         .dropped_because = str_of(letters->mend->reason),
                                         .dropped_by = str_of(letters->mend->by)};
    struct err err;
    enum status status = dropped_say(&body, &err);

    if (status != ST_OK)
        return give_up(status, &err);
    mend_outcome(letters->mend, "It is dropped: MessageDropped is on operator.events.");
    return EXIT_DONE;
}

static enum exit_code settle(struct letters *letters, const struct letter *letter)
{
    struct database *database = database_named(&letters->mend->databases, text(letters, letter->reader));

    mend_outcome(letters->mend,
                 arena_printf(&letters->mend->arena, STR_FMT " of " STR_FMT ", " STR_FMT "/%d/%lld: " STR_FMT,
                              STR_ARG(letter->id), STR_ARG(letter->reader), STR_ARG(letter->topic), (int)letter->part,
                              (long long)letter->offset, STR_ARG(letter->reason))
                     .ptr);
    if (!database && letters->mend->reason)
        return letters->mend->dry_run ? EXIT_DONE : give_up_for(letters, letter);
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
            code = letters_read(&letters);
        if (code == EXIT_DONE)
            code = listing ? list(&letters) : act(&letters);
    }
    free(letters.list);
    mend_end(&mend);
    return code;
}
