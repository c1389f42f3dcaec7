/* mend.c - options, questions and waiting, for what repairs. */
#include "streams/shopctl/mend.h"

#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { LOOK_EVERY_US = 200000 };

static bool read_options(struct mend *mend, int argc, char **argv, bool *wants_help)
{
    static const struct option options[] = {{"reader", required_argument, NULL, 'r'},
                                            {"reason", required_argument, NULL, 'w'},
                                            {"by", required_argument, NULL, 'b'},
                                            {"all", no_argument, NULL, 'a'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"dry-run", no_argument, NULL, 'd'},
                                            {"yes", no_argument, NULL, 'y'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        mend->reader = option == 'r' ? optarg : mend->reader;
        mend->reason = option == 'w' ? optarg : mend->reason;
        mend->by = option == 'b' ? optarg : mend->by;
        mend->all = mend->all || option == 'a';
        mend->json = mend->json || option == 'j';
        mend->dry_run = mend->dry_run || option == 'd';
        mend->yes = mend->yes || option == 'y';
        *wants_help = *wants_help || option == 'h';
        if (option == '?')
            return false;
    }
    mend->word = optind < argc ? argv[optind] : "";
    mend->target = optind + 1 < argc ? argv[optind + 1] : NULL;
    return optind + 2 >= argc;
}

static bool is_word(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

static bool reads_a_topic(const char *reader)
{
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_COUNT; topic++)
        for (const char *const *name = topic_info((enum topic)topic)->readers; *name; name++)
            if (strcmp(*name, reader) == 0)
                return true;
    return false;
}

static bool open_all(struct mend *mend, enum exit_code *code)
{
    struct err err = {{0}};
    enum status status = say_load(&err);

    if (status == ST_OK)
        status = databases_open(&mend->databases, &err);
    if (status == ST_OK && mend->reader && !database_named(&mend->databases, mend->reader) &&
        !reads_a_topic(mend->reader))
        status = err_set(&err, ST_FATAL, "there is no reader %s here: no database, and no topic names it",
                         mend->reader);
    if (status == ST_OK)
        return true;
    *code = give_up(status, &err);
    return false;
}

bool mend_begin(struct mend *mend, int argc, char **argv, const char *help, const char *const *words,
                enum exit_code *code)
{
    const char *user = getenv("USER");
    bool wants_help = false, understood;

    *mend = (struct mend){.by = user && *user ? user : "a keeper"};
    arena_init(&mend->arena);
    mend->plans = plans_open();
    understood = read_options(mend, argc, argv, &wants_help);
    *code = wants_help ? EXIT_DONE : EXIT_USAGE;
    if (wants_help || !understood || !is_word(mend->word, words)) {
        fputs(help, wants_help ? stdout : stderr);
        return false;
    }
    return open_all(mend, code);
}

void mend_end(struct mend *mend)
{
    databases_close(&mend->databases);
    plans_close(mend->plans);
    arena_release(&mend->arena);
}

bool mend_agreed(const struct mend *mend, const char *question)
{
    char answer[16] = "";

    if (mend->yes)
        return true;
    fprintf(stderr, "%s Type yes to go on: ", question);
    if (isatty(STDIN_FILENO) && fgets(answer, sizeof(answer), stdin) && strcmp(answer, "yes\n") == 0)
        return true;
    complain("nothing was done; --yes goes on without asking");
    return false;
}

bool mend_meant(const struct mend *mend, const struct database *database)
{
    if (mend->reader && strcmp(mend->reader, database->name) != 0)
        return false;
    if (!database->link)
        complain("%s is left out: %s", database->name, database->why.text);
    return database->link != NULL;
}

struct str mend_hex(struct str bytes, struct arena *arena)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(arena, 2 * bytes.len + 3);

    memcpy(text, "\\x", 2);
    for (size_t i = 0; i < bytes.len; i++) {
        text[2 + 2 * i] = digits[(unsigned char)bytes.ptr[i] >> 4];
        text[3 + 2 * i] = digits[(unsigned char)bytes.ptr[i] & 15];
    }
    text[2 * bytes.len + 2] = '\0';
    return (struct str){text, 2 * bytes.len + 2};
}

static unsigned digit(char c)
{
    return (unsigned)(c >= 'a' ? c - 'a' + 10 : c - '0');
}

struct str mend_unhex(struct str hex, struct arena *arena)
{
    size_t len = hex.len < 2 ? 0 : hex.len / 2 - 1;
    char *bytes = arena_alloc(arena, len + 1);

    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(digit(hex.ptr[2 + 2 * i]) << 4 | digit(hex.ptr[3 + 2 * i]));
    return (struct str){bytes, len};
}

struct str mend_body(struct mend *mend, struct str value)
{
    struct str hex = mend_hex(value, &mend->arena);
    int32_t schema_id = -1;
    enum msg_type type;
    const void *body;
    struct err err = {"this version knows no such type"};

    if (msg_decode(mend->plans, value, &mend->arena, &type, &body, &schema_id, &err) == ST_OK && type != MSG_UNKNOWN)
        return msg_json(type, body, &mend->arena);
    return arena_printf(&mend->arena, "{\"undecoded\":\"%.*s\"}", (int)hex.len - 2, hex.ptr + 2);
}

static const char put_before[] =
    "WITH forgotten AS (DELETE FROM inbox WHERE id = $1::uuid AND $13::boolean) "
    "INSERT INTO parked (id, topic, part, at_offset, kind, key, type, value, headers, heard_ms, reason, again, "
    "drop_reason, drop_by, fenced) SELECT $1::uuid, $2, $3::integer, $4::bigint, $5, $6::bytea, 'Unknown', $7::bytea, $8, "
    "$9::bigint, $10, $11::text IS NULL, $11, $12, $14::boolean WHERE EXISTS (SELECT FROM claim WHERE kind = $5 AND part = "
    "$3::integer) ON CONFLICT (id) DO UPDATE SET again = excluded.again, drop_reason = excluded.drop_reason, drop_by = "
    "excluded.drop_by, fenced = excluded.fenced RETURNING '{' || id || '}'";

static const char *text(struct mend *mend, struct str from)
{
    return arena_printf(&mend->arena, STR_FMT, STR_ARG(from)).ptr;
}

PGresult *mend_put(struct mend *mend, struct database *database, const struct mend_record *record)
{
    struct arena *arena = &mend->arena;
    const char *const parameters[] = {record->id,
                                      topic_name(record->topic),
                                      arena_printf(arena, "%d", (int)record->part).ptr,
                                      arena_printf(arena, "%" PRId64, record->offset).ptr,
                                      kind_name(topic_kind(record->topic)),
                                      mend_hex(record->key, arena).ptr,
                                      mend_hex(record->value, arena).ptr,
                                      text(mend, record->lines),
                                      arena_printf(arena, "%" PRId64, record->time_ms).ptr,
                                      text(mend, record->reason),
                                      record->dropped,
                                      mend->by,
                                      record->replayed ? "true" : "false",
                                      record->fenced ? "true" : "false"};

    return database_change(database, EFFECT("operator-put", "a record is put before one reader, or given up"),
                           put_before, parameters, 14);
}

/* --- waiting ------------------------------------------------------------------------------------------------------ */

/* Under way is what was asked for, and what stands behind nothing that stays. */
static const char look[] =
    "SELECT p.id, p.reason, p.again OR p.drop_reason IS NOT NULL OR (p.behind AND NOT EXISTS (SELECT FROM parked h WHERE "
    "h.kind = p.kind AND h.key = p.key AND h.seq < p.seq AND NOT h.behind AND NOT h.again AND h.drop_reason IS NULL)), "
    "p.behind FROM parked p WHERE p.id = ANY($1::uuid[]) ORDER BY p.seq";

static bool any_under_way(const PGresult *rows)
{
    for (int row = 0; row < PQntuples(rows); row++)
        if (PQgetvalue(rows, row, 2)[0] == 't')
            return true;
    return false;
}

void mend_outcome(const struct mend *mend, const char *sentence)
{
    json_t *json;

    if (!mend->json) {
        puts(sentence);
        return;
    }
    json = json_pack("{s:s}", "outcome", sentence);
    json_dumpf(json, stdout, JSON_COMPACT);
    puts("");
    json_decref(json);
}

static enum exit_code tell(const struct mend *mend, const PGresult *rows, const char *done)
{
    for (int row = 0; row < PQntuples(rows); row++) {
        char sentence[512];

        snprintf(
            sentence, sizeof(sentence), "%s: %s%s", PQgetvalue(rows, row, 0),
            PQgetvalue(rows, row, 3)[0] == 't' ? "waits behind it: " : "refused again: ", PQgetvalue(rows, row, 1));
        mend_outcome(mend, sentence);
    }
    if (PQntuples(rows) == 0)
        mend_outcome(mend, done);
    return PQntuples(rows) ? EXIT_REFUSED : EXIT_DONE;
}

enum exit_code mend_wait(struct mend *mend, struct database *database, const char *ids, const char *done)
{
    struct timeval patience = say_patience();
    int64_t till_us = clock_steady_us() + patience.tv_sec * INT64_C(1000000) + patience.tv_usec;
    enum exit_code code = EXIT_FAILED;
    bool told = false;

    while (!told && clock_steady_us() < till_us) {
        PGresult *rows = database_rows(database, look, &ids, 1);

        if (!rows)
            break;
        told = !any_under_way(rows);
        if (told)
            code = tell(mend, rows, done);
        PQclear(rows);
        if (!told)
            usleep(LOOK_EVERY_US);
    }
    if (!told)
        complain("%s has not taken it yet; the mark stays, and it does so as soon as it runs%s%s", database->name,
                 database->why.text[0] ? ": " : "", database->why.text);
    return code;
}
