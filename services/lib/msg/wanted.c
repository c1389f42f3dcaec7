/* wanted.c - from the table of topics to the broker's own words. */
#include "msg/wanted.h"

#include "msg/topics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_text(struct wanted *wanted, const char *name, const char *value)
{
    struct wanted_config *config = &wanted->configs[wanted->config_count++];

    if (wanted->config_count > WANTED_CONFIGS)
        abort();
    config->name = name;
    snprintf(config->value, sizeof(config->value), "%s", value);
}

static void set_time(struct wanted *wanted, const char *name, int64_t time_ms)
{
    char digits[24];

    snprintf(digits, sizeof(digits), "%" PRId64, time_ms);
    set_text(wanted, name, digits);
}

static void want_topic(struct wanted *wanted, const struct topic_info *info)
{
    snprintf(wanted->name, sizeof(wanted->name), "%s", info->name);
    wanted->partitions = kind_partitions(info->kind);
    set_text(wanted, "cleanup.policy", info->compacted ? "compact" : "delete");
    set_time(wanted, "retention.ms", info->retention_ms);
    /* when a message was written is the broker's to say: rules count their deadlines from it, and a writer's clock may jump */
    set_text(wanted, "message.timestamp.type", "LogAppendTime");
    if (info->segment_ms)
        set_time(wanted, "segment.ms", info->segment_ms);
    if (info->compacted)
        set_time(wanted, "min.compaction.lag.ms", info->min_lag_ms);
    if (info->max_lag_ms)
        set_time(wanted, "max.compaction.lag.ms", info->max_lag_ms);
}

/* As many partitions as the source: a letter keeps the number it came from. */
static void want_dead_letters(struct wanted *wanted, const struct topic_info *info, const char *reader)
{
    snprintf(wanted->name, sizeof(wanted->name), "%s.%s.dlt", info->name, reader);
    wanted->partitions = kind_partitions(info->kind);
    set_text(wanted, "cleanup.policy", "delete");
    set_time(wanted, "retention.ms", TOPIC_DEAD_LETTERS_MS);
}

struct wanted *wanted_list(size_t *count)
{
    struct wanted *list = calloc((size_t)TOPIC_COUNT * (TOPIC_MAX_READERS + 1), sizeof(*list));

    if (!list)
        abort();
    *count = 0;
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_COUNT; topic++) {
        const struct topic_info *info = topic_info((enum topic)topic);

        want_topic(&list[(*count)++], info);
        for (const char *const *reader = info->readers; *reader; reader++)
            want_dead_letters(&list[(*count)++], info, *reader);
    }
    return list;
}

const char *wanted_value(const struct wanted *wanted, const char *config)
{
    for (size_t i = 0; i < wanted->config_count; i++)
        if (strcmp(wanted->configs[i].name, config) == 0)
            return wanted->configs[i].value;
    return NULL;
}
