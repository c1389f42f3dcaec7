/* correct.c - comparing the settings of topics with what they should be. */
#include "events/publish/round.h"

#include "base/crash.h"
#include "run/drift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct wanted *wanted_named(const struct round *round, const char *name)
{
    for (size_t i = 0; i < round->count; i++)
        if (strcmp(round->list[i].name, name) == 0)
            return &round->list[i];
    return NULL;
}

/* Prints every setting that is not as wanted, and returns how many. A setting that the topic has of its own and that
 * nobody wants goes back to the broker's default. */
static size_t print_drifts(const struct wanted *wanted, const rd_kafka_ConfigResource_t *resource)
{
    size_t count, drifts = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);

    for (size_t i = 0; i < count; i++) {
        const char *value = rd_kafka_ConfigEntry_value(entries[i]), *should;

        if (!drift_found(wanted, entries[i], &should))
            continue;
        printf("%s: %s is %s, should be %s\n", wanted->name, rd_kafka_ConfigEntry_name(entries[i]),
               value ? value : "not set", should ? should : "the broker's default");
        drifts++;
    }
    return drifts;
}

static rd_kafka_ConfigResource_t *resource_of(const struct wanted *wanted, bool with_values)
{
    rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, wanted->name);

    for (size_t i = 0; with_values && i < wanted->config_count; i++)
        rd_kafka_ConfigResource_set_config(resource, wanted->configs[i].name, wanted->configs[i].value);
    return resource;
}

DEFINE_EFFECT(correcting, "topics-correct", "settings of topics are corrected");

/* All settings of these topics at once: the request replaces what a topic had of its own. */
static enum status alter(struct round *round, rd_kafka_ConfigResource_t **resources, size_t count, struct err *err)
{
    rd_kafka_AdminOptions_t *options = round_options(round, RD_KAFKA_ADMIN_OP_ALTERCONFIGS);
    rd_kafka_event_t *event;
    enum status status;

    effect_before(&correcting);
    rd_kafka_AlterConfigs(round->kafka, resources, count, options, round->answers);
    effect_after(&correcting);
    status = round_await(round, &event, err);
    effect_answered(&correcting);
    if (status == ST_OK) {
        const rd_kafka_ConfigResource_t **altered = rd_kafka_AlterConfigs_result_resources(
            rd_kafka_event_AlterConfigs_result(event), &count);

        for (size_t i = 0; i < count && status == ST_OK; i++)
            if (rd_kafka_ConfigResource_error(altered[i]))
                status = err_set(err, round_status(rd_kafka_ConfigResource_error(altered[i])),
                                 "Kafka did not correct %s: %s", rd_kafka_ConfigResource_name(altered[i]),
                                 rd_kafka_ConfigResource_error_string(altered[i]));
    }
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
    return status;
}

/* Compares what was described and corrects what differs. */
static enum status compare(struct round *round, rd_kafka_event_t *event, struct err *err)
{
    size_t count, drifted = 0;
    const rd_kafka_ConfigResource_t **described = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event), &count);
    rd_kafka_ConfigResource_t **resources = calloc(count + 1, sizeof(*resources));
    enum status status = ST_OK;

    if (!resources)
        abort();
    for (size_t i = 0; i < count && status == ST_OK; i++) {
        rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(described[i]);
        const char *name = rd_kafka_ConfigResource_name(described[i]);
        const struct wanted *wanted = wanted_named(round, name);

        if (code)
            status = err_set(err, round_status(code), "Kafka does not tell the settings of %s: %s", name,
                             rd_kafka_err2str(code));
        else if (wanted && print_drifts(wanted, described[i]))
            resources[drifted++] = resource_of(wanted, true);
    }
    if (!round->change)
        round->drifts += drifted;
    else if (status == ST_OK && drifted)
        status = alter(round, resources, drifted, err);
    rd_kafka_ConfigResource_destroy_array(resources, drifted);
    free(resources);
    return status;
}

enum status round_correct(struct round *round, struct err *err)
{
    rd_kafka_ConfigResource_t **resources = calloc(round->count, sizeof(*resources));
    rd_kafka_AdminOptions_t *options = round_options(round, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_event_t *event = NULL;
    enum status status = ST_OK;
    size_t count = 0;

    if (!resources)
        abort();
    for (size_t i = 0; i < round->count; i++)
        if (round_topic(round, &round->list[i]))
            resources[count++] = resource_of(&round->list[i], false);
    if (count) {
        rd_kafka_DescribeConfigs(round->kafka, resources, count, options, round->answers);
        status = round_await(round, &event, err);
    }
    if (event && status == ST_OK)
        status = compare(round, event, err);
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_ConfigResource_destroy_array(resources, count);
    rd_kafka_AdminOptions_destroy(options);
    free(resources);
    return status;
}
