/* edge.c - the gauges: how many findings stand, by kind. Read from the database, so that they outlive the process and
 * count what every replica found. */
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "run/metrics.h"
#include "run/run.h"
#include "store/columns.h"
#include "streams/audit/audit.h"

enum { LOOK_EVERY_S = 5 };

static const struct pg_statement count_told = {"count_told",
                                               "SELECT told, count(*) FROM (SELECT told FROM books WHERE told <> 0 "
                                               "UNION ALL SELECT told FROM stock WHERE told <> 0) AS t GROUP BY told"};

static struct edge {
    struct pg *pg;
    struct event *tick;
    struct metric *gauges[LEDGER_KINDS];
} edge;

static void counted(void *context, enum status status, const struct pg_answer *answer, const struct err *err)
{
    int64_t counts[LEDGER_KINDS] = {0};

    (void)context;
    (void)err;
    if (status != ST_OK)
        return;
    for (int row = 0; row < PQntuples(answer->results[0]); row++)
        for (uint32_t kind = 1; kind < LEDGER_KINDS; kind++)
            if ((uint32_t)result_int(answer->results[0], row, 0) & 1U << kind)
                counts[kind] += result_long(answer->results[0], row, 1);
    for (uint32_t kind = 1; kind < LEDGER_KINDS; kind++)
        metric_set(edge.gauges[kind], (double)counts[kind]);
}

static void look(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    (void)context;
    if (!pg_connected(edge.pg) || pg_busy(edge.pg))
        return;
    pg_add(edge.pg, &count_told, NULL);
    pg_send(edge.pg, READS, counted, NULL);
}

static void connected(void *context, bool is_connected)
{
    (void)context;
    if (is_connected)
        look(-1, 0, NULL);
}

enum status audit_open(struct run *run, struct err *err)
{
    const struct timeval often = {LOOK_EVERY_S, 0};
    enum status status = pg_open(run_base(run), run_database(run), "audit-gauges", &edge.pg, err);
    char labels[64];

    if (status != ST_OK)
        return status;
    for (uint32_t kind = 1; kind < LEDGER_KINDS; kind++) {
        snprintf(labels, sizeof(labels), "kind=\"%s\"", audit_kind_name((enum audit_kind)kind));
        edge.gauges[kind] = metric_gauge("shop_audit_findings", "Orders and products that do not add up.", labels);
    }
    edge.tick = event_new(run_base(run), -1, EV_PERSIST, look, NULL);
    if (!edge.tick)
        abort();
    event_add(edge.tick, &often);
    pg_on_change(edge.pg, connected, NULL);
    return ST_OK;
}

void audit_close(struct run *run)
{
    (void)run;
    if (edge.tick)
        event_free(edge.tick);
    pg_close(edge.pg);
}
