/* plan.c - schema resolution, as the Avro specification describes it, done once per writer's schema.
 *
 * The writer's schema is walked beside the reader's table. What the reader lacks becomes a field that is skipped, what the
 * writer lacks becomes a default; a reader of NULL stands for "nobody reads this" all the way down. */
#include "msg/plan.h"

#include "msg/schema.h"

/* The fewest bytes that a value takes; large values need not be exact. */
static int64_t fewest_bytes(const struct field *field)
{
    int64_t sum = 0, least = INT32_MAX;

    switch (field->shape) {
    case SHAPE_NULL:
    case SHAPE_ABSENT:
        return 0;
    case SHAPE_FLOAT:
        return 4;
    case SHAPE_DOUBLE:
        return 8;
    case SHAPE_FIXED:
        return field->size_bytes;
    case SHAPE_RECORD:
        for (int32_t i = 0; i < field->part_count; i++)
            sum += fewest_bytes(&field->parts[i]);
        return sum < least ? sum : least;
    default:
        return 1;
    }
}

static bool number_fits(enum shape writer, enum store reader)
{
    switch (reader) {
    case STORE_INT32:
        return writer == SHAPE_INT;
    case STORE_INT64:
        return writer == SHAPE_INT || writer == SHAPE_LONG;
    case STORE_DOUBLE:
        return writer >= SHAPE_INT && writer <= SHAPE_DOUBLE;
    default:
        return false;
    }
}

static bool name_fits(json_t *json, const char *reader)
{
    return str_is(schema_last_part(schema_text(json, "name")), reader);
}

/* Whether a value of the writer's kind can become the reader's. Looks at kind and name only, not inside. */
static bool fits(enum shape writer, json_t *json, const struct field *reader)
{
    switch (reader->shape) {
    case SHAPE_BOOLEAN:
        return writer == SHAPE_BOOLEAN;
    case SHAPE_BYTES:
    case SHAPE_STRING:
        return writer == SHAPE_BYTES || writer == SHAPE_STRING;
    case SHAPE_ENUM:
        return writer == SHAPE_ENUM && name_fits(json, reader->symbols->name);
    case SHAPE_RECORD:
        return writer == SHAPE_RECORD && name_fits(json, reader->record->name);
    case SHAPE_ARRAY:
        return writer == SHAPE_ARRAY;
    default:
        return number_fits(writer, reader->store);
    }
}

static bool make(struct schema *m, json_t *json, struct str space, const struct field *reader, struct field *out);

static struct field *new_fields(struct schema *m, size_t count)
{
    return arena_array(m->arena, count, sizeof(struct field));
}

static bool make_enum(struct schema *m, json_t *json, struct str space, const struct field *reader, struct field *out)
{
    json_t *symbols = json_object_get(json, "symbols");
    size_t count = json_array_size(symbols);
    struct str inner;
    int32_t *values;

    if (!schema_define(m, json, space, &inner))
        return false;
    if (count == 0 || count > PLAN_MAX_FIELDS)
        return schema_refuse(m, "The schema has an enum without symbols");
    values = arena_array(m->arena, count, sizeof(*values));
    for (size_t i = 0; i < count; i++) {
        const char *symbol = json_string_value(json_array_get(symbols, i));

        if (!symbol)
            return schema_refuse(m, "The schema has an enum whose symbols are not text");
        for (int32_t v = 0; reader && v < reader->symbols->count; v++)
            if (strcmp(reader->symbols->names[v], symbol) == 0)
                values[i] = v;
    }
    out->values = values;
    out->value_count = (int32_t)count;
    return true;
}

static bool make_items(struct schema *m, json_t *json, struct str space, const struct field *reader, struct field *out)
{
    struct field *item = new_fields(m, 1);
    bool map = out->shape == SHAPE_MAP;
    int64_t fewest;

    if (!make(m, json_object_get(json, map ? "values" : "items"), space, reader ? &reader->parts[0] : NULL, item))
        return false;
    fewest = fewest_bytes(item) + map;
    if (fewest == 0)
        return schema_refuse(m,
                             "The schema has an array whose items take no bytes, so that its length cannot be checked");
    out->parts = item;
    out->part_count = 1;
    out->wire_bytes = (int32_t)fewest;
    return true;
}

static bool make_fixed(struct schema *m, json_t *json, struct str space, struct field *out)
{
    json_int_t size = json_integer_value(json_object_get(json, "size"));
    struct str inner;

    if (!schema_define(m, json, space, &inner))
        return false;
    if (size < 0 || size > INT32_MAX)
        return schema_refuse(m, "The schema has a fixed of an impossible size");
    out->size_bytes = (int32_t)size;
    return true;
}

static const struct field *reader_field(const struct field *reader, struct str name)
{
    for (int32_t i = 0; reader && i < reader->part_count; i++)
        if (str_is(name, reader->parts[i].name))
            return &reader->parts[i];
    return NULL;
}

static bool written(const struct field *parts, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(parts[i].name, name) == 0)
            return true;
    return false;
}

/* What the writer does not have takes its default; one that is to be absent needs no doing, for the struct is zeroed. */
static bool add_defaults(struct schema *m, const struct field *reader, struct field *parts, size_t written_count,
                         size_t *count)
{
    for (int32_t i = 0; reader && i < reader->part_count; i++) {
        const struct field *field = &reader->parts[i];

        if (written(parts, written_count, field->name))
            continue;
        if (!field->fallback)
            return schema_refuse(m, "The writer's %s has no field %s, and that has no default", reader->record->name,
                                 field->name);
        if (field->fallback_bytes == 0)
            continue;
        parts[*count] = *field;
        parts[*count].shape = SHAPE_ABSENT;
        parts[*count].store = STORE_NOTHING;
        ++*count;
    }
    return true;
}

static bool make_record(struct schema *m, json_t *json, struct str space, const struct field *reader, struct field *out)
{
    json_t *fields = json_object_get(json, "fields");
    size_t count = json_array_size(fields), total = count;
    struct field *parts;
    struct str inner;

    if (!schema_define(m, json, space, &inner))
        return false;
    if (!json_is_array(fields) || count > PLAN_MAX_FIELDS)
        return schema_refuse(m, "The schema has a record without a list of fields");
    parts = new_fields(m, count + (reader ? (size_t)reader->part_count : 0));
    for (size_t i = 0; i < count; i++) {
        json_t *field = json_array_get(fields, i);
        struct str name = schema_text(field, "name");
        const struct field *to = name.len ? reader_field(reader, name) : NULL;

        if (name.len == 0)
            return schema_refuse(m, "The schema has a field without a name");
        parts[i].name = arena_copy(m->arena, name).ptr;
        if (!make(m, json_object_get(field, "type"), inner, to, &parts[i]))
            return false;
        if (written(parts, i, parts[i].name))
            return schema_refuse(m, "The schema has two fields called %s in one record", parts[i].name);
    }
    out->parts = parts;
    if (!add_defaults(m, reader, parts, count, &total))
        return false;
    out->part_count = (int32_t)total;
    return true;
}

/* A branch that the reader has no place for is no mistake until a record chooses it. */
static bool make_branch(struct schema *m, json_t *json, struct str space, const struct field *reader, struct field *out)
{
    const struct field *to = reader && reader->shape == SHAPE_UNION ? &reader->parts[1] : reader;
    struct str at = space;
    json_t *type = json;
    enum shape shape;
    bool fitting;

    if (!schema_look_up(m, &type, &at, &shape))
        return false;
    if (shape == SHAPE_UNION)
        return schema_refuse(m, "The schema has a union directly in a union");
    fitting = to && fits(shape, type, to);
    if (!make(m, json, space, fitting ? to : NULL, out))
        return false;
    if (reader && !fitting && !(shape == SHAPE_NULL && reader->shape == SHAPE_UNION))
        out->store = STORE_REFUSED;
    return true;
}

static bool make_union(struct schema *m, json_t *json, struct str space, const struct field *reader, struct field *out)
{
    size_t count = json_array_size(json);
    struct field *parts = new_fields(m, count);

    for (size_t i = 0; i < count; i++)
        if (!make_branch(m, json_array_get(json, i), space, reader, &parts[i]))
            return false;
    out->parts = parts;
    out->part_count = (int32_t)count;
    return true;
}

static bool make_inside(struct schema *m, json_t *json, struct str space, const struct field *reader, struct field *out)
{
    switch (out->shape) {
    case SHAPE_ENUM:
        return make_enum(m, json, space, reader, out);
    case SHAPE_ARRAY:
    case SHAPE_MAP:
        return make_items(m, json, space, reader, out);
    case SHAPE_FIXED:
        return make_fixed(m, json, space, out);
    case SHAPE_UNION:
        return make_union(m, json, space, reader, out);
    case SHAPE_RECORD:
        return make_record(m, json, space, reader, out);
    default:
        return true;
    }
}

/* The reader's member, or nothing, for a value of the writer's. */
static void aim(const struct field *reader, struct field *out)
{
    *out = (struct field){.name = out->name, .shape = out->shape, .has_offset = NO_MEMBER};
    if (!reader || reader->shape == SHAPE_UNION)
        return;
    out->store = reader->store;
    out->offset = reader->offset;
    out->has_offset = reader->has_offset;
    out->size_bytes = reader->size_bytes;
    out->symbols = reader->symbols;
    out->record = reader->record;
}

static bool make(struct schema *m, json_t *json, struct str space, const struct field *reader, struct field *out)
{
    bool done;

    if (m->depth >= PLAN_MAX_DEPTH || m->fields >= PLAN_MAX_FIELDS)
        return schema_refuse(m, "The schema is recursive, nested more than %d deep, or has more than %d fields",
                             PLAN_MAX_DEPTH, PLAN_MAX_FIELDS);
    m->depth++;
    m->fields++;
    if (!schema_look_up(m, &json, &space, &out->shape))
        return false;
    if (reader && reader->shape == SHAPE_UNION && out->shape != SHAPE_UNION)
        reader = out->shape == SHAPE_NULL ? NULL : &reader->parts[1];
    if (reader && out->shape != SHAPE_UNION && !fits(out->shape, json, reader))
        return schema_refuse(m, "The writer's %s is of a kind that has no place here",
                             out->name ? out->name : "value without a name");
    aim(reader, out);
    done = make_inside(m, json, space, reader, out);
    m->depth--;
    return done;
}

enum status plan_make(json_t *json, const struct record *reader, struct arena *arena, const struct field **plan,
                      struct err *err)
{
    struct schema schema = {.arena = arena, .err = err};
    struct field *whole = new_fields(&schema, 1);

    if (!make(&schema, json, (struct str){0}, &reader->whole, whole))
        return ST_REJECT;
    *plan = whole;
    return ST_OK;
}
