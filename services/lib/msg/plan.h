/* plan.h - from a writer's schema to the plan by which its records are read here. Internal to the library. */
#ifndef MSG_PLAN_H
#define MSG_PLAN_H

#include <jansson.h>

#include "base/arena.h"
#include "base/status.h"
#include "msg/shape.h"

enum { PLAN_MAX_DEPTH = 32, PLAN_MAX_FIELDS = 10000 };

/* The plan of a writer's schema for a reader of ours, in the arena; the JSON is not kept. ST_REJECT says what does not
 * fit. */
enum status plan_make(json_t *json, const struct record *reader, struct arena *arena, const struct field **plan,
                      struct err *err) must_check;

#endif
