/* parked.c - shopctl parked: what services could not take, and what becomes of it. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "streams/shopctl/mend.h"
#include "streams/shopctl/words.h"

static const char help[] =
    "shopctl parked list [--reader R] [--all] [--json]     what no service could take; --all: those behind them, too\n"
    "shopctl parked show ID [--json]                       one, decoded; what is sealed stays sealed\n"
    "shopctl parked redrive KEY|ID [--reader R]            to be heard again, in order, with all behind it\n"
    "shopctl parked redrive --reader R --all               all that this service has\n"
    "shopctl parked drop ID --reason TEXT [--by NAME]      given up: who waits for its answer is refused, and it is an event\n"
    "  --dry-run  tells what would be done    --yes  does not ask\n"
    "Where order matters (carts, products) a key's later messages wait behind a parked one, and go with it.\n";

static const char *const words[] = {"list", "show", "redrive", "drop", NULL};

#define COLUMNS                                                                                                         \
    "p.id, p.topic, p.part, p.at_offset, encode(p.key, 'escape'), p.type, p.value::text, p.headers, p.reason, "         \
    "(extract(epoch FROM now() - p.parked_at) * 1000)::bigint, p.again, p.behind, coalesce(p.drop_reason, ''), "        \
    "p.heard_ms, (SELECT count(*) FROM parked b WHERE b.kind = p.kind AND b.key = p.key AND b.behind AND NOT p.behind " \
    "AND b.seq > p.seq) FROM parked p "

enum { ID, TOPIC, PART, OFFSET, KEY, TYPE, VALUE, HEADERS, REASON, AGE, AGAIN, BEHIND, DROPPING, HEARD, FOLLOWERS };

static const char list_heads[] = "SELECT " COLUMNS "WHERE NOT p.behind ORDER BY p.kind, p.key, p.seq LIMIT 1000";
static const char list_all[] = "SELECT " COLUMNS "ORDER BY p.kind, p.key, p.seq LIMIT 10000";
static const char find_one[] = "SELECT " COLUMNS "WHERE p.id::text = $1";

static bool is(const PGresult *rows, int row, int column)
{
    return PQgetvalue(rows, row, column)[0] == 't';
}

static struct str place(const PGresult *rows, int row, struct arena *arena)
{
    return PQgetlength(rows, row, TOPIC) ? arena_printf(arena, "%s/%s/%s", PQgetvalue(rows, row, TOPIC),
                                                        PQgetvalue(rows, row, PART), PQgetvalue(rows, row, OFFSET))
                                         : STR("-");
}

static struct str state(const PGresult *rows, int row, struct arena *arena)
{
    if (PQgetlength(rows, row, DROPPING))
        return arena_printf(arena, "is being dropped: %s", PQgetvalue(rows, row, DROPPING));
    return arena_printf(arena, "%s%s", is(rows, row, AGAIN) ? "is being heard again; " : "",
                        PQgetvalue(rows, row, REASON));
}

static json_t *as_json(struct mend *mend, const char *reader, const PGresult *rows, int row)
{
    struct str body = mend_body(mend, mend_unhex(database_text(rows, row, VALUE), &mend->arena));
    json_t *json = json_pack("{s:s, s:s, s:s, s:i, s:I, s:s, s:s, s:s, s:I, s:I, s:b, s:b, s:I, s:s}", "reader", reader,
                             "id", PQgetvalue(rows, row, ID), "topic", PQgetvalue(rows, row, TOPIC), "partition",
                             (int)database_long(rows, row, PART), "offset",
                             (json_int_t)database_long(rows, row, OFFSET), "key", PQgetvalue(rows, row, KEY), "type",
                             PQgetvalue(rows, row, TYPE), "reason", PQgetvalue(rows, row, REASON), "parked_for_ms",
                             (json_int_t)database_long(rows, row, AGE), "written_ms",
                             (json_int_t)database_long(rows, row, HEARD), "again", (int)is(rows, row, AGAIN), "behind",
                             (int)is(rows, row, BEHIND), "followers", (json_int_t)database_long(rows, row, FOLLOWERS),
                             "dropping", PQgetvalue(rows, row, DROPPING));

    json_object_set_new(json, "body", json_loadb(body.ptr, body.len, JSON_DECODE_ANY, NULL));
    return json;
}

/* --- list and show ------------------------------------------------------------------------------------------------ */

static void add_line(struct words_table *table, const char *reader, const PGresult *rows, int row, struct arena *arena)
{
    words_cell(table, arena_printf(arena, "%s%s", is(rows, row, BEHIND) ? "  + " : "", reader));
    words_cell(table, arena_printf(arena, "%s", PQgetvalue(rows, row, KEY)));
    words_cell(table, arena_printf(arena, "%s", PQgetvalue(rows, row, TYPE)));
    words_cell(table, arena_printf(arena, "%s", PQgetvalue(rows, row, ID)));
    words_cell(table, place(rows, row, arena));
    words_cell(table, words_span(database_long(rows, row, AGE), arena));
    words_number(table, database_long(rows, row, FOLLOWERS));
    words_cell(table, state(rows, row, arena));
}

static enum exit_code list(struct mend *mend)
{
    static const char *const head[] = {"reader", "key", "type", "id", "from", ">for", ">behind", "because"};
    json_t *json = json_array();
    struct words_table table;
    enum exit_code code = EXIT_DONE;

    words_table_init(&table, &mend->arena, head, 8);
    for (size_t i = 0; i < mend->databases.count; i++) {
        struct database *database = &mend->databases.list[i];
        PGresult *rows = mend_meant(mend, database)
                             ? database_rows(database, mend->all ? list_all : list_heads, NULL, 0)
                             : NULL;

        for (int row = 0; rows && row < PQntuples(rows); row++) {
            if (mend->json)
                json_array_append_new(json, as_json(mend, database->name, rows, row));
            add_line(&table, database->name, rows, row, &mend->arena);
        }
        if (!rows && (!mend->reader || strcmp(mend->reader, database->name) == 0) &&
            strcmp(database->name, "gateway") != 0)
            code = EXIT_FAILED;
        PQclear(rows);
    }
    if (mend->json)
        json_dumpf(json, stdout, JSON_INDENT(1)), puts("");
    else if (table.count > table.columns)
        words_table_print(&table);
    else
        puts(code == EXIT_DONE ? "Nothing is parked."
                               : "Nothing is known to be parked, but not everybody could be asked.");
    json_decref(json);
    return code;
}

/* The row of this id, in whatever database; NULL (and a complaint) when it is in none. */
static PGresult *find(struct mend *mend, struct database **database)
{
    for (size_t i = 0; i < mend->databases.count; i++) {
        PGresult *rows;

        *database = &mend->databases.list[i];
        rows = mend_meant(mend, *database) ? database_rows(*database, find_one, &mend->target, 1) : NULL;
        if (rows && PQntuples(rows) == 1)
            return rows;
        PQclear(rows);
    }
    complain("no message of id %s is parked", mend->target);
    return NULL;
}

static void print_one(struct mend *mend, const char *reader, const PGresult *rows)
{
    struct arena *arena = &mend->arena;
    struct str body = mend_body(mend, mend_unhex(database_text(rows, 0, VALUE), arena));
    struct str from = place(rows, 0, arena), age = words_span(database_long(rows, 0, AGE), arena);
    struct str written = words_time(database_long(rows, 0, HEARD), arena), why = state(rows, 0, arena);

    printf("%s %s, parked by %s for " STR_FMT "\n", PQgetvalue(rows, 0, TYPE), PQgetvalue(rows, 0, ID), reader,
           STR_ARG(age));
    printf("key      %s\nfrom     " STR_FMT ", written " STR_FMT "\nbecause  " STR_FMT "\nbehind   %s\n",
           PQgetvalue(rows, 0, KEY), STR_ARG(from), STR_ARG(written), STR_ARG(why), PQgetvalue(rows, 0, FOLLOWERS));
    printf("headers\n");
    for (const char *at = PQgetvalue(rows, 0, HEADERS); *at; at += strcspn(at, "\n") + (at[strcspn(at, "\n")] != '\0'))
        printf("  %.*s\n", (int)strcspn(at, "\n"), at);
    printf("body\n  " STR_FMT "\n", STR_ARG(body));
}

static enum exit_code show(struct mend *mend)
{
    struct database *database;
    PGresult *rows = find(mend, &database);

    if (!rows)
        return EXIT_REFUSED;
    if (mend->json) {
        json_t *json = as_json(mend, database->name, rows, 0);

        json_dumpf(json, stdout, JSON_INDENT(1));
        puts("");
        json_decref(json);
    } else {
        print_one(mend, database->name, rows);
    }
    PQclear(rows);
    return EXIT_DONE;
}

/* --- redrive and drop --------------------------------------------------------------------------------------------- */

/* Whole lines, from whichever of their messages was named. */
#define LINES                                                                                                           \
    "WITH meant AS (SELECT id, kind, key FROM parked WHERE $1 = '' OR id::text = $1 OR key = convert_to($1, 'UTF8')), " \
    "lines AS (SELECT p.id, p.behind FROM parked p WHERE p.id IN (SELECT id FROM meant) OR (p.kind IN ('user', "        \
    "'product') AND (p.kind, p.key) IN (SELECT kind, key FROM meant))) "

static const char count_lines[] = LINES "SELECT coalesce(array_agg(id), '{}'), count(*) FROM lines";
static const char set_again[] = LINES ", marked AS (UPDATE parked SET again = true WHERE id IN (SELECT id FROM lines "
                                      "WHERE NOT behind) AND drop_reason IS NULL) "
                                      "SELECT coalesce(array_agg(id), '{}'), count(*) FROM lines";

static enum exit_code redrive_in(struct mend *mend, struct database *database, int64_t *found)
{
    const char *target = mend->target ? mend->target : "";
    PGresult *rows = mend->dry_run
                         ? database_rows(database, count_lines, &target, 1)
                         : database_change(database, EFFECT("operator-redrive", "a parked line is to be heard"),
                                           set_again, &target, 1);
    enum exit_code code = EXIT_DONE;
    int64_t count;
    char done[96];

    if (!rows) {
        complain("%s: %s", database->name, database->why.text);
        return EXIT_FAILED;
    }
    count = database_long(rows, 0, 1);
    *found += count;
    snprintf(done, sizeof(done), "%s %s %s%" PRId64 " again.", database->name,
             mend->dry_run ? "would hear" : "has heard", count == 1 || mend->dry_run ? "" : "all ", count);
    if (count && mend->dry_run)
        mend_outcome(mend, done);
    else if (count)
        code = mend_wait(mend, database, PQgetvalue(rows, 0, 0), done);
    PQclear(rows);
    return code;
}

static enum exit_code redrive(struct mend *mend)
{
    enum exit_code code = EXIT_DONE;
    int64_t found = 0;

    if (!mend->target == !mend->all || (mend->all && !mend->reader)) {
        complain("say which: a key or an id, or --reader R --all");
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < mend->databases.count; i++)
        if (strcmp(mend->databases.list[i].name, "gateway") != 0 && mend_meant(mend, &mend->databases.list[i])) {
            enum exit_code one = redrive_in(mend, &mend->databases.list[i], &found);

            code = one > code ? one : code;
        }
    if (code == EXIT_DONE && !found) {
        complain("nothing of that key or id is parked");
        return EXIT_REFUSED;
    }
    return code;
}

static enum exit_code drop_found(struct mend *mend, struct database *database, const PGresult *found)
{
    static const char mark[] =
        "UPDATE parked SET drop_reason = $2, drop_by = $3 WHERE id::text = $1 RETURNING '{' || id || '}'";
    const char *const parameters[] = {mend->target, mend->reason, mend->by};
    enum exit_code code;
    PGresult *rows;

    mend_outcome(mend, arena_printf(&mend->arena, "%s %s of %s, key %s", PQgetvalue(found, 0, TYPE), mend->target,
                                    database->name, PQgetvalue(found, 0, KEY))
                           .ptr);
    if (is(found, 0, BEHIND)) {
        complain("it waits behind another of its key, and nothing is wrong with it: what it stands behind comes first");
        return EXIT_REFUSED;
    }
    if (mend->dry_run)
        return EXIT_DONE;
    if (!mend_agreed(mend, "It will never be heard."))
        return EXIT_USAGE;
    rows = database_change(database, EFFECT("operator-drop", "a parked message is to be given up"), mark, parameters,
                           3);
    if (!rows || PQntuples(rows) != 1) {
        complain("%s", rows ? "somebody else was faster: it is not parked any more" : database->why.text);
        code = rows ? EXIT_REFUSED : EXIT_FAILED;
    } else {
        code = mend_wait(
            mend, database, PQgetvalue(rows, 0, 0),
            "It is dropped: MessageDropped is on operator.events, and who waited for its answer is refused.");
    }
    PQclear(rows);
    return code;
}

static enum exit_code drop(struct mend *mend)
{
    struct database *database;
    enum exit_code code;
    PGresult *found;

    if (!mend->reason || !*mend->reason || strlen(mend->reason) > 200) {
        complain("dropping needs --reason TEXT, of at most 200 bytes: it is written down for ever");
        return EXIT_USAGE;
    }
    found = find(mend, &database);
    code = found ? drop_found(mend, database, found) : EXIT_REFUSED;
    PQclear(found);
    return code;
}

enum exit_code parked(int argc, char **argv)
{
    struct mend mend;
    enum exit_code code;

    if (!mend_begin(&mend, argc, argv, help, words, &code)) {
        /* it has said why */
    } else if (strcmp(mend.word, "list") == 0) {
        code = list(&mend);
    } else if (strcmp(mend.word, "redrive") == 0) {
        code = redrive(&mend);
    } else if (!mend.target) {
        complain("it is: shopctl parked %s ID", mend.word);
        code = EXIT_USAGE;
    } else {
        code = strcmp(mend.word, "show") == 0 ? show(&mend) : drop(&mend);
    }
    mend_end(&mend);
    return code;
}
