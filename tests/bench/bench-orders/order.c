/* order.c - a mug for a user who exists for one order. */
#include "order.h"

#include <stdio.h>

static enum status read_public(const char *keys, const char *name, struct seal_pair **pair, struct err *err)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/%s.public.pem", keys, name);
    return seal_pair_read_public(path, pair, err);
}

static enum status wrap(struct customer *customer, const char *keys, const char *recipient, struct wrapped_key *wrapped,
                        struct err *err)
{
    struct seal_pair *pair = NULL;
    enum status status = read_public(keys, recipient, &pair, err);
    struct str plain = {(const char *)customer->key.bytes, sizeof(customer->key.bytes)};

    if (status != ST_OK)
        return status;
    wrapped->recipient = str_of(recipient);
    wrapped->key.key_id = arena_copy(&customer->arena, seal_pair_id(pair));
    seal_to(pair, plain, customer->key_id, &customer->arena, &wrapped->key.encapsulated_key, &wrapped->key.ciphertext);
    seal_pair_free(pair);
    return ST_OK;
}

enum status customer_open(struct customer *customer, const char *keys, struct str *announcement, struct err *err)
{
    struct id id = id_random();
    struct wrapped_key wraps[2] = {0};
    enum status status;

    *customer = (struct customer){0};
    arena_init(&customer->arena);
    customer->key = seal_key_random();
    customer->key_id = id_text(&id, &customer->arena);
    status = read_public(keys, "payment", &customer->payment, err);
    if (status == ST_OK)
        status = wrap(customer, keys, "shipping", &wraps[0], err);
    if (status == ST_OK)
        status = wrap(customer, keys, "email", &wraps[1], err);
    if (status == ST_OK)
        *announcement = msg_encode(
            MSG_CUSTOMER_KEY,
            &(struct customer_key){.key_id = customer->key_id, .version = 1, .wraps = {.items = wraps, .count = 2}},
            &customer->arena);
    return status;
}

void customer_close(struct customer *customer)
{
    seal_pair_free(customer->payment);
    arena_release(&customer->arena);
}

/* The additional data binds a field to its order, so each order seals its own. */
static struct sealed seal(const struct customer *customer, struct str order_id, const char *name, struct str plain,
                          struct arena *arena)
{
    struct sealed sealed = {.key_id = customer->key_id};
    struct str additional = arena_printf(arena, STR_FMT "|%s", STR_ARG(order_id), name);

    seal_field(&customer->key, plain, additional, arena, &sealed.nonce, &sealed.ciphertext);
    return sealed;
}

static struct str make_pay(const struct customer *customer, bool poor, struct str order_id, struct str user_id,
                           struct arena *arena)
{
    struct card card = {.number = poor ? STR("4000000000000002") : STR("4432801561520454"),
                        .expires_year = 2035,
                        .expires_month = 1,
                        .cvv = STR("672")};
    struct pay_with pay = {.order_id = order_id, .user_id = user_id};

    pay.card.key_id = seal_pair_id(customer->payment);
    seal_to(customer->payment, record_encode(RECORD_CARD, &card, arena), order_id, arena, &pay.card.encapsulated_key,
            &pay.card.ciphertext);
    return msg_encode(MSG_PAY_WITH, &pay, arena);
}

void order_make(const struct customer *customer, bool poor, struct arena *arena, struct order_messages *messages)
{
    static const struct order_line mug = {.product_id = {"6E92ZMYYFZ", 10},
                                          .name = {"Mug", 3},
                                          .quantity = 1,
                                          .unit_price_minor = 899,
                                          .product_version = 1};
    struct id user = id_random();
    struct str user_id = id_text(&user, arena), order_id;
    struct postal_address address = {STR("1 Bench Street"), STR("Loadville"), STR("CA"), STR("94043"),
                                     STR("United States")};
    struct place_order place = {.user_id = user_id};

    messages->user_id = user;
    messages->order_id = id_of_order(user_id, 0);
    order_id = id_text(&messages->order_id, arena);
    messages->place_id = id_random();
    messages->pay_id = id_random();
    place.order_id = order_id;
    place.pay_with_id = id_text(&messages->pay_id, arena);
    place.order = (struct order){.currency = STR("USD"),
                                 .lines = {.items = &mug, .count = 1},
                                 .carrier = STR("flat"),
                                 .shipping_minor = 899,
                                 .total_minor = 1798,
                                 .tariff_version = 1,
                                 .country = STR("United States"),
                                 .postal_zone = STR("940")};
    place.order.email = seal(customer, order_id, "email", STR("bench@example.com"), arena);
    place.order.address = seal(customer, order_id, "address", record_encode(RECORD_POSTAL_ADDRESS, &address, arena),
                               arena);
    messages->place = msg_encode(MSG_PLACE_ORDER, &place, arena);
    messages->pay = make_pay(customer, poor, order_id, user_id, arena);
}
