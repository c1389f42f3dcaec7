/* schema.h - a writer's schema as jansson read it: what a type in it is, whatever way it is named. Internal. */
#ifndef MSG_SCHEMA_H
#define MSG_SCHEMA_H

#include <jansson.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"
#include "msg/shape.h"

struct definition;

struct schema {
    struct arena *arena;
    struct definition *definitions; /* named types, as far as the walk has come */
    int32_t depth, fields;          /* of the plan being made */
    struct err *err;
};

/* Fills err and returns false. */
bool schema_refuse(struct schema *schema, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text of a member; empty when it is missing or no text. */
struct str schema_text(json_t *json, const char *member);

/* "OrderPlaced" of "shop.OrderPlaced". */
struct str schema_last_part(struct str name);

/* The name of a record, enum or fixed with its namespace, which is `space` if it has none of its own. */
struct str schema_full_name(struct arena *arena, json_t *json, struct str space);

/* Remembers a record, enum or fixed, and gives the namespace that holds inside it. False when it has no name, or another
 * definition has the same. */
bool schema_define(struct schema *schema, json_t *json, struct str space, struct str *inner);

/* Follows a type to what it is: *json becomes its definition (a list, for a union), *space the namespace there. */
bool schema_look_up(struct schema *schema, json_t **json, struct str *space, enum shape *shape);

#endif
