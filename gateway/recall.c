/* recall.c - where an order went to, opened again for its own shopper.
 *
 * A ring of all customers' keys, some 130 bytes each, read whole at the start: a shopper may come back after a restart. A
 * key that is forgotten opens nothing any more. */
#include "gateway/recall.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "msg/keyring.h"
#include "run/reader.h"

struct recall {
    struct seal_pair *own;
    struct keyring *ring;
    struct reader *reader;
    struct sayer *sayer;
};

static void hear(void *context, const struct msg *msg, struct str value)
{
    struct recall *recall = context;
    const struct customer_key *key = msg->body;

    (void)value;
    if (msg->type == MSG_CUSTOMER_KEY && keyring_learn(recall->ring, key)) {
        log_warning("key " STR_FMT " came back after it was forgotten: it is forgotten again", STR_ARG(key->key_id));
        sayer_forget_key(recall->sayer, key->key_id, NULL, NULL);
    }
}

enum status recall_open(struct event_base *base, const struct kafka *kafka, const char *folder, struct sayer *sayer,
                        struct recall **opened, struct err *err)
{
    static const enum topic topics[] = {TOPIC_CUSTOMER_KEYS};
    const struct reader_from from = {.topics = topics, .topic_count = 1};
    struct recall *recall = calloc(1, sizeof *recall);
    char path[512];
    enum status status;

    if (recall == NULL)
        abort();
    *opened = recall;
    recall->sayer = sayer;
    snprintf(path, sizeof path, "%s/gateway.private.pem", folder);
    status = seal_pair_read_private(path, &recall->own, err);
    if (status != ST_OK)
        return status;
    recall->ring = keyring_open("gateway", recall->own);
    return reader_open(base, kafka, &from, hear, NULL, recall, &recall->reader, err);
}

void recall_close(struct recall *recall)
{
    if (recall == NULL)
        return;
    if (recall->reader)
        reader_close(recall->reader);
    keyring_close(recall->ring);
    seal_pair_free(recall->own);
    free(recall);
}

static bool open_address(struct recall *recall, const struct order *order, struct str order_id, struct str *email,
                         struct postal_address *address, struct arena *arena)
{
    struct str encoded;
    struct err err;

    if (keyring_open_field(recall->ring, &order->email, order_id, "email", arena, email, &err) == ST_OK &&
        keyring_open_field(recall->ring, &order->address, order_id, "address", arena, &encoded, &err) == ST_OK &&
        record_decode(RECORD_POSTAL_ADDRESS, encoded, arena, address, &err) == ST_OK)
        return true;
    log_debug("the address of order " STR_FMT " stays closed: %s", STR_ARG(order_id), err.text);
    return false;
}

bool recall_form(struct recall *recall, const struct order *order, struct str order_id, int year,
                 struct order_form *form, struct arena *arena)
{
    struct postal_address address;
    struct str email;
    struct shown_checkout *shown = &form->shown;

    if (!open_address(recall, order, order_id, &email, &address, arena))
        return false;
    order_form_example(form, year, arena);
    form->country = shown->country.value = address.country;
    form->country_code = order->country_code;
    form->carrier = order->carrier;
    shown->email.value = email;
    shown->street_address.value = address.street;
    shown->zip_code.value = address.zip_code;
    shown->city.value = address.city;
    shown->state.value = address.state;
    shown->card_number.value = shown->card_cvv.value = (struct str){NULL, 0};
    return true;
}
