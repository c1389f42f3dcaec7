/* rebuild.c - shopctl rebuild: a service's state is dropped, the service folds it again from the topics, and both are compared.
 *
 * Only a mark and empty tables are left in its database, in one transaction with the digest of what was there; the process
 * that owns the claims does the rest (services/lib/run/fold.h). */
#include "streams/shopctl/rebuild.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "streams/shopctl/words.h"

static const char help[] =
    "shopctl rebuild SERVICE|views [--dry-run] [--yes] [--json]\n"
    "  SERVICE loses its state and folds it again from the topics; nobody outside is asked meanwhile: no charge, no\n"
    "  mail. Then its digest is compared with that of before (shopctl digest).\n"
    "  Exit code 0: equal, but for rows that went on meanwhile; 3: not; 1: it did not finish within APP_PATIENCE of no\n"
    "  progress, and goes on.\n"
    "  --dry-run  tells what would be dropped    --yes  does not ask    --json  for programs\n";

enum { LOOK_EVERY_US = 100000 };

static const char *forbidden(const char *service)
{
    if (strcmp(service, "gateway") == 0)
        return "its accounts and sessions are no fold of the topics: restore its database from a backup (decision 13)";
    return NULL;
}

/* --- dropping ----------------------------------------------------------------------------------------------------- */

static bool run_sql(struct rebuilding *work, const char *sql)
{
    PGresult *rows = database_rows(work->database, sql, NULL, 0);

    PQclear(rows);
    return rows != NULL;
}

/* Within the transaction these are nobody's yet; the COMMIT is. */
static bool change_sql(struct rebuilding *work, const struct effect *effect, const char *sql)
{
    PGresult *rows = database_change(work->database, effect, sql, NULL, 0);

    PQclear(rows);
    return rows != NULL;
}

/* What it knows, and how far it has heard and spoken: under the claims' locks nobody steps. */
static bool remember(struct rebuilding *work)
{
    static const char sql[] = "SELECT topic, part, next_offset, false FROM position UNION ALL "
                              "SELECT topic, part, next_offset, true FROM said";
    bool known = digest_take(work->database, &work->before);

    for (size_t i = 0; known && i < work->before.count; i++) {
        work->rows[i] = digest_rows(work->database, work->before.tables[i].name);
        known = work->rows[i] != NULL;
    }
    work->parked = rebuild_parked(work);
    if (known)
        work->positions = database_rows(work->database, sql, NULL, 0);
    return known && work->positions;
}

static bool empty(struct rebuilding *work)
{
    struct arena *arena = &work->mend.arena;
    /* Ranges to be heard again are of the old positions. */
    struct str sql = STR("TRUNCATE inbox, outbox, deadline, position, replay");

    for (size_t i = 0; i < work->before.count; i++)
        sql = arena_printf(arena, STR_FMT ", %s", STR_ARG(sql), work->before.tables[i].name);
    return change_sql(work, EFFECT("operator-empty", "a state is emptied, and not committed"), sql.ptr) &&
           change_sql(work, EFFECT("operator-unsay", "what it has said is to be read again, and not committed"),
                      "UPDATE said SET next_offset = 0");
}

/* Whether there is a row; true, too, when the database does not say. */
static bool is_so(struct rebuilding *work, const char *sql, const char *parameter)
{
    PGresult *rows = database_rows(work->database, sql, &parameter, parameter != NULL);
    bool so = !rows || PQntuples(rows) > 0;

    PQclear(rows);
    return so;
}

/* NULL: now is the time. */
static const char *untimely(struct rebuilding *work)
{
    if (is_so(work,
              "SELECT 1 FROM replay r LEFT JOIN position p USING (topic, part) WHERE r.began_at IS NULL OR "
              "p.next_offset < r.end_offset",
              NULL))
        return "it is hearing a range again (shopctl replay): wait until that is over";
    if (is_so(work, "SELECT 1 FROM claim WHERE dropped", NULL))
        return "its state is dropped already, and is folded as soon as it runs";
    if (is_so(work,
              "SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND "
              "application_name = $1)",
              work->database->name))
        return "no process of it is connected to its database, so nobody would fold it: make run, then again";
    return NULL;
}

static enum exit_code drop(struct rebuilding *work)
{
    const char *no;

    if (!run_sql(work, "BEGIN"))
        return EXIT_FAILED;
    no = untimely(work);
    if (no) {
        err_set(&work->database->why, ST_REJECT, "%s", no);
        return EXIT_REFUSED;
    }
    return change_sql(work, EFFECT("operator-claim", "claims are marked as dropped, and not committed"),
                      "UPDATE claim SET dropped = true, rebuilding = true") &&
                   remember(work) && empty(work) &&
                   change_sql(work, EFFECT("operator-rebuild", "the drop of a state is committed"), "COMMIT")
               ? EXIT_DONE
               : EXIT_FAILED;
}

/* --- waiting ------------------------------------------------------------------------------------------------------ */

/* Whether it has heard every topic as far as before; one of which nothing is left, because all has expired, gets no position. */
static bool is_as_far(const struct rebuilding *work, const PGresult *now)
{
    for (int row = 0; row < PQntuples(work->positions); row++) {
        bool own = PQgetvalue(work->positions, row, 3)[0] == 't';

        for (int i = 0; i < PQntuples(now) && !own; i++)
            if (strcmp(PQgetvalue(now, i, 0), PQgetvalue(work->positions, row, 0)) == 0 &&
                database_long(now, i, 1) == database_long(work->positions, row, 1) &&
                database_long(now, i, 2) < database_long(work->positions, row, 2))
                return false;
    }
    return true;
}

static int64_t sum_of(const PGresult *positions)
{
    int64_t sum = 0;

    for (int row = 0; row < PQntuples(positions); row++)
        if (PQgetvalue(positions, row, 3)[0] == 'f')
            sum += database_long(positions, row, 2);
    return sum;
}

static enum exit_code follow(struct rebuilding *work)
{
    static const char sql[] = "SELECT topic, coalesce(part, 0), coalesce(next_offset, 0), "
                              "EXISTS (SELECT FROM claim WHERE rebuilding OR dropped) "
                              "FROM (SELECT) AS one LEFT JOIN position ON true"; /* currency hears no topic */
    int64_t began_us = clock_steady_us(), patience_us = say_patience().tv_sec * INT64_C(1000000);
    int64_t till_us = began_us + patience_us, heard = -1;
    bool over = false;
    int told = 0;

    while (!over && clock_steady_us() < till_us) {
        PGresult *rows = database_rows(work->database, sql, NULL, 0);
        int64_t now = 0;

        for (int row = 0; rows && row < PQntuples(rows); row++)
            now += database_long(rows, row, 2);
        if (now != heard)
            till_us = clock_steady_us() + patience_us;
        heard = now;
        over = rows && PQntuples(rows) && PQgetvalue(rows, 0, 3)[0] == 'f' && is_as_far(work, rows);
        PQclear(rows);
        words_progress(heard, sum_of(work->positions), &told);
        if (!over)
            usleep(LOOK_EVERY_US);
    }
    work->took_ms = (clock_steady_us() - began_us) / 1000;
    if (over)
        return EXIT_DONE;
    complain("%s has not finished (make logs S=%s); its state is dropped, and it folds it as soon as it runs",
             work->database->name, work->database->name);
    return EXIT_FAILED;
}

/* --- telling ------------------------------------------------------------------------------------------------------ */

static void tell_words(struct rebuilding *work, bool equal)
{
    static const char *const head[] = {"table", ">rows before", ">after", ">the same", ">went on", ">different", ""};
    struct arena *arena = &work->mend.arena;
    struct words_table table;
    int64_t went_on = 0;

    words_table_init(&table, arena, head, 7);
    for (size_t i = 0; i < work->before.count; i++) {
        const struct rebuild_table *compared = &work->tables[i];

        words_cell(&table, str_of(work->before.tables[i].name));
        words_number(&table, work->before.tables[i].rows);
        words_number(&table, work->after.tables[i].rows);
        words_number(&table, compared->same);
        words_number(&table, compared->went_on);
        words_number(&table, compared->different);
        words_cell(&table, compared->example[0] ? arena_printf(arena, "one is %s", compared->example) : STR(""));
        went_on += compared->went_on;
    }
    words_table_print(&table);
    printf("before  %s\nafter   %s\n", work->before.sha256, work->after.sha256);
    if (!equal)
        printf("Not equal: rows differ of which nothing was said meanwhile.");
    else if (went_on)
        printf("Equal, but for %" PRId64 " rows that went on meanwhile: messages about them were said since.", went_on);
    else
        printf("Equal.");
    printf(" The fold took %" PRId64 " ms.\n", work->took_ms);
}

static json_t *digest_json(const struct digest *digest)
{
    return json_pack("{s:I, s:s}", "rows", (json_int_t)digest->rows, "sha256", digest->sha256);
}

static void tell_json(const struct rebuilding *work, bool equal)
{
    json_t *tables = json_object(), *told;

    for (size_t i = 0; i < work->before.count; i++) {
        const struct rebuild_table *compared = &work->tables[i];

        json_object_set_new(tables, work->before.tables[i].name,
                            json_pack("{s:I, s:I, s:I, s:I, s:I, s:s}", "before",
                                      (json_int_t)work->before.tables[i].rows, "after",
                                      (json_int_t)work->after.tables[i].rows, "same", (json_int_t)compared->same,
                                      "went_on", (json_int_t)compared->went_on, "different",
                                      (json_int_t)compared->different, "example", compared->example));
    }
    told = json_pack("{s:s, s:b, s:o, s:o, s:o, s:I}", "service", work->mend.word, "equal", equal, "before",
                     digest_json(&work->before), "after", digest_json(&work->after), "tables", tables, "took_ms",
                     (json_int_t)work->took_ms);
    json_dumpf(told, stdout, JSON_INDENT(1));
    puts("");
    json_decref(told);
}

void rebuild_tell(struct rebuilding *work, bool equal)
{
    if (work->mend.json)
        tell_json(work, equal);
    else
        tell_words(work, equal);
}

enum exit_code rebuild_rehearsed(const struct rebuilding *work)
{
    for (size_t i = 0; i < work->before.count; i++)
        printf("%" PRId64 " rows of %s would be dropped and folded again.\n", work->before.tables[i].rows,
               work->before.tables[i].name);
    return EXIT_DONE;
}

/* --- the command -------------------------------------------------------------------------------------------------- */

static enum exit_code do_it(struct rebuilding *work)
{
    enum exit_code code = drop(work);

    if (code != EXIT_DONE) {
        complain("nothing was done: %s: %s", work->database->name, work->database->why.text);
        return code;
    }
    code = follow(work);
    if (code != EXIT_DONE) {
        printf("before  %s, %" PRId64 " rows\n", work->before.sha256, work->before.rows);
        return code;
    }
    code = rebuild_compare(work);
    if (code == EXIT_FAILED)
        return code;
    rebuild_tell(work, code == EXIT_DONE);
    return code;
}

static enum exit_code rehearse(struct rebuilding *work)
{
    if (!digest_take(work->database, &work->before)) {
        complain("%s: %s", work->database->name, work->database->why.text);
        return EXIT_FAILED;
    }
    return rebuild_rehearsed(work);
}

static enum exit_code rebuild_service(struct rebuilding *work)
{
    const char *service = work->mend.word, *no = forbidden(service);
    struct err err = {{0}};
    enum status status;

    work->database = database_named(&work->mend.databases, service);
    if (!work->database) {
        complain("there is no service %s with a database here", service);
        return EXIT_USAGE;
    }
    if (no) {
        complain("%s is not rebuilt: %s", service, no);
        return EXIT_REFUSED;
    }
    if (work->mend.dry_run)
        return rehearse(work);
    status = tape_open(&work->tape, &err);
    if (status != ST_OK)
        return give_up(status, &err);
    if (!mend_agreed(&work->mend, "Its state is dropped; until it is folded again, orders wait for it."))
        return EXIT_USAGE;
    return do_it(work);
}

enum exit_code rebuild(int argc, char **argv)
{
    const char *words[] = {NULL, NULL};
    struct rebuilding *work = calloc(1, sizeof(*work));
    enum exit_code code;

    if (!work)
        abort();
    for (int i = 1; i < argc && !words[0]; i++)
        words[0] = argv[i][0] == '-' ? NULL : argv[i];
    if (mend_begin(&work->mend, argc, argv, help, words, &code))
        code = strcmp(work->mend.word, "views") == 0 ? rebuild_views(work) : rebuild_service(work);
    for (size_t i = 0; i < DIGEST_TABLES_MAX; i++) {
        PQclear(work->rows[i]);
        PQclear(work->now[i]);
    }
    PQclear(work->positions);
    tape_close(work->tape);
    mend_end(&work->mend);
    free(work);
    return code;
}
