/* client.h - what the files of the paper librdkafka know of each other. */
#ifndef SIM_CLIENT_H
#define SIM_CLIENT_H

#include "tests/sim/sim.h"

enum { FETCHES = 160 };

struct rd_kafka_conf_s {
    void (*delivered)(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque);
    void (*failed)(rd_kafka_t *client, int code, const char *why, void *opaque);
    void (*regrouped)(rd_kafka_t *client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                      void *opaque);
    void *opaque;
    char group[64];
};

/* A record on its way to a consumer, or from a producer and back as a report. */
struct paper_message {
    rd_kafka_message_t message;
    struct paper_message *next;
    rd_kafka_headers_t *headers;
    int64_t time_ms;
    bool written; /* by a producer that does not know it */
};

struct fetch {
    struct rd_kafka_topic_s *topic;
    int32_t part;
    int64_t next;
    bool ended; /* it was told that this is the end */
};

struct rd_kafka_s {
    rd_kafka_t *next;
    struct process *process;
    struct rd_kafka_conf_s conf;
    bool produces, member, away, granted, revoke, broken, told;
    rd_kafka_topic_partition_list_t *subscription, *grant, *held; /* grant: to be told; held: was told */
    struct fetch fetches[FETCHES];
    size_t fetch_count;
    struct paper_message *queue, *reports;
    int fd;
};

struct rd_kafka_queue_s {
    rd_kafka_t *client;
};

/* client.c */
struct paper_message *message_new(void);
void messages_append(struct paper_message **list, struct paper_message *message);
struct paper_message *messages_take(struct paper_message **list); /* NULL: none is left */
void messages_free(struct paper_message **list);
void client_wake(rd_kafka_t *client);
void client_free_list(rd_kafka_topic_partition_list_t **list);

/* group.c: a member has let go of everything. */
void group_ready(const char *group);

/* consumer.c, producer.c: a turn of the scheduler. */
unsigned consumer_choices(const rd_kafka_t *client);
void consumer_turn(rd_kafka_t *client);
void producer_turn(rd_kafka_t *client);
void producer_die(rd_kafka_t *client);

#endif
