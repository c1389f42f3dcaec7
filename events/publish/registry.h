/* registry.h - a schema registry through Confluent's HTTP interface. */
#ifndef PUBLISH_REGISTRY_H
#define PUBLISH_REGISTRY_H

#include "base/status.h"

#include <jansson.h>
#include <stdint.h>

struct registry;

/* address is that of the interface ("http://127.0.0.1:8081/apis/ccompat/v7"), borrowed. */
struct registry *registry_open(const char *address);
void registry_close(struct registry *registry);

/* ST_OK when it answers; ST_RETRY while it does not. */
enum status registry_ready(struct registry *registry, struct err *err) must_check;

/* New versions must be readable by readers of every older one, and the other way round. */
enum status registry_demand_compatibility(struct registry *registry, struct err *err) must_check;

/* The id under which it holds this text for this subject; 0 when it does not. */
enum status registry_find(struct registry *registry, const char *subject, const char *text, int32_t *id,
                          struct err *err) must_check;

/* Registers it, or finds it again. ST_FATAL when the registry refuses it. */
enum status registry_add(struct registry *registry, const char *subject, const char *text, int32_t *id,
                         struct err *err) must_check;

#endif
