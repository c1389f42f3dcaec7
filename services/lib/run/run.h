/* run.h - the loop that every service is: one struct service, one call.
 *
 * run_service owns everything around the rules: Kafka, the step in Postgres, outbox, deadlines, dead letters, health,
 * metrics, logs, shutdown. It returns the process's exit code. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include <event2/event.h>

#include "base/config.h"
#include "msg/rule.h"
#include "store/table.h"

struct run;

/* Keys of shared rows that a message will need; add each as often as you like. */
struct key_list;
void key_list_add(struct key_list *keys, struct str key);

/* One kind of row of a service. Its topics follow from what the rules hear. */
struct lane {
    const struct rules *rules;
    const struct table *table;
    const struct table *shared; /* rows that the rules of this lane share between partitions, or NULL */
    /* Called after the rows are loaded, once per message of the batch: names the shared rows it may touch. */
    void (*shared_keys)(const struct msg *heard, const void *row, struct key_list *keys);
    /* Answers a command that nobody will hear: it was parked for longer than APP_PARKED_FOR, or a person dropped it. Says
     * its refusal and leaves the row as a refusal does; step->heard is the command. NULL: nobody waits for an answer, and
     * only a person gives a parked message up. */
    rule_fn *refuse;
};

/* A deadline that exists from the first start on (the next refresh of the rates). */
struct standing {
    enum msg_type deadline;
    const char *key;
};

struct service {
    const char *name;    /* consumer group, role, name in logs */
    const char *purpose; /* one sentence for --help; may be NULL */
    const struct lane *lanes;
    size_t lane_count;
    /* State topics that are read whole into memory before anything else is heard. */
    const enum topic *follows;
    size_t follow_count;
    void *memory;
    void (*learn)(void *memory, const struct msg *heard); /* for each message of them, again after a restart */
    const struct standing *standing;
    size_t standing_count;
    /* Settings of its own beside the runtime's; rules see them as step->settings. */
    const struct setting *settings;
    size_t setting_count;
    const void *settings_values;
    /* Asks of somebody outside. open once, before the first step; ask after each commit that asked; close at the end. */
    enum status (*open)(struct run *run, struct err *err);
    void (*ask)(struct run *run, const struct msg *ask);
    void (*close)(struct run *run);
    /* Before each step, outside its transaction, with the number of its messages; for chaos. May be NULL. */
    void (*before_step)(size_t messages);
};

/* Runs until SIGTERM or SIGINT (0), or until the process cannot be trusted (1). --help, --help-config and --health
 * (asks the running process's /readyz) are answered without starting. */
int run_service(const struct service *service, int argc, char **argv);

/* --- for edges (open, ask, close) --------------------------------------------------------------------------------- */

/* The loop: an edge adds its own events, and never blocks in them. */
struct event_base *run_base(struct run *run);

/* The service's own database, for an edge that reads it beside the steps. */
const char *run_database(const struct run *run);

/* ms since 1970, by the shop's clocks (shoptime.h): what an edge dates an answer with that brings no time of its own. */
int64_t run_now_ms(const struct run *run);

/* An answer for the row of ask, heard in one of the next steps. body is copied. time_ms is when it happened, by the
 * clock of whoever answered. ask may have been copied with run_keep_ask. */
void run_answer(struct run *run, const struct msg *ask, enum msg_type type, const void *body, int64_t time_ms);

/* A copy of an ask that lives until run_drop_ask: for an edge that waits. */
struct msg *run_keep_ask(const struct msg *ask);
void run_drop_ask(struct msg *ask);

#endif
