/* presence.c - who is at work. One small Kafka client of its own, and one question every few seconds. */
#include "gateway/presence.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

enum { ASK_EVERY_S = 2, MISSED_BEFORE_AWAY = 1 };

static const struct {
    const char *service;
    struct shown_away away;
} known[] = {
    {"catalog",
     {STR_INIT("Catalogue"),
      STR_INIT("prices and stock are those we last heard; orders wait until the goods can be set aside.")}},
    {"currency", {STR_INIT("Currencies"), STR_INIT("prices use the rates we last heard.")}},
    {"cart", {STR_INIT("Cart"), STR_INIT("what you put in now appears a little later.")}},
    {"checkout", {STR_INIT("Checkout"), STR_INIT("an order is taken, and waits a little.")}},
    {"payment", {STR_INIT("Payment"), STR_INIT("an order is taken, and waits to be paid.")}},
    {"shipping", {STR_INIT("Shipping"), STR_INIT("an order is taken, and waits for its parcel.")}},
    {"email", {STR_INIT("Mail"), STR_INIT("confirmations come a little later.")}},
};
enum { SERVICES = sizeof known / sizeof *known };

struct presence {
    rd_kafka_t *client;
    rd_kafka_queue_t *answers;
    struct kafka_wake *wake;
    struct event *timer;
    bool asked;
    int missed[SERVICES]; /* how often in a row nobody was there */
};

static void note_group(struct presence *presence, const rd_kafka_ConsumerGroupDescription_t *group)
{
    const char *name = rd_kafka_ConsumerGroupDescription_group_id(group);
    bool known_now = rd_kafka_ConsumerGroupDescription_error(group) == NULL;
    bool there = rd_kafka_ConsumerGroupDescription_member_count(group) > 0;

    for (size_t i = 0; known_now && i < SERVICES; i++)
        if (strcmp(known[i].service, name) == 0)
            presence->missed[i] = there ? 0 : presence->missed[i] + 1;
}

static void on_answer(void *context)
{
    struct presence *presence = context;
    rd_kafka_event_t *event;

    while ((event = rd_kafka_queue_poll(presence->answers, 0))) {
        const rd_kafka_DescribeConsumerGroups_result_t *result = rd_kafka_event_DescribeConsumerGroups_result(event);

        if (result) {
            size_t count;
            const rd_kafka_ConsumerGroupDescription_t **groups = rd_kafka_DescribeConsumerGroups_result_groups(result,
                                                                                                               &count);

            for (size_t i = 0; i < count; i++)
                note_group(presence, groups[i]);
            presence->asked = false;
        }
        rd_kafka_event_destroy(event);
    }
}

static void ask(evutil_socket_t fd, short what, void *context)
{
    struct presence *presence = context;
    const char *groups[SERVICES];
    rd_kafka_AdminOptions_t *options;
    char errstr[128];

    (void)fd, (void)what;
    if (presence->asked) /* the last question is still open: the broker is away */
        return;
    for (size_t i = 0; i < SERVICES; i++)
        groups[i] = known[i].service;
    options = rd_kafka_AdminOptions_new(presence->client, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    (void)rd_kafka_AdminOptions_set_request_timeout(options, 5000, errstr, sizeof errstr);
    presence->asked = true;
    rd_kafka_DescribeConsumerGroups(presence->client, groups, SERVICES, options, presence->answers);
    rd_kafka_AdminOptions_destroy(options);
}

struct presence *presence_open(struct event_base *base, const struct kafka *kafka)
{
    struct presence *presence = calloc(1, sizeof *presence);
    struct timeval every = {ASK_EVERY_S, 0};
    char errstr[256];

    if (presence == NULL)
        abort();
    presence->client = rd_kafka_new(RD_KAFKA_PRODUCER, kafka_conf(kafka, KAFKA_PRODUCER), errstr, sizeof errstr);
    presence->timer = event_new(base, -1, EV_PERSIST, ask, presence);
    if (presence->client == NULL || presence->timer == NULL || event_add(presence->timer, &every))
        abort();
    presence->answers = rd_kafka_queue_new(presence->client);
    presence->wake = kafka_wake_open(base, presence->answers, on_answer, presence);
    return presence;
}

void presence_close(struct presence *presence)
{
    if (presence == NULL)
        return;
    event_free(presence->timer);
    kafka_wake_close(presence->wake);
    rd_kafka_destroy_flags(presence->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(presence);
}

bool presence_lacks(const struct presence *presence, const char *service)
{
    for (size_t i = 0; presence && i < SERVICES; i++)
        if (strcmp(known[i].service, service) == 0)
            return presence->missed[i] >= MISSED_BEFORE_AWAY;
    return false;
}

struct shown_away_list presence_away(const struct presence *presence, struct arena *arena)
{
    struct shown_away *items = arena_array(arena, SERVICES, sizeof *items);
    size_t count = 0;

    for (size_t i = 0; i < SERVICES; i++)
        if (presence && presence->missed[i] >= MISSED_BEFORE_AWAY)
            items[count++] = known[i].away;
    return (struct shown_away_list){items, count};
}
