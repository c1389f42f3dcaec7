/* schema.c - names and definitions of an Avro schema, in the order in which a reader meets them. */
#include "msg/schema.h"

#include <stdarg.h>
#include <stdio.h>

/* A named type of the writer's, from its definition on. */
struct definition {
    struct definition *next;
    struct str name; /* full */
    struct str space;
    json_t *json;
};

static const struct {
    const char *name;
    enum shape shape;
} shapes[] = {{"null", SHAPE_NULL},    {"boolean", SHAPE_BOOLEAN}, {"int", SHAPE_INT},     {"long", SHAPE_LONG},
              {"float", SHAPE_FLOAT},  {"double", SHAPE_DOUBLE},   {"bytes", SHAPE_BYTES}, {"string", SHAPE_STRING},
              {"fixed", SHAPE_FIXED},  {"enum", SHAPE_ENUM},       {"array", SHAPE_ARRAY}, {"map", SHAPE_MAP},
              {"record", SHAPE_RECORD}};

bool schema_refuse(struct schema *schema, const char *format, ...)
{
    char text[sizeof(schema->err->text)];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    err_set(schema->err, ST_REJECT, "%s", text);
    return false;
}

static bool shape_named(const char *name, enum shape *shape)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        if (strcmp(shapes[i].name, name) == 0) {
            *shape = shapes[i].shape;
            return true;
        }
    return false;
}

struct str schema_text(json_t *json, const char *member)
{
    json_t *text = json_object_get(json, member);

    return json_is_string(text) ? (struct str){json_string_value(text), json_string_length(text)} : (struct str){0};
}

static struct str in_space(struct arena *arena, struct str name, struct str space)
{
    if (space.len == 0 || memchr(name.ptr, '.', name.len))
        return name;
    return arena_printf(arena, STR_FMT "." STR_FMT, STR_ARG(space), STR_ARG(name));
}

struct str schema_full_name(struct arena *arena, json_t *json, struct str space)
{
    struct str name = schema_text(json, "name"), own = schema_text(json, "namespace");

    return name.len ? in_space(arena, name, own.len ? own : space) : name;
}

struct str schema_last_part(struct str name)
{
    const char *dot = name.len ? memrchr(name.ptr, '.', name.len) : NULL;

    return dot ? (struct str){dot + 1, name.len - (size_t)(dot + 1 - name.ptr)} : name;
}

static struct str space_part(struct str name)
{
    struct str last = schema_last_part(name);

    return last.len < name.len ? (struct str){name.ptr, name.len - last.len - 1} : (struct str){0};
}

static struct definition *find(struct schema *schema, struct str name)
{
    struct definition *definition = schema->definitions;

    while (definition && !str_equal(definition->name, name))
        definition = definition->next;
    return definition;
}

bool schema_define(struct schema *schema, json_t *json, struct str space, struct str *inner)
{
    struct str name = schema_full_name(schema->arena, json, space);
    struct definition *definition;

    if (name.len == 0)
        return schema_refuse(schema, "The schema has a record, enum or fixed without a name");
    *inner = space_part(name);
    definition = find(schema, name);
    if (definition && definition->json != json)
        return schema_refuse(schema, "The schema defines " STR_FMT " twice", STR_ARG(name));
    if (definition)
        return true;
    definition = arena_new(schema->arena, struct definition);
    *definition = (struct definition){schema->definitions, name, *inner, json};
    schema->definitions = definition;
    return true;
}

bool schema_look_up(struct schema *schema, json_t **json, struct str *space, enum shape *shape)
{
    json_t *type = json_is_object(*json) ? json_object_get(*json, "type") : *json;
    struct definition *definition;

    if (json_is_array(type)) {
        *json = type;
        *shape = SHAPE_UNION;
        return true;
    }
    if (json_is_object(type)) {
        *json = type;
        return schema_look_up(schema, json, space, shape);
    }
    if (!json_is_string(type))
        return schema_refuse(schema, "The schema has a type that is neither a name, a list nor an object");
    if (shape_named(json_string_value(type), shape))
        return type != *json || *shape < SHAPE_FIXED || schema_refuse(schema, "The schema has a bare complex type");
    definition = find(schema, in_space(schema->arena, str_of(json_string_value(type)), *space));
    if (!definition)
        return schema_refuse(schema, "The schema uses %s, which it does not define", json_string_value(type));
    *json = definition->json;
    *space = definition->space;
    return shape_named(json_string_value(json_object_get(*json, "type")), shape);
}
