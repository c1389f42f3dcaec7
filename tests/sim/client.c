/* client.c - librdkafka of paper: clients, their settings and their messages. The lists and headers that carry values are
 * the library's own. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/client.h"

/* --- configuration ------------------------------------------------------------------------------------------------ */

rd_kafka_conf_t *rd_kafka_conf_new(void)
{
    rd_kafka_conf_t *conf = calloc(1, sizeof(*conf));

    if (!conf)
        abort();
    return conf;
}

rd_kafka_conf_res_t rd_kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value, char *why,
                                      size_t size)
{
    (void)why;
    (void)size;
    if (strcmp(name, "group.id") == 0)
        snprintf(conf->group, sizeof(conf->group), "%s", value);
    return RD_KAFKA_CONF_OK;
}

void rd_kafka_conf_destroy(rd_kafka_conf_t *conf)
{
    free(conf);
}

void rd_kafka_conf_set_dr_msg_cb(rd_kafka_conf_t *conf,
                                 void (*delivered)(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque))
{
    conf->delivered = delivered;
}

void rd_kafka_conf_set_error_cb(rd_kafka_conf_t *conf,
                                void (*failed)(rd_kafka_t *client, int code, const char *why, void *opaque))
{
    conf->failed = failed;
}

void rd_kafka_conf_set_rebalance_cb(rd_kafka_conf_t *conf,
                                    void (*regrouped)(rd_kafka_t *client, rd_kafka_resp_err_t code,
                                                      rd_kafka_topic_partition_list_t *list, void *opaque))
{
    conf->regrouped = regrouped;
}

void rd_kafka_conf_set_stats_cb(rd_kafka_conf_t *conf,
                                int (*stats)(rd_kafka_t *client, char *json, size_t len, void *opaque))
{
    (void)conf;
    (void)stats;
}

void rd_kafka_conf_set_log_cb(rd_kafka_conf_t *conf,
                              void (*log)(const rd_kafka_t *client, int level, const char *facility, const char *text))
{
    (void)conf;
    (void)log;
}

void rd_kafka_conf_set_opaque(rd_kafka_conf_t *conf, void *opaque)
{
    conf->opaque = opaque;
}

/* --- a client ----------------------------------------------------------------------------------------------------- */

rd_kafka_t *rd_kafka_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, char *why, size_t size)
{
    rd_kafka_t *client = calloc(1, sizeof(*client));

    (void)why;
    (void)size;
    if (!client)
        abort();
    client->process = sim.current;
    client->conf = *conf;
    client->produces = type == RD_KAFKA_PRODUCER;
    client->fd = -1;
    client->next = sim.current->clients;
    sim.current->clients = client;
    free(conf);
    return client;
}

void messages_free(struct paper_message **list)
{
    while (*list) {
        struct paper_message *message = *list;

        *list = message->next;
        if (message->message._private && message->headers)
            rd_kafka_headers_destroy(message->headers);
        free(message);
    }
}

void client_free_list(rd_kafka_topic_partition_list_t **list)
{
    if (*list)
        rd_kafka_topic_partition_list_destroy(*list);
    *list = NULL;
}

void rd_kafka_destroy(rd_kafka_t *client)
{
    rd_kafka_t **at = &client->process->clients;
    char group[sizeof(client->conf.group)];
    bool member = client->member;

    while (*at != client)
        at = &(*at)->next;
    *at = client->next;
    for (struct paper_message *message = client->queue; client->produces && message; message = message->next)
        if (message->headers) {
            rd_kafka_headers_destroy(message->headers);
            message->headers = NULL;
        }
    messages_free(&client->queue);
    messages_free(&client->reports);
    client_free_list(&client->subscription);
    client_free_list(&client->grant);
    client_free_list(&client->held);
    memcpy(group, client->conf.group, sizeof(group));
    free(client);
    if (member)
        group_rebalance(group);
}

void rd_kafka_destroy_flags(rd_kafka_t *client, int flags)
{
    (void)flags;
    rd_kafka_destroy(client);
}

rd_kafka_resp_err_t rd_kafka_set_log_queue(rd_kafka_t *client, rd_kafka_queue_t *queue)
{
    (void)client;
    (void)queue;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_poll_set_consumer(rd_kafka_t *client)
{
    (void)client;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_queue_t *rd_kafka_queue_get_consumer(rd_kafka_t *client)
{
    rd_kafka_queue_t *queue = calloc(1, sizeof(*queue));

    if (!queue)
        abort();
    queue->client = client;
    return queue;
}

rd_kafka_queue_t *rd_kafka_queue_get_main(rd_kafka_t *client)
{
    return rd_kafka_queue_get_consumer(client);
}

void rd_kafka_queue_destroy(rd_kafka_queue_t *queue)
{
    free(queue);
}

void rd_kafka_queue_io_event_enable(rd_kafka_queue_t *queue, int fd, const void *payload, size_t size)
{
    (void)payload;
    (void)size;
    queue->client->fd = fd;
}

rd_kafka_error_t *rd_kafka_consumer_close_queue(rd_kafka_t *client, rd_kafka_queue_t *queue)
{
    (void)client;
    (void)queue;
    return NULL;
}

int rd_kafka_consumer_closed(rd_kafka_t *client)
{
    (void)client;
    return 1;
}

rd_kafka_resp_err_t rd_kafka_fatal_error(rd_kafka_t *client, char *text, size_t size)
{
    (void)client;
    snprintf(text, size, "broken");
    return RD_KAFKA_RESP_ERR__FATAL;
}

void client_wake(rd_kafka_t *client)
{
    loop_ready(client->process, client->fd);
}

void messages_append(struct paper_message **list, struct paper_message *message)
{
    while (*list)
        list = &(*list)->next;
    message->next = NULL;
    *list = message;
}

struct paper_message *messages_take(struct paper_message **list)
{
    struct paper_message *message = *list;

    if (message)
        *list = message->next;
    return message;
}

/* --- messages ----------------------------------------------------------------------------------------------------- */

void rd_kafka_message_destroy(rd_kafka_message_t *message)
{
    free(message);
}

rd_kafka_resp_err_t rd_kafka_message_headers(const rd_kafka_message_t *message, rd_kafka_headers_t **headers)
{
    *headers = ((const struct paper_message *)message)->headers;
    return *headers ? RD_KAFKA_RESP_ERR_NO_ERROR : RD_KAFKA_RESP_ERR__NOENT;
}

int64_t rd_kafka_message_timestamp(const rd_kafka_message_t *message, rd_kafka_timestamp_type_t *type)
{
    *type = RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;
    return ((const struct paper_message *)message)->time_ms;
}

const char *rd_kafka_message_errstr(const rd_kafka_message_t *message)
{
    return rd_kafka_err2str(message->err);
}

struct paper_message *message_new(void)
{
    struct paper_message *message = calloc(1, sizeof(*message));

    if (!message)
        abort();
    return message;
}

/* --- the scheduler's ---------------------------------------------------------------------------------------------- */

rd_kafka_t *client_next(const rd_kafka_t *client)
{
    return client->next;
}

unsigned client_choices(const rd_kafka_t *client)
{
    if (client->produces)
        return client->queue && !client->broken;
    return consumer_choices(client);
}

bool client_rests(const rd_kafka_t *client)
{
    return !client->queue && !client->reports && !client->grant && !client->revoke && !client->broken &&
           !client_choices(client);
}

void client_turn(rd_kafka_t *client)
{
    if (client->produces)
        producer_turn(client);
    else
        consumer_turn(client);
}

void client_die(rd_kafka_t *client)
{
    if (client->produces && !client->broken)
        producer_die(client);
}
