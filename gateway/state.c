/* state.c - products, rates, tariffs and ads. They are never waited for: a page shows what has been heard. */
#include "gateway/state.h"

static void follow(struct state *state, const struct product_updated *product)
{
    bool news;

    if (product->retired)
        news = search_remove(state->search, product->product_id);
    else
        news = search_put(state->search, &(struct search_text){.id = product->product_id,
                                                               .name = product->name,
                                                               .description = product->description,
                                                               .categories = product->categories.items,
                                                               .category_count = product->categories.count});
    state->lineup += news;
}

static void hear(void *context, const struct msg *msg, struct str value)
{
    struct state *state = context;
    size_t before, after;

    (void)value;
    if (msg->body && msg->type == MSG_RECOMMENDATIONS_UPDATED)
        (void)companions_learn(state->companions, msg->body);
    (void)shelf_products(state->shelf, &before);
    if (!msg->body || !shelf_learn(state->shelf, msg->type, msg->body) || msg->type == MSG_AD_UPDATED)
        return; /* nothing is made from ads in advance */
    state->version++;
    if (msg->type == MSG_PRODUCT_UPDATED)
        follow(state, msg->body);
    (void)shelf_products(state->shelf, &after);
    state->lineup += after != before; /* a retired one that is new moves the places of others */
}

enum status state_open(struct state *state, struct event_base *base, const struct kafka *kafka, struct err *err)
{
    static const enum topic topics[] = {TOPIC_PRODUCT_STATE, TOPIC_RATES_STATE, TOPIC_SHIPPING_TARIFFS, TOPIC_AD_STATE,
                                        TOPIC_RECOMMENDATION_STATE};
    const struct reader_from from = {.topics = topics, .topic_count = sizeof topics / sizeof *topics};

    *state = (struct state){
        .shelf = shelf_open(), .search = search_open(), .companions = companions_open(), .version = 1, .lineup = 1};
    return reader_open(base, kafka, &from, hear, NULL, state, &state->reader, err);
}

void state_close(struct state *state)
{
    if (state->reader)
        reader_close(state->reader);
    companions_close(state->companions);
    search_close(state->search);
    shelf_close(state->shelf);
    *state = (struct state){NULL};
}

bool state_ready(void *context, struct err *why)
{
    const struct state *state = context;
    size_t products, tariffs;

    (void)shelf_products(state->shelf, &products);
    (void)shelf_tariffs(state->shelf, &tariffs);
    if (!reader_ready(state->reader, why))
        return false;
    if (products && tariffs && shelf_rates(state->shelf))
        return true;
    (void)err_set(why, ST_RETRY, "not heard of yet:%s%s%s", products ? "" : " products", tariffs ? "" : " tariffs",
                  shelf_rates(state->shelf) ? "" : " rates");
    return false;
}
