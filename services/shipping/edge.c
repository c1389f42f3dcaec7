/* edge.c - shipping's keys: read at the start, told by customer.keys, used for one address at a time. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "run/run.h"
#include "services/shipping/shipping.h"

struct shipping_settings shipping_settings;

struct shipping_reader {
    struct seal_pair *own;
    struct keyring *ring;
    struct arena arena; /* of one answer */
};

struct shipping_reader shipping_reader;

enum status shipping_open(struct run *run, struct err *err)
{
    char path[512];
    enum status status;

    (void)run;
    snprintf(path, sizeof(path), "%s/shipping.private.pem", shipping_settings.keys);
    status = seal_pair_read_private(path, &shipping_reader.own, err);
    if (status != ST_OK)
        return status;
    arena_init(&shipping_reader.arena);
    shipping_reader.ring = keyring_open("shipping", shipping_reader.own);
    return ST_OK;
}

void shipping_learn(void *reader, const struct msg *heard)
{
    if (heard->type == MSG_CUSTOMER_KEY)
        (void)keyring_learn(((struct shipping_reader *)reader)->ring, heard->body);
}

void shipping_ask(struct run *run, const struct msg *ask)
{
    struct address_opened answer = shipping_open_address(shipping_reader.ring, ask->body, &shipping_reader.arena);

    run_answer(run, ask, MSG_ADDRESS_OPENED, &answer, run_now_ms(run));
    arena_clear(&shipping_reader.arena);
}

void shipping_close(struct run *run)
{
    (void)run;
    keyring_close(shipping_reader.ring);
    seal_pair_free(shipping_reader.own);
    arena_release(&shipping_reader.arena);
}
