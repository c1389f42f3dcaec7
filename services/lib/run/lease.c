/* lease.c - a row is taken, renewed in time, and given back. A connection of its own: a long step must not lose the number. */
#include "run/lease.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/log.h"
#include "store/columns.h"
#include "store/pg.h"

/* What is free: a row that was never there, whose time is over, or of this name. Of two that want the same the later
 * one's INSERT finds the row taken, returns nothing, and is tried again. */
static const struct pg_statement take = {
    "take_ordinal",
    "INSERT INTO replica AS r (ordinal, holder, token, until) "
    "SELECT o, $1, $2, now() + make_interval(secs => $3) FROM generate_series(0, 999) AS o "
    "LEFT JOIN replica AS had ON had.ordinal = o "
    "WHERE had.ordinal IS NULL OR had.until < now() OR had.holder = $1 "
    "ORDER BY had.holder IS NOT DISTINCT FROM $1 DESC, o LIMIT 1 "
    "ON CONFLICT (ordinal) DO UPDATE SET holder = excluded.holder, token = excluded.token, until = excluded.until "
    "WHERE r.until < now() OR r.holder = excluded.holder RETURNING ordinal"};

static const struct pg_statement renew = {
    "renew_ordinal", "UPDATE replica SET until = now() + make_interval(secs => $2) WHERE token = $1 RETURNING ordinal"};

static const struct pg_statement give_back = {"give_back_ordinal",
                                              "UPDATE replica SET until = '-infinity' WHERE token = $1"};

struct lease {
    struct pg *pg;
    struct event *tick;
    struct lease_hooks hooks;
    struct arena arena; /* of the statement under way */
    char *holder;
    char token[ID_TEXT_LEN + 1]; /* of this process alone: after a theft it finds its row no more */
    int64_t ordinal;             /* -1: none yet */
    bool over;                   /* given back, or lost */
    struct err last;
};

static void look_again(struct lease *lease, int64_t wait_ms)
{
    struct timeval wait = {wait_ms / 1000, wait_ms % 1000 * 1000};

    evtimer_add(lease->tick, &wait);
}

static void end(struct lease *lease)
{
    struct err why;

    lease->over = true;
    err_set(&why, ST_FATAL, "another process is replica %lld of the service now", (long long)lease->ordinal);
    lease->hooks.lost(lease->hooks.context, &why);
}

static void hold(struct lease *lease, int64_t ordinal)
{
    lease->ordinal = ordinal;
    log_info("this is replica %lld, by the name of %s", (long long)ordinal, lease->holder);
    lease->hooks.taken(lease->hooks.context, ordinal);
}

static void answered(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    struct lease *lease = context;
    bool found = status == ST_OK && PQntuples(answer->results[0]) == 1;

    arena_clear(&lease->arena);
    if (lease->over)
        return;
    if (status != ST_OK)
        lease->last = *err;
    else if (lease->ordinal >= 0 && !found)
        end(lease);
    else if (lease->ordinal < 0 && found)
        hold(lease, result_int(answer->results[0], 0, 0));
    look_again(lease, lease->ordinal < 0 ? 200 : LEASE_RENEW_S * 1000);
}

static void ask(struct lease *lease, const struct pg_statement *statement, bool with_holder, bool with_time)
{
    struct pg_params params = {0};

    if (with_holder)
        params_text(&params, str_of(lease->holder));
    params_text(&params, str_of(lease->token));
    if (with_time)
        params_long(&params, LEASE_KEPT_S, &lease->arena);
    pg_add(lease->pg, statement, &params);
    pg_send(lease->pg, READS, answered, lease); /* no crash point: no promise stands on a number */
}

void lease_renew(struct lease *lease)
{
    if (lease->over || pg_busy(lease->pg))
        return;
    if (!pg_connected(lease->pg))
        look_again(lease, 200);
    else if (lease->ordinal < 0)
        ask(lease, &take, true, true);
    else
        ask(lease, &renew, false, true);
}

void lease_give_back(struct lease *lease)
{
    if (!lease || lease->over)
        return;
    lease->over = true;
    if (lease->ordinal >= 0 && pg_connected(lease->pg) && !pg_busy(lease->pg))
        ask(lease, &give_back, false, false);
}

static void on_time(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    lease_renew(context);
}

static void changed(void *context, bool connected)
{
    if (connected)
        lease_renew(context);
}

enum status lease_open(struct event_base *base, const char *database, const char *service, const char *holder,
                       const struct lease_hooks *hooks, struct lease **lease, struct err *err)
{
    struct lease *opened = calloc(1, sizeof(*opened));
    enum status status;
    struct id id = id_random();

    if (!opened)
        abort();
    status = pg_open(base, database, service, &opened->pg, err);
    if (status != ST_OK) {
        free(opened);
        return status;
    }
    opened->hooks = *hooks;
    opened->ordinal = -1;
    opened->holder = strdup(holder);
    opened->tick = evtimer_new(base, on_time, opened);
    if (!opened->holder || !opened->tick)
        abort();
    id_write(&id, opened->token);
    arena_init_small(&opened->arena);
    err_set(&opened->last, ST_RETRY, "all numbers are taken, or nobody has answered yet");
    pg_on_change(opened->pg, changed, opened);
    *lease = opened;
    return ST_OK;
}

bool lease_ready(const struct lease *lease, struct err *why)
{
    if (!lease || lease->ordinal >= 0)
        return true;
    err_set(why, ST_RETRY, "this replica has no number yet: %s", lease->last.text);
    return false;
}

void lease_close(struct lease *lease)
{
    if (!lease)
        return;
    event_free(lease->tick);
    pg_close(lease->pg);
    arena_release(&lease->arena);
    free(lease->holder);
    free(lease);
}
