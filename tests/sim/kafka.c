/* kafka.c - librdkafka of paper: consumers with their group, producers with their queue. The lists and headers that carry
 * values are the library's own. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/sim.h"

enum { FETCHES = 160, FETCH_MOST = 12 };

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

static void free_messages(struct paper_message **list)
{
    while (*list) {
        struct paper_message *message = *list;

        *list = message->next;
        if (message->message._private && message->headers)
            rd_kafka_headers_destroy(message->headers);
        free(message);
    }
}

static void free_list(rd_kafka_topic_partition_list_t **list)
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
    free_messages(&client->queue);
    free_messages(&client->reports);
    free_list(&client->subscription);
    free_list(&client->grant);
    free_list(&client->held);
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

static void wake(rd_kafka_t *client)
{
    loop_ready(client->process, client->fd);
}

static void append(struct paper_message **list, struct paper_message *message)
{
    while (*list)
        list = &(*list)->next;
    message->next = NULL;
    *list = message;
}

static struct paper_message *take_first(struct paper_message **list)
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

static struct paper_message *new_message(void)
{
    struct paper_message *message = calloc(1, sizeof(*message));

    if (!message)
        abort();
    return message;
}

/* --- consuming ---------------------------------------------------------------------------------------------------- */

rd_kafka_resp_err_t rd_kafka_subscribe(rd_kafka_t *client, const rd_kafka_topic_partition_list_t *list)
{
    client->subscription = rd_kafka_topic_partition_list_copy(list);
    client->member = true;
    group_rebalance(client->conf.group);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_commit(rd_kafka_t *client, const rd_kafka_topic_partition_list_t *offsets, int async)
{
    (void)client;
    (void)offsets;
    (void)async;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static bool all_ready(const char *group);
static void grant_all(const char *group);

rd_kafka_resp_err_t rd_kafka_assign(rd_kafka_t *client, const rd_kafka_topic_partition_list_t *list)
{
    free_messages(&client->queue);
    client->fetch_count = 0;
    for (int i = 0; list && i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *part = &list->elems[i];

        if (client->fetch_count == FETCHES)
            abort();
        client->fetches[client->fetch_count++] = (struct fetch){.topic = broker_topic(part->topic),
                                                                .part = part->partition,
                                                                .next = part->offset < 0 ? 0 : part->offset};
    }
    if (list || !client->member || client->revoke)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    client->granted = false;
    if (!client->process->dying && all_ready(client->conf.group))
        grant_all(client->conf.group);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static bool has_more(const struct fetch *fetch)
{
    return fetch->next < (int64_t)broker_part(fetch->topic, fetch->part)->count || !fetch->ended;
}

static void bring(rd_kafka_t *client, struct fetch *fetch)
{
    const struct paper_part *part = broker_part(fetch->topic, fetch->part);
    unsigned count = 1 + world_roll(&sim.world, FETCH_MOST);

    for (; count > 0 && fetch->next < (int64_t)part->count; fetch->next++) {
        const struct paper_record *record = &part->list[fetch->next];
        struct paper_message *message;

        fetch->ended = false;
        if (!record->there)
            continue;
        message = new_message();
        message->message = (rd_kafka_message_t){.rkt = fetch->topic,
                                                .partition = fetch->part,
                                                .payload = (void *)(uintptr_t)record->value.ptr,
                                                .len = record->value.len,
                                                .key = (void *)(uintptr_t)record->key.ptr,
                                                .key_len = record->key.len,
                                                .offset = fetch->next};
        message->headers = record->headers;
        message->time_ms = record->time_ms;
        append(&client->queue, message);
        count--;
        sim.progress++;
    }
    if (count > 0 && !fetch->ended) {
        struct paper_message *end = new_message();

        end->message = (rd_kafka_message_t){.err = RD_KAFKA_RESP_ERR__PARTITION_EOF,
                                            .rkt = fetch->topic,
                                            .partition = fetch->part,
                                            .offset = fetch->next};
        append(&client->queue, end);
        fetch->ended = true;
    }
    wake(client);
}

rd_kafka_message_t *rd_kafka_consumer_poll(rd_kafka_t *client, int wait_ms)
{
    struct paper_message *message;

    (void)wait_ms;
    if (client->revoke) {
        client->revoke = false;
        client->conf.regrouped(client, RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS, client->held, client->conf.opaque);
    } else if (client->grant) {
        free_list(&client->held);
        client->held = client->grant;
        client->grant = NULL;
        client->granted = true;
        client->conf.regrouped(client, RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, client->held, client->conf.opaque);
    }
    message = take_first(&client->queue);
    return message ? &message->message : NULL;
}

rd_kafka_resp_err_t rd_kafka_offsets_for_times(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list, int wait_ms)
{
    (void)client;
    (void)wait_ms;
    if (sim_falls(sim.storm.forget_ends, SIM_ENDS_UNKNOWN))
        return RD_KAFKA_RESP_ERR__TIMED_OUT;
    for (int i = 0; i < list->cnt; i++) {
        list->elems[i].offset = (int64_t)broker_part(broker_topic(list->elems[i].topic), list->elems[i].partition)->count;
        list->elems[i].err = RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_query_watermark_offsets(rd_kafka_t *client, const char *topic, int32_t part, int64_t *low,
                                                     int64_t *high, int wait_ms)
{
    (void)client;
    (void)wait_ms;
    *low = 0;
    *high = (int64_t)broker_part(broker_topic(topic), part)->count;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* --- groups: range, eager; nobody is granted anything before all have let go --------------------------------------- */

static rd_kafka_t *next_member(const char *group, size_t *process, rd_kafka_t *after)
{
    rd_kafka_t *client = after ? after->next : NULL;

    for (; *process < sim.process_count; ++*process, client = NULL) {
        if (!client && !after)
            client = sim.processes[*process].clients;
        for (; client; client = client->next)
            if (client->member && !client->away && strcmp(client->conf.group, group) == 0)
                return client;
        after = NULL;
    }
    return NULL;
}

static bool all_ready(const char *group)
{
    size_t process = 0;

    for (rd_kafka_t *client = next_member(group, &process, NULL); client;
         client = next_member(group, &process, client))
        if (client->granted || client->revoke)
            return false;
    return true;
}

static void grant_all(const char *group)
{
    size_t process = 0, count = 0, at = 0;

    for (rd_kafka_t *client = next_member(group, &process, NULL); client; client = next_member(group, &process, client))
        count++;
    process = 0;
    for (rd_kafka_t *client = next_member(group, &process, NULL); client;
         client = next_member(group, &process, client), at++) {
        free_list(&client->grant);
        client->grant = rd_kafka_topic_partition_list_new(32);
        for (int i = 0; i < client->subscription->cnt; i++) {
            const char *topic = client->subscription->elems[i].topic;
            int32_t parts = kind_partitions(topic_kind(topic_named(str_of(topic))));

            for (int32_t part = 0; part < parts; part++)
                if ((size_t)part * count / (size_t)parts == at)
                    rd_kafka_topic_partition_list_add(client->grant, topic, part);
        }
        wake(client);
    }
}

void group_rebalance(const char *group)
{
    size_t process = 0;

    for (rd_kafka_t *client = next_member(group, &process, NULL); client;
         client = next_member(group, &process, client)) {
        free_list(&client->grant);
        client->revoke = client->revoke || client->granted;
        wake(client);
    }
    if (all_ready(group))
        grant_all(group);
}

void group_leave(struct process *process)
{
    for (rd_kafka_t *client = process->clients; client; client = client->next)
        if (client->member) {
            client->away = true;
            group_rebalance(client->conf.group);
        }
}

void group_come_back(struct process *process)
{
    for (rd_kafka_t *client = process->clients; client; client = client->next)
        if (client->away) {
            client->away = false;
            group_rebalance(client->conf.group);
        }
}

/* --- producing ---------------------------------------------------------------------------------------------------- */

rd_kafka_topic_t *rd_kafka_topic_new(rd_kafka_t *client, const char *name, rd_kafka_topic_conf_t *conf)
{
    (void)client;
    (void)conf;
    return broker_topic(name);
}

void rd_kafka_topic_destroy(rd_kafka_topic_t *topic)
{
    (void)topic;
}

const char *rd_kafka_topic_name(const rd_kafka_topic_t *topic)
{
    return topic->name;
}

static struct str copied(va_list *args)
{
    const char *bytes = va_arg(*args, const char *);
    size_t len = va_arg(*args, size_t);

    return arena_copy(&sim.world.arena, (struct str){bytes, len});
}

static void read_field(struct paper_message *message, rd_kafka_vtype_t type, va_list *args)
{
    struct str bytes;

    switch (type) {
    case RD_KAFKA_VTYPE_TOPIC:
        message->message.rkt = broker_topic(va_arg(*args, const char *));
        break;
    case RD_KAFKA_VTYPE_MSGFLAGS:
        (void)va_arg(*args, int);
        break;
    case RD_KAFKA_VTYPE_KEY:
        bytes = copied(args);
        message->message.key = (void *)(uintptr_t)bytes.ptr;
        message->message.key_len = bytes.len;
        break;
    case RD_KAFKA_VTYPE_VALUE:
        bytes = copied(args);
        message->message.payload = (void *)(uintptr_t)bytes.ptr;
        message->message.len = bytes.len;
        break;
    case RD_KAFKA_VTYPE_HEADERS:
        message->headers = va_arg(*args, rd_kafka_headers_t *);
        break;
    case RD_KAFKA_VTYPE_TIMESTAMP:
        (void)va_arg(*args, int64_t);
        break;
    case RD_KAFKA_VTYPE_OPAQUE:
        message->message._private = va_arg(*args, void *);
        break;
    default:
        abort();
    }
}

rd_kafka_resp_err_t rd_kafka_producev(rd_kafka_t *client, ...)
{
    struct paper_message *message = new_message();
    struct str key;
    va_list args;
    rd_kafka_vtype_t type;

    va_start(args, client);
    while ((type = va_arg(args, int)) != RD_KAFKA_VTYPE_END)
        read_field(message, type, &args);
    va_end(args);
    key = (struct str){message->message.key, message->message.key_len};
    message->message.partition = message->message.rkt->topic == TOPIC_NONE
                                     ? 0
                                     : kafka_partition(topic_kind(message->message.rkt->topic), key);
    append(&client->queue, message);
    sim.progress++;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void write_down(rd_kafka_t *client, struct paper_message *message)
{
    rd_kafka_message_t *record = &message->message;

    record->offset = (int64_t)broker_part(record->rkt, record->partition)->count;
    broker_append(record->rkt, (struct str){record->key, record->key_len}, (struct str){record->payload, record->len},
                  message->headers, client->process->name);
    message->headers = NULL;
    message->written = true;
}

/* Some of what is queued gets into the log, in the order of each partition, and the producer never hears of it. */
static void write_some(rd_kafka_t *client)
{
    unsigned most = world_roll(&sim.world, 8);

    for (struct paper_message *message = client->queue; message && most > 0; message = message->next, most--)
        if (!message->written) {
            write_down(client, message);
            sim_faults[SIM_PRODUCED_UNKNOWN]++;
        }
}

static void deliver(rd_kafka_t *client)
{
    struct paper_message **at = &client->queue, *message, *any;
    unsigned count = 0;

    for (message = client->queue, any = message; message; message = message->next)
        if (world_roll(&sim.world, ++count) == 0)
            any = message;
    while ((*at)->message.rkt != any->message.rkt || (*at)->message.partition != any->message.partition)
        at = &(*at)->next;
    message = *at;
    *at = message->next;
    write_down(client, message);
    append(&client->reports, message);
    wake(client);
}

int rd_kafka_poll(rd_kafka_t *client, int wait_ms)
{
    struct paper_message *message;
    int count = 0;

    (void)wait_ms;
    if (client->broken && !client->told) {
        client->told = true;
        client->conf.failed(client, RD_KAFKA_RESP_ERR__FATAL, "broken", client->conf.opaque);
    }
    for (; (message = take_first(&client->reports)); count++) {
        rd_kafka_message_t record = message->message;

        if (message->headers)
            rd_kafka_headers_destroy(message->headers);
        free(message);
        sim.progress++;
        client->conf.delivered(client, &record, client->conf.opaque);
    }
    return count;
}

rd_kafka_resp_err_t rd_kafka_purge(rd_kafka_t *client, int flags)
{
    struct paper_message *message;

    (void)flags;
    while ((message = take_first(&client->queue))) {
        message->message.err = RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
        append(&client->reports, message);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* --- the scheduler's ---------------------------------------------------------------------------------------------- */

rd_kafka_t *client_next(const rd_kafka_t *client)
{
    return client->next;
}

unsigned client_choices(rd_kafka_t *client)
{
    unsigned count = 0;

    if (client->produces)
        return client->queue && !client->broken ? 2 : 0;
    for (size_t i = 0; i < client->fetch_count; i++)
        count += has_more(&client->fetches[i]);
    return count;
}

void client_turn(rd_kafka_t *client)
{
    struct fetch *picked = NULL;
    unsigned count = 0;

    if (client->produces && sim_falls(sim.storm.break_producer, SIM_PRODUCER_BROKEN)) {
        client->broken = true;
        write_some(client);
        wake(client);
    } else if (client->produces) {
        deliver(client);
    } else {
        for (size_t i = 0; i < client->fetch_count; i++)
            if (has_more(&client->fetches[i]) && world_roll(&sim.world, ++count) == 0)
                picked = &client->fetches[i];
        bring(client, picked);
    }
}

void client_die(rd_kafka_t *client)
{
    if (client->produces && !client->broken)
        write_some(client);
}
