/* scan.c - PlaceOrder and OrderPlaced: what was asked for (a repetition has a key of its own), and what was taken. */
#include "gateway/forget/scan.h"

#include <stdlib.h>

#include "run/reader.h"

struct scan {
    struct scan_wish wish;
    char user_id[ID_TEXT_LEN + 1];
    struct reader *reader;
    struct scan_found found;
    bool complete;
};

static void note_key(struct scan *scan, const struct sealed *field)
{
    if (id_set_add(&scan->found.keys, field->key_id) && scan->complete)
        scan->wish.late(scan->wish.context, field->key_id);
}

static void note(struct scan *scan, struct str user_id, struct str order_id, const struct order *order)
{
    if (!str_is(user_id, scan->user_id))
        return;
    (void)id_set_add(&scan->found.orders, order_id);
    note_key(scan, &order->email);
    note_key(scan, &order->address);
}

static void hear(void *context, const struct msg *msg, struct str value)
{
    const struct place_order *asked = msg->body;
    const struct order_placed *taken = msg->body;

    (void)value;
    if (msg->type == MSG_PLACE_ORDER)
        note(context, asked->user_id, asked->order_id, &asked->order);
    else if (msg->type == MSG_ORDER_PLACED)
        note(context, taken->user_id, taken->order_id, &taken->order);
}

static void on_complete(void *context)
{
    struct scan *scan = context;

    scan->complete = true;
    scan->wish.ended(scan->wish.context, &scan->found);
}

enum status scan_open(struct event_base *base, const struct kafka *kafka, const struct scan_wish *wish,
                      struct scan **opened, struct err *err)
{
    static const enum topic topics[] = {TOPIC_ORDER_COMMANDS, TOPIC_ORDER_EVENTS};
    const struct reader_from from = {
        .topics = topics, .topic_count = sizeof topics / sizeof *topics, .only_looks = true};
    struct scan *scan = calloc(1, sizeof *scan);
    enum status status;

    if (scan == NULL)
        abort();
    scan->wish = *wish;
    if (wish->user_id.len == ID_TEXT_LEN)
        memcpy(scan->user_id, wish->user_id.ptr, ID_TEXT_LEN);
    status = reader_open(base, kafka, &from, hear, NULL, scan, &scan->reader, err);
    if (status != ST_OK) {
        free(scan);
        return status;
    }
    reader_on_complete(scan->reader, on_complete);
    *opened = scan;
    return ST_OK;
}

void scan_close(struct scan *scan)
{
    if (scan == NULL)
        return;
    reader_close(scan->reader);
    id_set_release(&scan->found.orders);
    id_set_release(&scan->found.keys);
    free(scan);
}
