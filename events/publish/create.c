/* create.c - making the topics that are not there yet. */
#include "events/publish/round.h"

#include "base/crash.h"

#include <stdio.h>
#include <stdlib.h>

static rd_kafka_NewTopic_t *new_topic(const struct wanted *wanted)
{
    char why[256];
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(wanted->name, wanted->partitions, -1, why, sizeof(why));

    if (!topic) {
        fprintf(stderr, "publish: %s: %s\n", wanted->name, why);
        abort();
    }
    for (size_t i = 0; i < wanted->config_count; i++)
        rd_kafka_NewTopic_set_config(topic, wanted->configs[i].name, wanted->configs[i].value);
    return topic;
}

static enum status read_created(rd_kafka_event_t *event, struct err *err)
{
    size_t count;
    const rd_kafka_topic_result_t **topics = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(event), &count);

    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(topics[i]);
        const char *why = rd_kafka_topic_result_error_string(topics[i]);

        if (round_status(code) != ST_OK)
            return err_set(err, round_status(code), "Kafka did not make %s: %s", rd_kafka_topic_result_name(topics[i]),
                           why ? why : rd_kafka_err2str(code));
        printf("%s: made\n", rd_kafka_topic_result_name(topics[i]));
    }
    return ST_OK;
}

DEFINE_EFFECT(making, "topics-create", "topics that are missing are made");

enum status round_create(struct round *round, struct err *err)
{
    rd_kafka_NewTopic_t **topics = calloc(round->count, sizeof(*topics));
    rd_kafka_AdminOptions_t *options = round_options(round, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_event_t *event = NULL;
    enum status status = ST_OK;
    size_t missing = 0;

    if (!topics)
        abort();
    for (size_t i = 0; i < round->count; i++) {
        const struct rd_kafka_metadata_topic *topic = round_topic(round, &round->list[i]);

        if (topic && topic->err == RD_KAFKA_RESP_ERR_NO_ERROR)
            continue;
        if (!round->change)
            printf("%s: is missing\n", round->list[i].name);
        topics[missing++] = new_topic(&round->list[i]);
    }
    if (missing && round->change) {
        effect_before(&making);
        rd_kafka_CreateTopics(round->kafka, topics, missing, options, round->answers);
        effect_after(&making);
        status = round_await(round, &event, err);
        effect_answered(&making);
        if (status == ST_OK)
            status = read_created(event, err);
    } else {
        round->drifts += missing;
    }
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_NewTopic_destroy_array(topics, missing);
    rd_kafka_AdminOptions_destroy(options);
    free(topics);
    return status;
}
