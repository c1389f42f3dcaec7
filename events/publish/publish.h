/* publish.h - the two things that the shop needs of Kafka and of the registry before it can start. */
#ifndef PUBLISH_PUBLISH_H
#define PUBLISH_PUBLISH_H

#include "base/status.h"

#include <stdbool.h>

/* Every topic of topics.toml and its dead-letter topics: made where missing, settings corrected where they differ; one
 * line on standard output for each change. Waits up to a minute for the broker, and until each partition has a leader.
 * Without change: only looks. ST_FATAL: a topic has another number of partitions, or (without change) anything differs. */
enum status publish_topics(const char *bootstrap, bool change, struct err *err) must_check;

/* Every schema of schema-ids, in that order; waits up to two minutes for the registry. ST_FATAL: the registry has given an
 * id of ours to something else, or refuses a schema, or (without change) lacks one. */
enum status publish_schemas(const char *registry, bool change, struct err *err) must_check;

#endif
