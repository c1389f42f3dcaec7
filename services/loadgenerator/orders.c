/* orders.c - a list of open orders, and a few connections that look at those whose time has come. */
#include "services/loadgenerator/orders.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include "base/clock.h"
#include "services/loadgenerator/check.h"

enum { LOOKERS = 16, TICK_MS = 50, FIRST_LOOK_MS = 150, LONGEST_WAIT_MS = 5000, COOKIES_BYTES = 2048 };

struct followed {
    struct followed *next;
    char path[128], head[COOKIES_BYTES];
    int64_t intended_us, accepted_us, look_us, wait_ms;
    bool looking;
};

struct looker {
    struct orders *orders;
    struct connection *connection;
    struct followed *order; /* NULL: idle */
    int64_t asked_us;
};

struct orders {
    struct client *client;
    const struct journeys *journeys;
    int64_t patience_us;
    size_t line;
    struct event *tick;
    struct looker lookers[LOOKERS];
    struct followed *open;
    size_t open_count;
};

static void count_end(struct orders *orders, enum outcome outcome, int64_t intended_us)
{
    struct tally *tally = orders->client->tally;

    tally->counters[TALLY_ACCEPTED + (int)outcome]++;
    if (outcome != OUTCOME_UNKNOWN)
        histogram_add(&tally->orders, clock_steady_us() - intended_us);
}

static void close_order(struct orders *orders, struct followed *order, enum outcome outcome)
{
    struct followed **at = &orders->open;

    count_end(orders, outcome, order->intended_us);
    while (*at != order)
        at = &(*at)->next;
    *at = order->next;
    orders->open_count--;
    free(order);
    if (!orders->open)
        event_del(orders->tick);
}

/* What the page says, or why there was none. */
static const char *problem_of(enum fault fault, const struct answer *answer, enum outcome outcome, struct err *why)
{
    if (fault != FAULT_NONE)
        return fault_sentence(fault);
    if (answer->status != 200) {
        err_set(why, ST_REJECT, "status %u instead of 200", answer->status);
        return why->text;
    }
    return outcome == OUTCOME_UNKNOWN ? "the page of an order does not say how it stands" : NULL;
}

static void on_seen(void *context, enum fault fault, const struct answer *answer)
{
    struct looker *looker = context;
    struct followed *order = looker->order;
    struct orders *orders = looker->orders;
    enum outcome outcome = OUTCOME_UNKNOWN;
    int64_t now_us = clock_steady_us();
    struct err why;
    const char *problem;

    looker->order = NULL;
    order->looking = false;
    if (fault == FAULT_NONE && answer->status == 200)
        outcome = check_outcome(orders->journeys, out_str(&answer->body));
    problem = problem_of(fault, answer, outcome, &why);
    if (problem)
        tally_bad(orders->client->tally, orders->line, problem);
    else
        tally_good(orders->client->tally, orders->line, now_us - looker->asked_us);
    if (outcome != OUTCOME_OPEN && outcome != OUTCOME_UNKNOWN) {
        close_order(orders, order, outcome);
        return;
    }
    order->look_us = now_us + order->wait_ms * 1000;
    order->wait_ms = order->wait_ms * 3 / 2 < LONGEST_WAIT_MS ? order->wait_ms * 3 / 2 : LONGEST_WAIT_MS;
}

static void look(struct looker *looker, struct followed *order)
{
    looker->order = order;
    looker->asked_us = clock_steady_us();
    order->looking = true;
    connection_ask(looker->connection, "GET", str_of(order->path), str_of(order->head), (struct str){NULL, 0}, true);
}

static struct looker *idle_looker(struct orders *orders)
{
    for (int i = 0; i < LOOKERS; i++)
        if (!orders->lookers[i].order)
            return &orders->lookers[i];
    return NULL;
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
    struct orders *orders = context;
    int64_t now_us = clock_steady_us();
    struct followed *next;

    (void)fd;
    (void)what;
    for (struct followed *order = orders->open; order; order = next) {
        struct looker *looker;

        next = order->next;
        if (order->looking || order->look_us > now_us)
            continue;
        if (now_us - order->accepted_us > orders->patience_us) {
            close_order(orders, order, OUTCOME_UNKNOWN);
            continue;
        }
        looker = idle_looker(orders);
        if (!looker)
            return;
        look(looker, order);
    }
}

struct orders *orders_new(struct client *client, const struct journeys *journeys, int64_t patience_ms)
{
    struct orders *orders = calloc(1, sizeof(*orders));

    if (!orders)
        abort();
    orders->client = client;
    orders->journeys = journeys;
    orders->patience_us = patience_ms * 1000;
    orders->line = tally_line(client->tally, TALLY_LOOK, STR("GET the order that is followed"));
    orders->tick = event_new(client->base, -1, EV_PERSIST, on_tick, orders);
    if (!orders->tick)
        abort();
    for (int i = 0; i < LOOKERS; i++) {
        orders->lookers[i].orders = orders;
        orders->lookers[i].connection = connection_new(client, on_seen, &orders->lookers[i]);
    }
    return orders;
}

void orders_free(struct orders *orders)
{
    if (!orders)
        return;
    for (int i = 0; i < LOOKERS; i++)
        connection_free(orders->lookers[i].connection);
    while (orders->open)
        close_order(orders, orders->open, OUTCOME_UNKNOWN);
    event_free(orders->tick);
    free(orders);
}

void orders_follow(struct orders *orders, struct str path, const struct cookies *cookies, struct str body,
                   int64_t intended_us)
{
    enum outcome outcome = check_outcome(orders->journeys, body);
    struct timeval often = {0, TICK_MS * 1000};
    struct followed *order;
    struct out head;

    orders->client->tally->counters[TALLY_ACCEPTED]++;
    if (outcome != OUTCOME_OPEN && outcome != OUTCOME_UNKNOWN) {
        count_end(orders, outcome, intended_us);
        return;
    }
    order = calloc(1, sizeof(*order));
    if (!order)
        abort();
    out_init(&head);
    cookies_put(cookies, path, &head);
    snprintf(order->path, sizeof(order->path), STR_FMT, STR_ARG(path));
    if (head.len)
        snprintf(order->head, sizeof(order->head), "Cookie: " STR_FMT "\r\n", STR_ARG(out_str(&head)));
    out_release(&head);
    order->intended_us = intended_us;
    order->accepted_us = clock_steady_us();
    order->wait_ms = FIRST_LOOK_MS;
    order->look_us = order->accepted_us + FIRST_LOOK_MS * 1000;
    if (!orders->open)
        event_add(orders->tick, &often);
    order->next = orders->open;
    orders->open = order;
    orders->open_count++;
}

size_t orders_open(const struct orders *orders)
{
    return orders->open_count;
}
