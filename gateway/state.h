/* state.h - products, rates, tariffs, ads and recommendations, read whole at the start and followed for ever; and the index of
 * products' words. */
#ifndef GATEWAY_STATE_H
#define GATEWAY_STATE_H

#include "gateway/companions.h"
#include "gateway/search.h"
#include "msg/shelf.h"
#include "run/reader.h"

struct state {
    struct shelf *shelf;
    struct search *search;
    struct companions *companions;
    struct reader *reader;
    uint64_t version; /* rises with each piece of news: what was made from older ones is made again */
    uint64_t lineup;  /* rises when a product comes, goes, or has other words or categories */
};

enum status state_open(struct state *state, struct event_base *base, const struct kafka *kafka,
                       struct err *err) must_check;
void state_close(struct state *state);

/* Whether an order could be priced: everything was read, and there are a product, rates and a tariff. For /readyz. */
bool state_ready(void *state, struct err *why);

#endif
