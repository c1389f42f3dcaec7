/* floor.c - the least that a hop can cost here: one record through Kafka, one commit in Postgres, nothing else. */
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bench.h"

#define FLOOR_TOPIC "bench.floor"

static enum status make_topic(struct bench *bench, struct err *err)
{
    char why[256];
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(FLOOR_TOPIC, 1, 1, why, sizeof(why));
    rd_kafka_queue_t *queue = rd_kafka_queue_new(bench->producer);
    rd_kafka_event_t *answer;
    enum status status = ST_OK;

    rd_kafka_CreateTopics(bench->producer, &topic, 1, NULL, queue);
    answer = rd_kafka_queue_poll(queue, 15000);
    if (!answer || rd_kafka_event_error(answer))
        status = err_set(err, ST_FATAL, "cannot make the topic " FLOOR_TOPIC);
    if (answer)
        rd_kafka_event_destroy(answer);
    rd_kafka_queue_destroy(queue);
    rd_kafka_NewTopic_destroy(topic);
    return status;
}

static enum status round_trip(struct bench *bench, int64_t *us, struct err *err)
{
    char payload[300] = {0};
    int64_t start = clock_steady_us();
    rd_kafka_message_t *back;

    if (rd_kafka_producev(bench->producer, RD_KAFKA_V_TOPIC(FLOOR_TOPIC), RD_KAFKA_V_PARTITION(0),
                          RD_KAFKA_V_VALUE(payload, sizeof(payload)), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_END) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return err_set(err, ST_FATAL, "cannot produce to " FLOOR_TOPIC);
    for (;;) {
        back = rd_kafka_consumer_poll(bench->consumer, 10000);
        if (!back)
            return err_set(err, ST_FATAL, "a record of " FLOOR_TOPIC " did not come back");
        if (!back->err)
            break;
        rd_kafka_message_destroy(back);
    }
    *us = clock_steady_us() - start;
    rd_kafka_message_destroy(back);
    rd_kafka_poll(bench->producer, 0);
    return ST_OK;
}

static enum status measure_commits(const char *database, int rounds, struct samples *samples, struct err *err)
{
    PGconn *db = PQconnectdb(database);
    enum status status = ST_OK;

    if (PQstatus(db) != CONNECTION_OK) {
        status = err_set(err, ST_FATAL, "no database: %s", PQerrorMessage(db));
        goto out;
    }
    PQclear(PQexec(db, "CREATE TABLE IF NOT EXISTS bench_floor (key integer PRIMARY KEY, n integer)"));
    PQclear(PQexec(db, "INSERT INTO bench_floor VALUES (1, 0) ON CONFLICT DO NOTHING"));
    for (int i = 0; i < rounds; i++) {
        int64_t start = clock_steady_us();
        PGresult *result = PQexec(db, "UPDATE bench_floor SET n = n + 1 WHERE key = 1");

        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            status = err_set(err, ST_FATAL, "no commit: %s", PQerrorMessage(db));
        PQclear(result);
        samples_add(samples, clock_steady_us() - start);
    }
    PQclear(PQexec(db, "DROP TABLE bench_floor"));
out:
    PQfinish(db);
    return status;
}

enum status floor_measure(struct bench *bench, int rounds, struct err *err)
{
    struct samples kafka = {0}, commits = {0};
    enum status status = make_topic(bench, err);
    int64_t us = 0;

    if (status == ST_OK)
        status = bench_follow(bench, FLOOR_TOPIC, 1, err);
    for (int i = -10; status == ST_OK && i < rounds; i++) {
        status = round_trip(bench, &us, err);
        if (i >= 0)
            samples_add(&kafka, us);
    }
    if (status == ST_OK)
        status = measure_commits(bench->database, rounds, &commits, err);
    if (status == ST_OK)
        printf("{\"kafka_us\": %" PRId64 ", \"commit_us\": %" PRId64 "}\n", samples_at(&kafka, 0.5),
               samples_at(&commits, 0.5));
    return status;
}
