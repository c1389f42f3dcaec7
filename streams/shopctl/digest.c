/* digest.c - shopctl digest: how many rows a service keeps, and a SHA-256 over them, table by table. */
#include "streams/shopctl/digest.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "streams/shopctl/words.h"

static const char usage[] =
    "shopctl digest [SERVICE...] [--json] - rows and a SHA-256 of each table of a service, and one of all its tables\n\n"
    "Two digests are the same when the services know the same. What the runtime keeps for itself is left out (inbox, outbox,\n"
    "deadlines, positions, claims, parked messages). Each service is looked at in one transaction.\n";

/* What differs between two lives that know the same, and is therefore no part of it: the runtime's tables
 * (services/lib/store/schema.sql), and what a fold begins anew: how much of its own topic came back to a row (seen_version), at what
 * pace an ad is shown and which of its counts a fold brought, and how often a bank has been asked in vain. All others come
 * back as they were (tests/shop/fold_test.py). */
#define TECHNICAL_TABLES "'{inbox,outbox,deadline,position,said,claim,replica,replay,parked}'::text[]"
#define TECHNICAL_COLUMNS "'{seen_version,folded_ms,paced_ms,paced_micros,watched_ms,demand_micros,in_vain}'::text[]"

#define ROW_SHA256 "sha256(convert_to((to_jsonb(t) - " TECHNICAL_COLUMNS ")::text, 'UTF8'))"

static const char tables_of[] =
    "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND "
    "relname <> ALL (" TECHNICAL_TABLES ") ORDER BY relname COLLATE \"C\"";

static bool take_table(struct database *database, struct digest_table *table)
{
    PGresult *rows;
    char sql[512];

    snprintf(sql, sizeof(sql),
             "SELECT count(*), encode(sha256(coalesce(string_agg(h, ''::bytea ORDER BY h), ''::bytea)), 'hex') "
             "FROM (SELECT " ROW_SHA256 " AS h FROM %s t) r",
             table->name);
    rows = database_rows(database, sql, NULL, 0);
    if (!rows)
        return false;
    table->rows = database_long(rows, 0, 0);
    snprintf(table->sha256, sizeof(table->sha256), "%s", PQgetvalue(rows, 0, 1));
    PQclear(rows);
    return true;
}

/* One for all tables: over a line for each. */
static bool take_sum(struct database *database, struct digest *digest)
{
    char lines[DIGEST_TABLES_MAX * (sizeof(struct digest_table) + 32)] = "";
    const char *parameter = lines;
    PGresult *rows;
    size_t len = 0;

    for (size_t i = 0; i < digest->count; i++) {
        const struct digest_table *table = &digest->tables[i];

        digest->rows += table->rows;
        len += (size_t)snprintf(lines + len, sizeof(lines) - len, "%s %" PRId64 " %s\n", table->name, table->rows,
                                table->sha256);
    }
    rows = database_rows(database, "SELECT encode(sha256(convert_to($1::text, 'UTF8')), 'hex')", &parameter, 1);
    if (rows)
        snprintf(digest->sha256, sizeof(digest->sha256), "%s", PQgetvalue(rows, 0, 0));
    PQclear(rows);
    return rows != NULL;
}

bool digest_take(struct database *database, struct digest *digest)
{
    PGresult *names = database_rows(database, tables_of, NULL, 0);
    bool taken = names != NULL;

    *digest = (struct digest){.count = 0};
    for (int row = 0; taken && row < PQntuples(names) && digest->count < DIGEST_TABLES_MAX; row++) {
        struct digest_table *table = &digest->tables[digest->count++];

        snprintf(table->name, sizeof(table->name), "%s", PQgetvalue(names, row, 0));
        taken = take_table(database, table);
    }
    PQclear(names);
    return taken && take_sum(database, digest);
}

PGresult *digest_rows(struct database *database, const char *table)
{
    char sql[512];

    snprintf(sql, sizeof(sql), "SELECT key, encode(" ROW_SHA256 ", 'hex') FROM %s t ORDER BY key COLLATE \"C\"", table);
    return database_rows(database, sql, NULL, 0);
}

/* --- the command -------------------------------------------------------------------------------------------------- */

struct call {
    struct databases databases;
    struct arena arena;
    struct words_table table;
    json_t *list; /* NULL: in words */
};

static void tell_table(struct call *call, const char *service, const struct digest_table *table)
{
    words_cell(&call->table, arena_copy(&call->arena, str_of(service)));
    words_cell(&call->table, arena_copy(&call->arena, str_of(table->name)));
    words_number(&call->table, table->rows);
    words_cell(&call->table, arena_copy(&call->arena, str_of(table->sha256)));
}

static void tell_json(const struct call *call, const char *service, const struct digest *digest)
{
    json_t *tables = json_object();

    for (size_t i = 0; i < digest->count; i++)
        json_object_set_new(
            tables, digest->tables[i].name,
            json_pack("{s:I, s:s}", "rows", (json_int_t)digest->tables[i].rows, "sha256", digest->tables[i].sha256));
    json_array_append_new(call->list, json_pack("{s:s, s:I, s:s, s:o}", "service", service, "rows",
                                                (json_int_t)digest->rows, "sha256", digest->sha256, "tables", tables));
}

static bool tell(struct call *call, struct database *database)
{
    static const char begin[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    struct digest digest;
    PGresult *begun = database_rows(database, begin, NULL, 0);
    bool taken = begun && digest_take(database, &digest);

    PQclear(begun);
    PQclear(database_rows(database, "ROLLBACK", NULL, 0));
    if (!taken) {
        complain("%s: %s", database->name, database->why.text);
        return false;
    }
    if (call->list) {
        tell_json(call, database->name, &digest);
        return true;
    }
    for (size_t i = 0; i < digest.count; i++)
        tell_table(call, database->name, &digest.tables[i]);
    words_cell(&call->table, arena_copy(&call->arena, str_of(database->name)));
    words_cell(&call->table, STR("(all)"));
    words_number(&call->table, digest.rows);
    words_cell(&call->table, arena_copy(&call->arena, str_of(digest.sha256)));
    return true;
}

static enum exit_code tell_all(struct call *call, char **names, int count)
{
    enum exit_code code = EXIT_DONE;

    for (int i = 0; i < count; i++)
        if (!database_named(&call->databases, names[i])) {
            complain("there is no service %s with a database here", names[i]);
            return EXIT_USAGE;
        }
    for (size_t i = 0; i < call->databases.count; i++) {
        bool meant = count == 0;

        for (int k = 0; k < count; k++)
            meant = meant || strcmp(names[k], call->databases.list[i].name) == 0;
        if (meant && !tell(call, &call->databases.list[i]))
            code = EXIT_FAILED;
    }
    if (call->list) {
        json_dumpf(call->list, stdout, JSON_INDENT(1));
        puts("");
    } else {
        words_table_print(&call->table);
    }
    return code;
}

enum exit_code digest(int argc, char **argv)
{
    static const char *const head[] = {"service", "table", ">rows", "SHA-256"};
    struct call call = {.list = NULL};
    enum exit_code code;
    struct err err;
    int names = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0 && !call.list) {
            call.list = json_array();
        } else if (argv[i][0] == '-') {
            bool help = strcmp(argv[i], "--help") == 0;

            fputs(usage, help ? stdout : stderr);
            json_decref(call.list);
            return help ? EXIT_DONE : EXIT_USAGE;
        } else {
            argv[1 + names++] = argv[i];
        }
    }
    arena_init(&call.arena);
    words_table_init(&call.table, &call.arena, head, 4);
    code = databases_open(&call.databases, &err) == ST_OK ? tell_all(&call, argv + 1, names) : give_up(ST_FATAL, &err);
    databases_close(&call.databases);
    json_decref(call.list);
    arena_release(&call.arena);
    return code;
}
