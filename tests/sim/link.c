/* link.c - the connection to a database of paper: groups, transactions, locks between processes, and what can go wrong.
 *
 * Stands for services/lib/store/pg.c and for libpq. A group is done at one turn of the scheduler, whole: nobody else sees what
 * a transaction has written before its commit, and whoever needs a row that another one has locked waits. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/sim.h"

/* --- results ------------------------------------------------------------------------------------------------------ */

int PQntuples(const PGresult *result)
{
    return result->rows;
}

char *PQgetvalue(const PGresult *result, int row, int column)
{
    return (char *)(uintptr_t)result->cells[row * result->columns + column].ptr;
}

int PQgetlength(const PGresult *result, int row, int column)
{
    return (int)result->cells[row * result->columns + column].len;
}

char *PQcmdStatus(PGresult *result)
{
    return (char *)(uintptr_t)result->tag;
}

/* --- pg.h --------------------------------------------------------------------------------------------------------- */

enum status pg_open(struct event_base *base, const char *url, const char *name, struct pg **pg, struct err *err)
{
    struct process *process = (struct process *)base;
    struct pg *opened = calloc(1, sizeof(*opened));

    (void)url;
    (void)err;
    if (!opened)
        abort();
    opened->process = process;
    opened->writes_tail = &opened->writes;
    for (size_t i = 0; i < sim.database_count; i++)
        if (strcmp(sim.databases[i].name, name) == 0)
            opened->database = &sim.databases[i];
    if (!opened->database)
        abort();
    *pg = process->pg = opened;
    return ST_OK;
}

void pg_close(struct pg *pg)
{
    if (!pg)
        return;
    pg->process->pg = NULL;
    free(pg);
}

bool pg_connected(const struct pg *pg)
{
    return pg->up;
}

void pg_on_change(struct pg *pg, pg_change_fn *change, void *context)
{
    pg->change = change;
    pg->change_context = context;
}

bool pg_ready(void *pg, struct err *why)
{
    err_set(why, ST_RETRY, "Postgres is away");
    return ((struct pg *)pg)->up;
}

void pg_add(struct pg *pg, const struct pg_statement *statement, const struct pg_params *params)
{
    if (pg->busy || pg->count == PG_MAX_GROUP)
        abort();
    pg->params[pg->count] = params ? *params : (struct pg_params){0};
    pg->group[pg->count++] = statement;
}

static bool has(const struct pg *pg, const char *statement)
{
    for (size_t i = 0; i < pg->count; i++)
        if (strncmp(pg->group[i]->name, statement, strlen(statement)) == 0)
            return true;
    return false;
}

/* What the rules of the step have heard, before anybody knows whether it will be committed. */
static void note_heard(struct pg *pg)
{
    struct runtime_heard list[64];
    size_t count = runtime_heard(pg->process->runtime, list, sizeof(list) / sizeof(list[0]));
    struct heard_note **tail = &pg->heard;

    *tail = NULL;
    for (size_t i = 0; i < count; i++) {
        struct heard_note *note = arena_new(&sim.world.arena, struct heard_note);

        note->rules = list[i].rules;
        note->said = (struct said){.type = list[i].type, .id = list[i].id, .time_ms = list[i].time_ms};
        note->said.key = arena_copy(&sim.world.arena, list[i].key);
        note->said.value = arena_copy(&sim.world.arena, list[i].value);
        *tail = note;
        tail = &note->next;
    }
}

void pg_send(struct pg *pg, const struct effect *effect, pg_done_fn *done, void *context)
{
    if (pg->busy)
        abort();
    effect_before(effect);
    pg->busy = true;
    pg->effect = effect;
    pg->done = done;
    pg->context = context;
    if (has(pg, "commit"))
        note_heard(pg);
    effect_after(effect);
}

bool pg_busy(const struct pg *pg)
{
    return pg->busy;
}

enum status pg_status(const char *sqlstate)
{
    (void)sqlstate;
    return ST_RETRY;
}

/* --- the server --------------------------------------------------------------------------------------------------- */

static void give_up(struct pg *pg)
{
    pg->in_transaction = false;
    pg->lock_count = 0;
    pg->writes = NULL;
    pg->writes_tail = &pg->writes;
}

static bool holds(const struct pg *pg, uint64_t lock)
{
    for (size_t i = 0; i < pg->lock_count; i++)
        if (pg->locks[i] == lock)
            return true;
    return false;
}

/* Who else holds a lock that this group needs; NULL: nobody. */
static struct pg *blocked_by(const struct pg *pg)
{
    static struct pg wanted;

    if (!sim.storm.two)
        return NULL;
    wanted.lock_count = 0;
    for (size_t i = 0; i < pg->count; i++)
        statement_locks(&wanted, pg->group[i], &pg->params[i]);
    for (size_t p = 0; p < sim.process_count; p++) {
        struct pg *other = sim.processes[p].pg;

        if (!other || other == pg || other->database != pg->database || !other->in_transaction)
            continue;
        for (size_t i = 0; i < wanted.lock_count; i++)
            if (holds(other, wanted.locks[i]))
                return other;
    }
    return NULL;
}

bool link_may_go(const struct pg *pg)
{
    return !pg->up || pg->cut || (pg->busy && !blocked_by(pg));
}

void link_end_idle(void)
{
    for (size_t p = 0; p < sim.process_count; p++) {
        struct pg *pg = sim.processes[p].pg, *holder = pg && pg->up && pg->busy ? blocked_by(pg) : NULL;

        if (!holder || !holder->process->paused)
            continue;
        sim_faults[SIM_IDLE_KILLED]++;
        give_up(holder);
        holder->cut = true;
    }
}

static void answer(struct pg *pg, enum status status, bool lost, PGresult **results, const char *why)
{
    struct pg_answer answer = {.results = status == ST_OK ? results : NULL, .count = pg->count, .lost = lost};
    struct err err;

    err_set(&err, status, "%s", why);
    pg->busy = false;
    pg->count = 0;
    effect_answered(pg->effect);
    pg->done(pg->context, status, &answer, &err);
}

static void lose(struct pg *pg)
{
    bool asked = pg->busy;

    give_up(pg);
    pg->up = pg->cut = false;
    if (asked)
        answer(pg, ST_RETRY, true, NULL, "Postgres: the connection was lost");
    if (pg->change)
        pg->change(pg->change_context, false);
}

/* All statements, as the server does them. */
static void execute(struct pg *pg, PGresult **results, size_t count)
{
    arena_clear(&sim.world.step_arenas[1]);
    for (size_t i = 0; i < count; i++) {
        results[i] = arena_new(&sim.world.step_arenas[1], PGresult);
        results[i]->tag = "";
        if (sim.storm.two)
            statement_locks(pg, pg->group[i], &pg->params[i]);
        if (!statement_run(pg, pg->group[i], &pg->params[i], results[i]))
            world_wrong(&sim.world, (struct str){0}, "the database of paper does not know the statement %s",
                        pg->group[i]->name);
    }
    if (pg->in_transaction)
        return;
    pg_apply(pg);
    pg->lock_count = 0;
}

static void fail(struct pg *pg, enum status status, const char *why)
{
    give_up(pg);
    answer(pg, status, false, NULL, why);
}

static void answer_in_order(struct pg *pg, bool commits)
{
    PGresult *results[PG_MAX_GROUP];
    size_t count = pg->count;

    if (commits && sim_falls(sim.storm.abort, SIM_COMMIT_ROLLBACK)) {
        execute(pg, results, count - 1);
        give_up(pg);
        results[count - 1] = arena_new(&sim.world.step_arenas[1], PGresult);
        results[count - 1]->tag = "ROLLBACK";
    } else {
        execute(pg, results, count);
    }
    answer(pg, ST_OK, false, results, "");
}

void link_go(struct pg *pg)
{
    bool commits = has(pg, "commit");
    PGresult *results[PG_MAX_GROUP];

    if (pg->cut || (!pg->up && pg->busy)) {
        lose(pg);
    } else if (!pg->up) {
        pg->up = true;
        if (pg->change)
            pg->change(pg->change_context, true);
    } else if (sim_falls(sim.storm.lose, SIM_LOST_BEFORE)) {
        lose(pg);
    } else if (sim_falls(sim.storm.lose, SIM_LOST_AFTER)) {
        sim_faults[SIM_LOST_COMMITS] += commits;
        execute(pg, results, pg->count);
        lose(pg);
    } else if (sim_falls(sim.storm.abort, SIM_SERIALIZATION)) {
        fail(pg, ST_RETRY, "Postgres: could not serialize access (40001)");
    } else if (has(pg, "save_") && sim_falls(sim.storm.refuse, SIM_REFUSED_ROWS)) {
        fail(pg, ST_REJECT, "Postgres: value out of range (22003)");
    } else {
        answer_in_order(pg, commits);
    }
}

/* The process died: what it had sent may have been done, and what was open is rolled back. */
void link_die(struct pg *pg)
{
    PGresult *results[PG_MAX_GROUP];

    if (pg->up && pg->busy && !blocked_by(pg) && world_chance(&sim.world, 50))
        execute(pg, results, pg->count);
    give_up(pg);
    pg->up = false;
    pg->count = 0;
}
