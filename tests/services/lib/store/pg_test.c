/* pg_test.c - groups of statements, rows and losses, against a real Postgres. */
/* links: store msg base */
/* needs: postgres */
#include "store/pg.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "store/rows.h"

struct thing {
    struct row row;
    struct str name;
    int32_t count;
    int64_t price;
    struct str bytes;
    bool good;
};

static const struct column columns[] = {
    COLUMN(struct thing, name, COLUMN_TEXT),  COLUMN(struct thing, count, COLUMN_INT),
    COLUMN(struct thing, price, COLUMN_LONG), COLUMN(struct thing, bytes, COLUMN_BYTES),
    COLUMN(struct thing, good, COLUMN_BOOL),
};

static const struct table things = {
    .name = "pg_test_thing", .columns = columns, .column_count = 5, .row_size = sizeof(struct thing)};

struct world {
    struct event_base *base;
    struct pg *pg;
    PGconn *other; /* another session: it makes, locks and kills */
    struct arena arena;
    struct rows *rows;
    int done, ups, downs;
    enum status status;
    bool lost;
    struct err err;
    void (*look)(struct world *world, PGresult *const *results, size_t count);
    int64_t seen;
    struct thing *loaded[8];
    size_t loaded_count;
};

static int32_t part_of(enum kind kind, struct str key)
{
    (void)kind;
    return (int32_t)key.len;
}

static void run_sql(struct world *world, const char *sql)
{
    PGresult *result = PQexec(world->other, sql);

    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(world->other));
    PQclear(result);
}

static void turn_until(struct world *world, const int *count, int wanted)
{
    int64_t until_us = clock_steady_us() + 10000000;

    while (*count < wanted && clock_steady_us() < until_us) {
        struct timeval wait = {0, 10000};

        event_base_loopexit(world->base, &wait);
        event_base_dispatch(world->base);
    }
    assert_true(*count >= wanted);
}

static void note_change(void *context, bool connected)
{
    struct world *world = context;

    world->ups += connected;
    world->downs += !connected;
}

static void note_done(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct world *world = context;

    world->done++;
    world->status = status;
    world->lost = answer->lost;
    world->err = *err;
    if (status == ST_OK && world->look)
        world->look(world, answer->results, answer->count);
}

/* Sends what was added, and waits for its answer. */
static enum status send_and_wait(struct world *world)
{
    int before = world->done;

    pg_send(world->pg, READS, note_done, world);
    assert_int_equal(world->done, before);
    turn_until(world, &world->done, before + 1);
    return world->status;
}

static enum status run_one(struct world *world, const struct pg_statement *statement)
{
    pg_add(world->pg, statement, NULL);
    return send_and_wait(world);
}

static int begin(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    const char *url = getenv("POSTGRES_ADMIN_URL");
    struct err err;

    signal(SIGPIPE, SIG_IGN);
    assert_non_null(url);
    world->other = PQconnectdb(url);
    assert_int_equal(PQstatus(world->other), CONNECTION_OK);
    run_sql(world, "SET client_min_messages = error");
    run_sql(world, "DROP TABLE IF EXISTS pg_test_thing");
    run_sql(world, "CREATE TABLE pg_test_thing (key text PRIMARY KEY, state integer NOT NULL, part integer NOT NULL, "
                   "name text NOT NULL, count integer NOT NULL CHECK (count >= 0), price bigint NOT NULL, "
                   "bytes bytea NOT NULL, good boolean NOT NULL)");
    world->base = event_base_new();
    arena_init(&world->arena);
    world->rows = rows_open(&things, part_of, KIND_ORDER);
    assert_int_equal(pg_open(world->base, url, "pg_test", &world->pg, &err), ST_OK);
    pg_on_change(world->pg, note_change, world);
    turn_until(world, &world->ups, 1);
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;

    pg_close(world->pg);
    rows_close(world->rows);
    run_sql(world, "DROP TABLE IF EXISTS pg_test_thing");
    PQfinish(world->other);
    event_base_free(world->base);
    arena_release(&world->arena);
    free(world);
    return 0;
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

static void keep_rows(struct world *world, PGresult *const *results, size_t count)
{
    assert_int_equal(count, 1);
    world->loaded_count = (size_t)PQntuples(results[0]);
    for (size_t i = 0; i < world->loaded_count && i < 8; i++)
        world->loaded[i] = rows_read(world->rows, results[0], (int)i, &world->arena);
}

static void load(struct world *world, const struct str *keys, size_t count)
{
    world->look = keep_rows;
    rows_load(world->rows, world->pg, keys, count, &world->arena);
    assert_int_equal(send_and_wait(world), ST_OK);
    world->look = NULL;
}

static enum status save(struct world *world, const struct thing *list, size_t count)
{
    const struct row *pointers[8];

    for (size_t i = 0; i < count; i++)
        pointers[i] = &list[i].row;
    rows_save(world->rows, world->pg, pointers, count, &world->arena);
    return send_and_wait(world);
}

static void gives_rows_back_as_they_were_saved(void **state)
{
    struct world *world = *state;
    const struct str keys[] = {STR("zebra"), STR("ant"), STR("nobody"), STR("bee")};
    struct thing list[3] = {
        {{STR("zebra"), 2, true}, STR("Zoë \"quoted\" \\ {x,y}"), INT32_MAX, INT64_MIN, STR("\0\1\xff"), true},
        {{STR("ant"), 0, true}, STR(""), 0, INT64_MAX, STR(""), false},
        {{STR("bee"), 1, true}, STR("NULL"), 1, -1, STR("\\x00"), false},
    };

    assert_int_equal(save(world, list, 3), ST_OK);
    load(world, keys, 4);
    assert_int_equal(world->loaded_count, 3);
    assert_true(str_is(world->loaded[0]->row.key, "ant"));
    assert_true(str_is(world->loaded[1]->row.key, "bee"));
    for (size_t i = 0; i < 3; i++) {
        const struct thing *saved = &list[(i + 1) % 3 == 0 ? 0 : i + 1], *loaded = world->loaded[i];

        assert_true(str_equal(loaded->row.key, saved->row.key));
        assert_int_equal(loaded->row.state, saved->row.state);
        assert_false(loaded->row.changed);
        assert_true(str_equal(loaded->name, saved->name));
        assert_int_equal(loaded->count, saved->count);
        assert_true(loaded->price == saved->price);
        assert_true(str_equal(loaded->bytes, saved->bytes));
        assert_int_equal(loaded->good, saved->good);
    }
}

static void saves_new_and_old_rows_in_one_statement(void **state)
{
    struct world *world = *state;
    const struct str keys[] = {STR("a"), STR("b")};
    struct thing list[2] = {{{STR("a"), 1, true}, STR("first"), 1, 1, STR(""), false},
                            {{STR("b"), 1, true}, STR("new"), 1, 1, STR(""), false}};

    assert_int_equal(save(world, list, 1), ST_OK);
    list[0].name = STR("second");
    list[0].row.state = 7;
    assert_int_equal(save(world, list, 2), ST_OK);
    load(world, keys, 2);
    assert_int_equal(world->loaded_count, 2);
    assert_true(str_is(world->loaded[0]->name, "second"));
    assert_int_equal(world->loaded[0]->row.state, 7);
}

static void makes_a_row_for_a_key_that_is_not_there(void **state)
{
    struct world *world = *state;
    const struct thing *made = rows_make(world->rows, STR("new"), &world->arena);

    assert_true(str_is(made->row.key, "new"));
    assert_int_equal(made->row.state, 0);
    assert_int_equal(made->name.len, 0);
    load(world, NULL, 0);
    assert_int_equal(world->loaded_count, 0);
}

/* --- failures ----------------------------------------------------------------------------------------------------- */

static const struct pg_statement start = {"test_begin", "BEGIN"};
static const struct pg_statement insert = {"test_insert",
                                           "INSERT INTO pg_test_thing VALUES ('kept', 0, 0, '', 0, 0, '', false)"};
static const struct pg_statement broken = {"test_broken", "SELECT no_such_column FROM pg_test_thing"};
static const struct pg_statement divide = {"test_divide", "SELECT 1 / (count(*) - count(*)) FROM pg_test_thing"};
static const struct pg_statement count_rows = {"test_count", "SELECT count(*) FROM pg_test_thing"};
static const struct pg_statement lock = {"test_lock", "LOCK TABLE pg_test_thing IN ACCESS EXCLUSIVE MODE"};
static const struct pg_statement sleep_long = {"test_sleep", "SELECT pg_sleep(30)"};

static void keep_number(struct world *world, PGresult *const *results, size_t count)
{
    world->seen = result_long(results[count - 1], 0, 0);
}

static int64_t rows_there(struct world *world)
{
    world->look = keep_number;
    assert_int_equal(run_one(world, &count_rows), ST_OK);
    world->look = NULL;
    return world->seen;
}

static void rolls_back_what_a_failed_group_began(void **state)
{
    struct world *world = *state;

    pg_add(world->pg, &start, NULL);
    pg_add(world->pg, &insert, NULL);
    assert_int_equal(send_and_wait(world), ST_OK);
    assert_int_equal(run_one(world, &divide), ST_REJECT);
    assert_non_null(strstr(world->err.text, "division by zero (22012)"));
    assert_int_equal(rows_there(world), 0);
    assert_int_equal(run_one(world, &insert), ST_OK);
    assert_int_equal(rows_there(world), 1);
}

static void tells_refused_data_from_a_wrong_program(void **state)
{
    struct world *world = *state;
    struct thing bad[1] = {{{STR("bad"), 0, true}, STR(""), -5, 0, STR(""), false}};

    assert_int_equal(save(world, bad, 1), ST_REJECT);
    assert_false(world->lost);
    assert_non_null(strstr(world->err.text, "pg_test_thing"));
    assert_non_null(strstr(world->err.text, "pg_test_thing_count_check"));
    assert_null(strstr(world->err.text, "Failing row")); /* what stands in a row is nobody's business */
    assert_null(strstr(world->err.text, "-5"));
    bad[0].count = 0;
    bad[0].name = STR("no \xff UTF-8");
    assert_int_equal(save(world, bad, 1), ST_REJECT);
    assert_int_equal(run_one(world, &broken), ST_FATAL);
    assert_int_equal(rows_there(world), 0);
}

static void gives_up_waiting_for_a_lock(void **state)
{
    struct world *world = *state;

    run_sql(world, "BEGIN");
    run_sql(world, "LOCK TABLE pg_test_thing IN ACCESS EXCLUSIVE MODE");
    pg_add(world->pg, &start, NULL);
    pg_add(world->pg, &lock, NULL);
    assert_int_equal(send_and_wait(world), ST_RETRY);
    assert_false(world->lost);
    run_sql(world, "ROLLBACK");
    assert_int_equal(rows_there(world), 0);
}

static void answers_a_group_whose_connection_was_cut_and_comes_back(void **state)
{
    struct world *world = *state;
    int before = world->done;

    assert_int_equal(run_one(world, &insert), ST_OK);
    pg_add(world->pg, &sleep_long, NULL);
    pg_send(world->pg, READS, note_done, world);
    run_sql(world, "SELECT pg_sleep(0.2), pg_terminate_backend(pid) FROM pg_stat_activity "
                   "WHERE application_name = 'pg_test' AND datname = current_database()");
    turn_until(world, &world->downs, 1);
    assert_int_equal(world->done, before + 2);
    assert_int_equal(world->status, ST_RETRY);
    assert_true(world->lost);
    assert_int_equal(run_one(world, &count_rows), ST_RETRY);
    assert_true(world->lost);
    turn_until(world, &world->ups, 2);
    assert_int_equal(rows_there(world), 1);
}

static void sorts_errors_by_what_helps(void **state)
{
    (void)state;
    assert_int_equal(pg_status("40001"), ST_RETRY);
    assert_int_equal(pg_status("40P01"), ST_RETRY);
    assert_int_equal(pg_status("55P03"), ST_RETRY);
    assert_int_equal(pg_status("57P01"), ST_RETRY);
    assert_int_equal(pg_status("08006"), ST_RETRY);
    assert_int_equal(pg_status("53300"), ST_RETRY);
    assert_int_equal(pg_status("23514"), ST_REJECT);
    assert_int_equal(pg_status("22021"), ST_REJECT);
    assert_int_equal(pg_status("42P01"), ST_FATAL);
    assert_int_equal(pg_status(NULL), ST_RETRY);
}

static void refuses_an_address_that_is_none(void **state)
{
    struct world *world = *state;
    struct pg *pg = NULL;
    struct err err;

    assert_int_equal(pg_open(world->base, "postgres://[", "x", &pg, &err), ST_FATAL);
    assert_null(pg);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_world(gives_rows_back_as_they_were_saved),
        with_world(saves_new_and_old_rows_in_one_statement),
        with_world(makes_a_row_for_a_key_that_is_not_there),
        with_world(rolls_back_what_a_failed_group_began),
        with_world(tells_refused_data_from_a_wrong_program),
        with_world(gives_up_waiting_for_a_lock),
        with_world(answers_a_group_whose_connection_was_cut_and_comes_back),
        cmocka_unit_test(sorts_errors_by_what_helps),
        with_world(refuses_an_address_that_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
