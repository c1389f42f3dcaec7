/* rebuild_compare.c - the rows of before beside those of after; what differs is looked for in what was said meanwhile.
 *
 * The shop goes on while a service is rebuilt. Each topic that the service hears (shipping: or writes) is read from where the
 * service stood when its state was dropped: a row whose key is spoken of there may rightly be another one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "streams/shopctl/rebuild.h"

enum { RANGES_MAX = 512, LINES_MAX_BYTES = 1 << 20 };

struct spoken {
    struct arena *arena;
    struct str *keys; /* sorted when it is whole */
    size_t count, room;
};

static void add_key(struct spoken *spoken, struct str key)
{
    if (spoken->count == spoken->room) {
        spoken->room = spoken->room * 2 + 64;
        spoken->keys = reallocarray(spoken->keys, spoken->room, sizeof(*spoken->keys));
        if (!spoken->keys)
            abort();
    }
    spoken->keys[spoken->count++] = arena_copy(spoken->arena, key);
}

static bool hear_key(void *context, const rd_kafka_message_t *record)
{
    add_key(context, (struct str){record->key, record->key_len});
    return true;
}

static int by_text(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static bool is_spoken_of(const struct spoken *spoken, struct str key)
{
    return spoken->count && bsearch(&key, spoken->keys, spoken->count, sizeof(key), by_text);
}

/* An order that went on moves the stock of what is in it. */
static void add_products(struct rebuilding *work, struct spoken *spoken)
{
    PGresult *rows = database_rows(work->database, "SELECT key, lines FROM reservation", NULL, 0);
    struct spoken orders = *spoken; /* the sorted part */

    for (int row = 0; rows && row < PQntuples(rows); row++) {
        struct str lines = database_text(rows, row, 1), product;

        orders.keys = spoken->keys;
        if (!is_spoken_of(&orders, database_text(rows, row, 0)))
            continue;
        for (const char *at = lines.ptr; (at = strchr(at, ' ')) != NULL; at = product.ptr) {
            product = (struct str){at + 1, strcspn(at + 1, "\n")};
            add_key(spoken, product);
        }
    }
    qsort(spoken->keys, spoken->count, sizeof(*spoken->keys), by_text);
    PQclear(rows);
}

/* What a service says anew of its own is what a fold must not come to. But parcels and the pace of ads move with nobody speaking
 * of them, and lists of recommendations depend on when they are made. */
static bool moves_by_itself(const struct rebuilding *work)
{
    static const char *const names[] = {"shipping", "ad", "recommendation"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(work->database->name, names[i]) == 0)
            return true;
    return false;
}

/* What everybody counts in: any visitor and any order may have changed any of these rows. */
static bool is_counted_in(const char *table)
{
    return strcmp(table, "ad") == 0 || strcmp(table, "item") == 0;
}

static enum status listen_since(struct rebuilding *work, struct spoken *spoken, struct err *err)
{
    static struct tape_range ranges[RANGES_MAX];
    size_t count = 0;
    enum status status;

    for (int row = 0; row < PQntuples(work->positions) && count < RANGES_MAX; row++) {
        struct tape_range *range = &ranges[count];
        int64_t start = 0;

        if (PQgetvalue(work->positions, row, 3)[0] == 't' && !moves_by_itself(work))
            continue;
        *range = (struct tape_range){PQgetvalue(work->positions, row, 0),
                                     (int32_t)database_long(work->positions, row, 1),
                                     database_long(work->positions, row, 2), 0};
        status = tape_ends(work->tape, range->topic, range->part, &start, &range->to, err);
        if (status != ST_OK)
            return status;
        range->from = range->from < start ? start : range->from;
        count += range->from < range->to;
    }
    status = tape_read(work->tape, ranges, count, hear_key, spoken, err);
    if (status != ST_OK || spoken->count == 0)
        return status;
    qsort(spoken->keys, spoken->count, sizeof(*spoken->keys), by_text);
    if (strcmp(work->database->name, "catalog") == 0)
        add_products(work, spoken);
    return ST_OK;
}

static void judge(struct rebuild_table *table, const struct spoken *spoken, bool counted_in, struct str key)
{
    if (is_spoken_of(spoken, key) || (counted_in && spoken->count)) {
        table->went_on++;
        return;
    }
    if (table->different++ == 0)
        snprintf(table->example, sizeof(table->example), STR_FMT, STR_ARG(key));
}

/* Both are in the order of their keys' bytes. */
static void compare_rows(struct rebuild_table *table, const PGresult *before, const PGresult *after,
                         const struct spoken *spoken, bool counted_in)
{
    int b = 0, a = 0, befores = PQntuples(before), afters = PQntuples(after);

    *table = (struct rebuild_table){0};
    while (b < befores || a < afters) {
        struct str was = b < befores ? database_text(before, b, 0) : STR(""),
                   is = a < afters ? database_text(after, a, 0) : STR("");
        int order = b == befores ? 1 : a == afters ? -1 : str_compare(was, is);

        if (order == 0 && strcmp(PQgetvalue(before, b, 1), PQgetvalue(after, a, 1)) == 0)
            table->same++;
        else
            judge(table, spoken, counted_in, order <= 0 ? was : is);
        b += order <= 0;
        a += order >= 0;
    }
}

/* What was decided, and is not in Kafka yet, is spoken of as well. */
static bool add_unsaid(struct rebuilding *work, struct spoken *spoken)
{
    PGresult *rows = database_rows(work->database, "SELECT convert_from(key, 'UTF8') FROM outbox", NULL, 0);

    for (int row = 0; rows && row < PQntuples(rows) && moves_by_itself(work); row++)
        add_key(spoken, database_text(rows, row, 0));
    PQclear(rows);
    return rows != NULL;
}

/* The digest and the rows are of one moment. Whatever changed them until then was said before it. */
static bool look(struct rebuilding *work, struct spoken *spoken)
{
    static const char begin[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    PGresult *begun = database_rows(work->database, begin, NULL, 0);
    bool looked = begun && digest_take(work->database, &work->after) && add_unsaid(work, spoken);

    for (size_t i = 0; looked && i < work->before.count; i++) {
        work->now[i] = digest_rows(work->database, work->before.tables[i].name);
        looked = work->now[i] != NULL;
    }
    PQclear(begun);
    PQclear(database_rows(work->database, "ROLLBACK", NULL, 0));
    return looked;
}

int64_t rebuild_parked(struct rebuilding *work)
{
    PGresult *rows = database_rows(work->database, "SELECT count(*) FROM parked", NULL, 0);
    int64_t count = rows ? database_long(rows, 0, 0) : 0;

    PQclear(rows);
    return count;
}

enum exit_code rebuild_compare(struct rebuilding *work)
{
    struct spoken spoken = {.arena = &work->mend.arena};
    bool looked = look(work, &spoken);
    int64_t different = rebuild_parked(work) - work->parked;
    struct err err = {{0}};

    if (different > 0)
        complain("%d more messages are parked than before: shopctl parked list --reader %s", (int)different,
                 work->database->name);
    different = different > 0 ? different : 0;
    if (looked && strcmp(work->before.sha256, work->after.sha256) != 0) {
        enum status status = listen_since(work, &spoken, &err);

        if (status != ST_OK)
            complain("what was said meanwhile is not known, so every difference counts: %s", err.text);
    }
    for (size_t i = 0; looked && i < work->before.count; i++)
        compare_rows(&work->tables[i], work->rows[i], work->now[i], &spoken,
                     is_counted_in(work->before.tables[i].name));
    free(spoken.keys);
    if (!looked) {
        complain("%s: %s", work->database->name, work->database->why.text);
        return EXIT_FAILED;
    }
    for (size_t i = 0; i < work->before.count; i++)
        different += work->tables[i].different;
    return different ? EXIT_REFUSED : EXIT_DONE;
}
