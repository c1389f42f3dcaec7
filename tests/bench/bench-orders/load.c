/* load.c - orders in, outcomes out, and the time between. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench.h"
#include "order.h"

enum { PATIENCE_US = 60 * 1000000, CANCELS_AFTER_MAX = 1024 };

struct open_order {
    struct id id;
    int64_t start_us; /* 0: ended */
};

struct load {
    struct bench *bench;
    struct customer customer;
    struct plans *plans;
    struct arena arena;
    struct open_order *orders; /* an open-addressed table by the id's first bytes */
    size_t mask;
    int placed, confirmed, others;
    int window, trouble;                  /* every so manieth is cancelled, another declined; 0: none */
    struct id last[CANCELS_AFTER_MAX][2]; /* order and user, by the number of the order */
    struct samples samples;
};

static struct open_order *find(struct load *load, const struct id *id)
{
    uint64_t hash;

    memcpy(&hash, id->bytes, sizeof(hash));
    for (size_t i = hash & load->mask;; i = (i + 1) & load->mask)
        if (id_is_zero(&load->orders[i].id) || id_equal(&load->orders[i].id, id))
            return &load->orders[i];
}

static void produce(struct load *load, enum topic topic, struct str key, enum msg_type type, const struct id *id,
                    const struct id *correlation, struct str value)
{
    char id_chars[ID_TEXT_LEN + 1], correlation_chars[ID_TEXT_LEN + 1], trace[64];

    id_write(id, id_chars);
    id_write(correlation, correlation_chars);
    snprintf(trace, sizeof(trace), "00-%016" PRIx64 "%016" PRIx64 "-%016" PRIx64 "-01", (uint64_t)clock_steady_us(),
             (uint64_t)(uintptr_t)value.ptr + 1, (uint64_t)clock_steady_us());
    while (rd_kafka_producev(
               load->bench->producer, RD_KAFKA_V_TOPIC(topic_name(topic)), RD_KAFKA_V_KEY(key.ptr, key.len),
               RD_KAFKA_V_VALUE((void *)(uintptr_t)value.ptr, value.len), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
               RD_KAFKA_V_HEADER("ce-id", id_chars, -1), RD_KAFKA_V_HEADER("ce-type", msg_type_name(type), -1),
               RD_KAFKA_V_HEADER("correlationid", correlation_chars, -1), RD_KAFKA_V_HEADER("traceparent", trace, -1),
               RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        rd_kafka_poll(load->bench->producer, 10);
}

/* A while after the order was placed, so that it is met at any place of its road: on its way, paid, or over. */
static void cancel(struct load *load, const struct id *order, const struct id *user)
{
    struct cancel_order body = {.order_id = id_text(order, &load->arena), .user_id = id_text(user, &load->arena)};
    struct id id = id_random();

    produce(load, TOPIC_ORDER_COMMANDS, body.order_id, MSG_CANCEL_ORDER, &id, &id,
            msg_encode(MSG_CANCEL_ORDER, &body, &load->arena));
}

static void make_trouble(struct load *load, const struct order_messages *messages)
{
    int after = load->window / 2 < CANCELS_AFTER_MAX ? load->window / 2 : CANCELS_AFTER_MAX - 1;
    int earlier = load->placed - after;
    struct id *last = load->last[load->placed % CANCELS_AFTER_MAX];

    last[0] = messages->order_id;
    last[1] = messages->user_id;
    if (earlier >= 0 && earlier % load->trouble == 0)
        cancel(load, &load->last[earlier % CANCELS_AFTER_MAX][0], &load->last[earlier % CANCELS_AFTER_MAX][1]);
}

static void place(struct load *load)
{
    bool poor = load->trouble && load->placed % load->trouble == load->trouble / 2;
    struct order_messages messages;
    struct open_order *open;
    struct str key;

    arena_clear(&load->arena);
    order_make(&load->customer, poor, &load->arena, &messages);
    key = id_text(&messages.order_id, &load->arena);
    open = find(load, &messages.order_id);
    *open = (struct open_order){messages.order_id, clock_steady_us()};
    produce(load, TOPIC_PAYMENT_COMMANDS, key, MSG_PAY_WITH, &messages.pay_id, &messages.place_id, messages.pay);
    produce(load, TOPIC_ORDER_COMMANDS, key, MSG_PLACE_ORDER, &messages.place_id, &messages.place_id, messages.place);
    if (load->trouble)
        make_trouble(load, &messages);
    load->placed++;
}

static void hear(struct load *load, const rd_kafka_message_t *record)
{
    struct str key = {record->key, record->key_len}, value = {record->payload, record->len};
    enum msg_type type = MSG_NONE;
    const void *body;
    int32_t schema_id;
    struct open_order *open;
    struct id id;

    arena_clear(&load->arena);
    if (!id_parse(key, &id) || msg_decode(load->plans, value, &load->arena, &type, &body, &schema_id, NULL) != ST_OK)
        return;
    open = find(load, &id);
    if (type == MSG_ORDER_PLACED || open->start_us == 0)
        return;
    load->confirmed += type == MSG_ORDER_CONFIRMED;
    load->others += type != MSG_ORDER_CONFIRMED;
    samples_add(&load->samples, clock_steady_us() - open->start_us);
    open->start_us = 0;
}

static void run(struct load *load, int count, int rate)
{
    int64_t start = clock_steady_us(), heard = start;

    while (load->confirmed + load->others < count && clock_steady_us() - heard < PATIENCE_US) {
        int due = count;
        rd_kafka_message_t *record;

        if (rate > 0)
            due = (int)((clock_steady_us() - start) * rate / 1000000) + 1;
        while (load->placed < count && load->placed < due &&
               (rate > 0 || load->placed - load->confirmed - load->others < load->window))
            place(load);
        record = rd_kafka_consumer_poll(load->bench->consumer, 1);
        if (record && !record->err) {
            hear(load, record);
            heard = clock_steady_us();
        }
        if (record)
            rd_kafka_message_destroy(record);
        rd_kafka_poll(load->bench->producer, 0);
    }
    printf("{\"placed\": %d, \"confirmed\": %d, \"others\": %d, \"seconds\": %.2f, \"p50_us\": %" PRId64
           ", \"p99_us\": %" PRId64 "}\n",
           load->placed, load->confirmed, load->others, (double)(clock_steady_us() - start) / 1e6,
           samples_at(&load->samples, 0.5), samples_at(&load->samples, 0.99));
}

enum status load_measure(struct bench *bench, int count, int rate, int window, int trouble, struct err *err)
{
    struct load load = {.bench = bench, .mask = 1, .window = window, .trouble = trouble};
    struct id key_message = id_random();
    struct str announcement;
    enum status status;

    while (load.mask < 4 * (size_t)count)
        load.mask *= 2;
    load.orders = calloc(load.mask, sizeof(*load.orders));
    if (!load.orders)
        abort();
    load.mask--;
    load.plans = plans_open();
    arena_init(&load.arena);
    status = customer_open(&load.customer, bench->keys, &announcement, err);
    if (status == ST_OK)
        status = bench_follow(bench, topic_name(TOPIC_ORDER_EVENTS), kind_partitions(KIND_ORDER), err);
    if (status == ST_OK) {
        produce(&load, TOPIC_CUSTOMER_KEYS, load.customer.key_id, MSG_CUSTOMER_KEY, &key_message, &key_message,
                announcement);
        rd_kafka_flush(bench->producer, 5000);
        run(&load, count, rate);
    }
    customer_close(&load.customer);
    arena_release(&load.arena);
    plans_close(load.plans);
    free(load.orders);
    free(load.samples.us);
    return status;
}
