/* drift.h - a topic's settings on the broker, against those that it should have. */
#ifndef RUN_DRIFT_H
#define RUN_DRIFT_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

#include "msg/wanted.h"

/* Whether this setting is not as wanted: another value, or one of the topic's own that nobody wants. *should is what it
 * should be; NULL: the broker's default. */
bool drift_found(const struct wanted *wanted, const rd_kafka_ConfigEntry_t *entry, const char **should);

#endif
