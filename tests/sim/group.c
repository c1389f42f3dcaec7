/* group.c - a consumer group: range, eager; nobody is granted anything before all have let go. */
#include "tests/sim/client.h"

static rd_kafka_t *next_member(const char *group, size_t *process, rd_kafka_t *after)
{
    rd_kafka_t *client = after ? after->next : NULL;

    for (; *process < sim.process_count; ++*process, client = NULL) {
        if (!client && !after)
            client = sim.processes[*process].clients;
        for (; client; client = client->next)
            if (client->member && !client->away && strcmp(client->conf.group, group) == 0)
                return client;
        after = NULL;
    }
    return NULL;
}

static bool all_ready(const char *group)
{
    size_t process = 0;

    for (rd_kafka_t *client = next_member(group, &process, NULL); client; client = next_member(group, &process, client))
        if (client->granted || client->revoke)
            return false;
    return true;
}

static void grant_all(const char *group)
{
    size_t process = 0, count = 0, at = 0;

    for (rd_kafka_t *client = next_member(group, &process, NULL); client; client = next_member(group, &process, client))
        count++;
    process = 0;
    for (rd_kafka_t *client = next_member(group, &process, NULL); client;
         client = next_member(group, &process, client), at++) {
        client_free_list(&client->grant);
        client->grant = rd_kafka_topic_partition_list_new(32);
        for (int i = 0; i < client->subscription->cnt; i++) {
            const char *topic = client->subscription->elems[i].topic;
            int32_t parts = kind_partitions(topic_kind(topic_named(str_of(topic))));

            for (int32_t part = 0; part < parts; part++)
                if ((size_t)part * count / (size_t)parts == at)
                    rd_kafka_topic_partition_list_add(client->grant, topic, part);
        }
        client_wake(client);
    }
}

void group_rebalance(const char *group)
{
    size_t process = 0;

    for (rd_kafka_t *client = next_member(group, &process, NULL); client;
         client = next_member(group, &process, client)) {
        client_free_list(&client->grant);
        client->revoke = client->revoke || client->granted;
        client_wake(client);
    }
    group_ready(group);
}

void group_ready(const char *group)
{
    if (all_ready(group))
        grant_all(group);
}

void group_leave(struct process *process)
{
    for (rd_kafka_t *client = process->clients; client; client = client->next)
        if (client->member) {
            client->away = true;
            group_rebalance(client->conf.group);
        }
}

void group_come_back(struct process *process)
{
    for (rd_kafka_t *client = process->clients; client; client = client->next)
        if (client->away) {
            client->away = false;
            group_rebalance(client->conf.group);
        }
}
