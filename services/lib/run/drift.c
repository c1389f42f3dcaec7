/* drift.c - one comparison for who corrects topics and who only looks at them. */
#include "run/drift.h"

#include <string.h>

bool drift_found(const struct wanted *wanted, const rd_kafka_ConfigEntry_t *entry, const char **should)
{
    const char *value = rd_kafka_ConfigEntry_value(entry);
    bool own = rd_kafka_ConfigEntry_source(entry) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;

    *should = wanted_value(wanted, rd_kafka_ConfigEntry_name(entry));
    return *should ? !value || strcmp(*should, value) != 0 : own;
}
