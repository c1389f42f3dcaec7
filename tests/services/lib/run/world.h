/* world.h - what surrounds the probe in a test: its database and topics, its process, what is sent to it and what it said.
 *
 * Everything has a name of its own for each run, so tests share servers without meeting. Failures fail the test. */
#ifndef TESTS_RUN_WORLD_H
#define TESTS_RUN_WORLD_H

#include <libpq-fe.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "msg/msg.h"

struct world {
    char name[32];                    /* of the service, its group, its database; begins every key */
    char database[256], through[256]; /* its url, and the one that the process is given (a proxy's) */
    char admin[32], other_admin[32];
    const char *kafka;
    rd_kafka_t *producer;
    PGconn *db;
    pid_t pid;
};

struct world *world_open(void);
void world_close(struct world *world);

/* Starts a process of the probe; crash: as APP_CRASH_AT, "step-commit.before:3", or NULL. With wait, until it is ready. */
pid_t world_start(struct world *world, const char *admin, const char *crash, bool wait);
void world_wait_ready(struct world *world, const char *admin);
bool world_is_ready(const char *admin);

/* Waits until the process ends; its wait status. Kills it after 20 s and fails. */
int world_wait_end(struct world *world, pid_t pid);

/* Ends the last process that was started, if it runs. */
void world_kill(struct world *world);

/* A key of this run: "<name>-<word>-<number>"; with bad, one that begins with "bad". */
const char *world_key(const struct world *world, const char *word, int number, char text[64]);

/* Sends a message and waits for its acknowledgement. id NULL: one from the key. */
void world_cancel_order(struct world *world, const char *key, const char *word, const struct id *id);
void world_empty_cart(struct world *world, const char *key);
void world_send(struct world *world, enum topic topic, const char *key, struct str value, const struct id *id);

/* The single number that a query gives; -1 when it gives none. */
int64_t world_number(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Until the query gives this number; fails after 30 s. */
void world_await(struct world *world, int64_t number, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What the topic holds under keys that begin with prefix: records, and different ce-ids among them. detail (may be NULL)
 * is that of the last CancelRefused. */
struct spoken {
    int records, ids;
    char user_id[64], detail[64];
    size_t value_bytes; /* of the last */
    char headers[1024]; /* of the last, as "name=value," */
};
struct spoken world_spoken(struct world *world, const char *topic, const char *prefix);

/* A number from the process's /metrics; 0 when it is not there. */
double world_metric(const char *admin, const char *name);

#endif
