/* consumer.h - the service's member of its Kafka group: it grants partitions and brings records; where to read from is
 * said by the database. */
#ifndef RUN_CONSUMER_H
#define RUN_CONSUMER_H

#include "run/kafka.h"
#include "run/run.h"

struct consumer;
struct run;
struct claim;
struct stream;

/* Joins the group named like the service. ST_FATAL when librdkafka refuses. */
enum status consumer_open(struct run *run, struct consumer **consumer, struct err *err) must_check;

/* Leaves without waiting; blocks at most some 100 ms. */
void consumer_close(struct consumer *consumer);

/* Fetching begins at the claims' positions, and what was fetched before is dropped. With nothing owned it ends. */
void consumer_assign(struct consumer *consumer);

/* The next record that is new for an owned claim; NULL when there is none. Destroyed by the caller
 * (rd_kafka_message_destroy). Grants and withdrawals arrive while this is called. */
rd_kafka_message_t *consumer_take(struct consumer *consumer, struct claim **claim, struct stream **stream);

/* Lets grants and withdrawals arrive while nothing is owned; records are dropped, and come again after the next
 * consumer_assign. */
void consumer_serve(struct consumer *consumer);

/* More may be there than was taken: wakes the engine again. */
void consumer_wake_again(struct consumer *consumer);

/* Positions were committed in the database. */
void consumer_moved(struct consumer *consumer);

/* Tells Kafka how far the database is, if that has changed: for the tools that show lag. Called each second. */
void consumer_commit(struct consumer *consumer);

/* Records in the topics that are not committed here, by what the last fetches said; -1: not known yet. */
int64_t consumer_lag(const struct consumer *consumer, const struct stream *stream);

/* The client, for questions that another thread asks. */
rd_kafka_t *consumer_client(const struct consumer *consumer);

/* For /readyz. */
bool consumer_ready(void *consumer, struct err *why);

#endif
