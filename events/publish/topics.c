/* topics.c - making topics and correcting their settings, until everything is as it should be.
 *
 * Each round begins with what the broker has now and does what is missing, so a round that fails halfway is simply done
 * again until a minute is over. */
#include "events/publish/publish.h"
#include "events/publish/round.h"

#include "base/clock.h"
#include "run/kafka.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATIENCE_US = 60000000, LOOK_MS = 2000, PAUSE_US = 200000 };

static enum status check_partitions(const struct round *round, struct err *err)
{
    for (size_t i = 0; i < round->count; i++) {
        const struct rd_kafka_metadata_topic *topic = round_topic(round, &round->list[i]);

        if (!topic || topic->partition_cnt == 0 || topic->partition_cnt == round->list[i].partitions)
            continue;
        return err_set(err, ST_FATAL,
                       "%s has %d partitions on the broker and %d in topics.toml; their number cannot be changed, for "
                       "keys would move",
                       topic->topic, topic->partition_cnt, round->list[i].partitions);
    }
    return ST_OK;
}

/* A topic that was just made has no leader for a moment, and cannot be written to. */
static enum status check_leaders(const struct round *round, struct err *err)
{
    for (size_t i = 0; i < round->count; i++) {
        const struct rd_kafka_metadata_topic *topic = round_topic(round, &round->list[i]);

        if (!topic)
            return err_set(err, ST_RETRY, "Kafka does not show %s yet", round->list[i].name);
        for (int p = 0; p < topic->partition_cnt; p++)
            if (topic->partitions[p].leader < 0)
                return err_set(err, ST_RETRY, "Partition %d of %s has no leader", p, topic->topic);
    }
    return ST_OK;
}

static enum status look(struct round *round, struct err *err)
{
    rd_kafka_resp_err_t code = rd_kafka_metadata(round->kafka, 1, NULL, &round->metadata, LOOK_MS);

    if (code)
        return err_set(err, round_status(code), "Kafka does not answer: %s", rd_kafka_err2str(code));
    return check_partitions(round, err);
}

static void forget(struct round *round)
{
    if (round->metadata)
        rd_kafka_metadata_destroy(round->metadata);
    round->metadata = NULL;
}

static enum status one_round(struct round *round, struct err *err)
{
    enum status status = look(round, err);

    round->drifts = 0;
    if (status == ST_OK)
        status = round_create(round, err);
    if (status == ST_OK)
        status = round_correct(round, err);
    forget(round);
    if (status != ST_OK || !round->change)
        return status;
    status = look(round, err);
    if (status == ST_OK)
        status = check_leaders(round, err);
    forget(round);
    return status;
}

static enum status all_rounds(struct round *round, struct err *err)
{
    int64_t end_us = clock_steady_us() + PATIENCE_US;
    enum status status;

    while ((status = one_round(round, err)) == ST_RETRY && clock_steady_us() < end_us)
        usleep(PAUSE_US);
    if (status == ST_OK && round->drifts)
        return err_set(err, ST_FATAL, "%zu topics are not as they should be", round->drifts);
    return status;
}

/* The shop's own settings, so that what is demanded of every client (mutual TLS, one day) holds here too. */
static rd_kafka_t *client(const char *bootstrap)
{
    rd_kafka_conf_t *conf = kafka_conf(&(struct kafka){.bootstrap = bootstrap, .name = "publish"}, KAFKA_PRODUCER);
    rd_kafka_t *kafka;
    char why[256];

    kafka_set(conf, "statistics.interval.ms", "0");
    kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    if (!kafka) {
        fprintf(stderr, "publish: %s\n", why);
        abort();
    }
    return kafka;
}

enum status publish_topics(const char *bootstrap, bool change, struct err *err)
{
    struct round round = {.kafka = client(bootstrap), .change = change};
    struct wanted *list = wanted_list(&round.count);
    enum status status;

    round.list = list;
    round.answers = rd_kafka_queue_new(round.kafka);
    status = all_rounds(&round, err);
    if (status == ST_OK)
        printf("%zu topics are as they should be\n", round.count);
    rd_kafka_queue_destroy(round.answers);
    rd_kafka_destroy(round.kafka);
    free(list);
    return status;
}
