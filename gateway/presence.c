/* presence.c - who is at work. One question every few seconds, on a thread of its own: the library's question blocks, and
 * the one that does not (DescribeConsumerGroups) aborts the process in 2.0.2 when the coordinator goes away meanwhile. The
 * thread shares nothing with the loop but one number. */
#include "gateway/presence.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { ASK_EVERY_S = 2, ASK_PATIENCE_MS = 1500 };

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
    {"recommendation", {STR_INIT("Recommendations"), STR_INIT("what goes with a product is what we last knew.")}},
    {"ad", {STR_INIT("Advertisements"), STR_INIT("they are those we last heard of.")}},
    {"email", {STR_INIT("Mail"), STR_INIT("confirmations come a little later.")}},
};
enum { SERVICES = sizeof known / sizeof *known };

struct presence {
    rd_kafka_t *client;
    pthread_t thread;
    sem_t stop;
    atomic_uint lacking; /* a bit per service: nobody was there when last asked */
};

/* The bits of the services that nobody is there for; none while the broker does not say. */
static unsigned ask(struct presence *presence)
{
    const struct rd_kafka_group_list *groups;
    unsigned lacking = 0;

    if (rd_kafka_list_groups(presence->client, NULL, &groups, ASK_PATIENCE_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    for (int i = 0; i < groups->group_cnt; i++)
        for (size_t k = 0; k < SERVICES; k++)
            if (groups->groups[i].member_cnt == 0 && strcmp(known[k].service, groups->groups[i].group) == 0)
                lacking |= 1U << k;
    rd_kafka_group_list_destroy(groups);
    return lacking;
}

static void *run(void *context)
{
    struct presence *presence = context;
    struct timespec next;

    do {
        atomic_store(&presence->lacking, ask(presence));
        clock_gettime(CLOCK_REALTIME, &next);
        next.tv_sec += ASK_EVERY_S;
    } while (sem_timedwait(&presence->stop, &next) != 0);
    return NULL;
}

struct presence *presence_open(const struct kafka *kafka)
{
    struct presence *presence = calloc(1, sizeof *presence);
    char errstr[256];

    if (presence == NULL)
        abort();
    presence->client = rd_kafka_new(RD_KAFKA_PRODUCER, kafka_conf(kafka, KAFKA_PRODUCER), errstr, sizeof errstr);
    if (presence->client == NULL || sem_init(&presence->stop, 0, 0) != 0 ||
        pthread_create(&presence->thread, NULL, run, presence) != 0)
        abort();
    return presence;
}

void presence_close(struct presence *presence)
{
    if (presence == NULL)
        return;
    sem_post(&presence->stop);
    pthread_join(presence->thread, NULL);
    sem_destroy(&presence->stop);
    rd_kafka_destroy_flags(presence->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(presence);
}

bool presence_lacks(const struct presence *presence, const char *service)
{
    for (size_t i = 0; presence && i < SERVICES; i++)
        if (strcmp(known[i].service, service) == 0)
            return atomic_load(&presence->lacking) >> i & 1;
    return false;
}

struct shown_away_list presence_away(const struct presence *presence, struct arena *arena)
{
    struct shown_away *items = arena_array(arena, SERVICES, sizeof *items);
    size_t count = 0;
    unsigned lacking = presence ? atomic_load(&presence->lacking) : 0;

    for (size_t i = 0; i < SERVICES; i++)
        if (lacking >> i & 1)
            items[count++] = known[i].away;
    return (struct shown_away_list){items, count};
}
