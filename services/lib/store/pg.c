/* pg.c - libpq's pipeline on libevent.
 *
 * In pipeline mode each statement gives its results and a NULL, and the sync gives one result and no NULL. After an error
 * everything up to the sync is answered "aborted", and an open transaction stays open and broken: it is rolled back here,
 * by a group of its own, before the caller hears of the error. */
#include "store/pg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/pg_link.h"

enum { PREPARED = 64, GROUP_S = 20 };

/* What the server owes: a prepared statement or a result. */
struct owed {
    const struct pg_statement *prepares; /* NULL: the result of an added statement */
};

struct pg {
    struct pg_link link;
    struct event *patience, *refuse;
    pg_change_fn *change;
    void *change_context;

    const struct pg_statement *prepared[PREPARED];
    size_t prepared_count;

    const struct pg_statement *group[PG_MAX_GROUP];
    struct pg_params params[PG_MAX_GROUP];
    size_t group_count;

    struct owed owed[2 * PG_MAX_GROUP];
    size_t owed_count, owed_next;
    PGresult *results[PG_MAX_GROUP];
    size_t result_count;
    bool busy, rolling_back;
    enum status status;
    struct err err;
    const struct effect *effect;
    pg_done_fn *done;
    void *done_context;
};

static const struct pg_statement rollback = {"rollback", "ROLLBACK"};

DEFINE_EFFECT(rolling_back, "rollback", "a transaction that failed is given up");

enum status pg_status(const char *sqlstate)
{
    static const char *const retry[] = {"08", "40001", "40P01", "53", "55P03", "57", "25006", "25P03"};
    static const char *const reject[] = {"22", "23", "54"};

    if (!sqlstate)
        return ST_RETRY;
    for (size_t i = 0; i < sizeof(retry) / sizeof(*retry); i++)
        if (strncmp(sqlstate, retry[i], strlen(retry[i])) == 0)
            return ST_RETRY;
    for (size_t i = 0; i < sizeof(reject) / sizeof(*reject); i++)
        if (strncmp(sqlstate, reject[i], strlen(reject[i])) == 0)
            return ST_REJECT;
    return ST_FATAL;
}

static void clear_results(struct pg *pg)
{
    for (size_t i = 0; i < pg->result_count; i++)
        PQclear(pg->results[i]);
    pg->result_count = 0;
}

static void answer(struct pg *pg, bool lost)
{
    struct pg_answer answer = {
        .results = pg->status == ST_OK ? pg->results : NULL, .count = pg->result_count, .lost = lost};
    pg_done_fn *done = pg->done;
    PGresult *results[PG_MAX_GROUP];
    struct err err = pg->err;

    /* The caller may send the next group from within: what it looks at is taken out of the way. */
    memcpy(results, pg->results, sizeof(results));
    answer.results = pg->status == ST_OK ? results : NULL;
    pg->result_count = 0;
    pg->busy = pg->rolling_back = false;
    evtimer_del(pg->patience);
    effect_answered(pg->effect);
    done(pg->done_context, pg->status, &answer, &err);
    for (size_t i = 0; i < answer.count; i++)
        PQclear(results[i]);
}

static void send_one(struct pg *pg, const struct pg_statement *statement, const struct pg_params *params)
{
    static const int binary[PG_MAX_PARAMS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                              1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    PGconn *connection = pg->link.connection;
    bool known = false;

    if (!statement)
        abort();
    for (size_t i = 0; i < pg->prepared_count; i++)
        known = known || pg->prepared[i] == statement;
    for (size_t i = 0; i < pg->owed_count; i++)
        known = known || pg->owed[i].prepares == statement;
    if (!known) {
        pg->owed[pg->owed_count++].prepares = statement;
        /* crash points: as below */
        PQsendPrepare(connection, statement->name, statement->sql, params->count, params->types);
    }
    pg->owed[pg->owed_count++].prepares = NULL;
    /* crash points: of the group, by pg_send. A statement is never NULL. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
    PQsendQueryPrepared(connection, statement->name, params->count, params->values, params->lengths, binary, 1);
}

static void send_group(struct pg *pg)
{
    pg->owed_count = pg->owed_next = 0;
    for (size_t i = 0; i < pg->group_count; i++)
        send_one(pg, pg->group[i], &pg->params[i]);
    pg->group_count = 0;
    PQpipelineSync(pg->link.connection);
    pg_link_flush(&pg->link);
}

/* The detail is left out: it quotes the row that was refused, and what is said here goes into tables, topics and logs. The
 * message itself names the constraint and its table. */
static void note_error(struct pg *pg, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    if (pg->status != ST_OK)
        return;
    pg->status = err_set(&pg->err, pg_status(sqlstate), "Postgres: %s (%s)", text ? text : "no text",
                         sqlstate ? sqlstate : "no code");
}

/* One result of what is owed. */
static void take(struct pg *pg, PGresult *result)
{
    struct owed *owed = &pg->owed[pg->owed_next++];
    ExecStatusType type = PQresultStatus(result);
    bool good = type == PGRES_COMMAND_OK || type == PGRES_TUPLES_OK;

    if (!good && type != PGRES_PIPELINE_ABORTED)
        note_error(pg, result);
    if (good && owed->prepares && pg->prepared_count < PREPARED)
        pg->prepared[pg->prepared_count++] = owed->prepares;
    if (owed->prepares || pg->rolling_back)
        PQclear(result);
    else
        pg->results[pg->result_count++] = result;
}

static void finish(struct pg *pg)
{
    static const struct pg_params none = {0};

    if (pg->status != ST_OK)
        clear_results(pg);
    if (PQtransactionStatus(pg->link.connection) == PQTRANS_INERROR && !pg->rolling_back) {
        pg->rolling_back = true;
        pg->owed_count = pg->owed_next = 0;
        effect_before(&rolling_back);
        send_one(pg, &rollback, &none);
        PQpipelineSync(pg->link.connection);
        pg_link_flush(&pg->link);
        effect_after(&rolling_back);
        return;
    }
    if (pg->rolling_back)
        effect_answered(&rolling_back);
    answer(pg, false);
}

static void readable(void *context)
{
    struct pg *pg = context;
    int nothings = 0;

    /* After a statement's results comes one NULL, after the sync none; two in a row: nothing more is there. */
    while (pg->busy && pg->link.up && !PQisBusy(pg->link.connection) && nothings < 2) {
        PGresult *result = PQgetResult(pg->link.connection);

        if (!result) {
            nothings++;
            continue;
        }
        nothings = 0;
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            finish(pg);
        } else if (pg->owed_next < pg->owed_count) {
            take(pg, result);
        } else {
            note_error(pg, result);
            PQclear(result);
        }
    }
}

static void link_changed(void *context, bool up)
{
    struct pg *pg = context;

    pg->prepared_count = 0;
    if (!up && pg->busy) {
        clear_results(pg);
        pg->status = err_set(&pg->err, ST_RETRY, "Postgres: %s", pg->link.last.text);
        answer(pg, true);
    }
    if (pg->change)
        pg->change(pg->change_context, up);
}

static void took_too_long(evutil_socket_t fd, short what, void *context)
{
    struct pg *pg = context;

    (void)fd;
    (void)what;
    pg_link_drop(&pg->link, "an answer took too long");
}

static void refuse(evutil_socket_t fd, short what, void *context)
{
    struct pg *pg = context;

    (void)fd;
    (void)what;
    pg->status = err_set(&pg->err, ST_RETRY, "Postgres: %s", pg->link.last.text);
    answer(pg, true);
}

enum status pg_open(struct event_base *base, const char *url, const char *name, struct pg **pg, struct err *err)
{
    struct pg *opened = calloc(1, sizeof(*opened));
    enum status status;

    if (!opened)
        abort();
    opened->patience = evtimer_new(base, took_too_long, opened);
    opened->refuse = evtimer_new(base, refuse, opened);
    if (!opened->patience || !opened->refuse)
        abort();
    status = pg_link_open(&opened->link, base, url, name, link_changed, readable, opened, err);
    if (status != ST_OK) {
        pg_close(opened);
        return status;
    }
    *pg = opened;
    return ST_OK;
}

void pg_close(struct pg *pg)
{
    if (!pg)
        return;
    clear_results(pg);
    pg_link_close(&pg->link);
    event_free(pg->patience);
    event_free(pg->refuse);
    free(pg);
}

bool pg_connected(const struct pg *pg)
{
    return pg->link.up;
}

void pg_on_change(struct pg *pg, pg_change_fn *change, void *context)
{
    pg->change = change;
    pg->change_context = context;
}

bool pg_ready(void *context, struct err *why)
{
    const struct pg *pg = context;

    if (!pg->link.up)
        err_set(why, ST_RETRY, "Postgres: %s", pg->link.last.text);
    return pg->link.up;
}

void pg_add(struct pg *pg, const struct pg_statement *statement, const struct pg_params *params)
{
    if (pg->busy || pg->group_count == PG_MAX_GROUP)
        abort();
    pg->params[pg->group_count] = params ? *params : (struct pg_params){0};
    pg->group[pg->group_count++] = statement;
}

void pg_send(struct pg *pg, const struct effect *effect, pg_done_fn *done, void *context)
{
    struct timeval patience = {GROUP_S, 0}, now = {0, 0};

    if (pg->busy)
        abort();
    pg->busy = true;
    pg->status = ST_OK;
    pg->err.text[0] = '\0';
    pg->effect = effect;
    pg->done = done;
    pg->done_context = context;
    if (!pg->link.up) {
        pg->group_count = 0;
        evtimer_add(pg->refuse, &now);
        return;
    }
    evtimer_add(pg->patience, &patience);
    effect_before(effect);
    send_group(pg);
    effect_after(effect);
}

bool pg_busy(const struct pg *pg)
{
    return pg->busy;
}
