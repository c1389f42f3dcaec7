/* decode.c - the one decoder: it runs a plan over bytes that anybody may have written.
 *
 * Every length and count is compared with what is left before it is used. Recursion is as deep as the plan, and plans
 * are bounded where they are made. */
#include "msg/decode.h"

#include <endian.h>

#include "msg/utf8.h"

static bool fail(struct decoder *d, const char *why)
{
    d->why = why;
    return false;
}

static size_t left(const struct decoder *d)
{
    return (size_t)(d->end - d->at);
}

static bool read_long_slowly(struct decoder *d, int64_t *value)
{
    uint64_t bits = 0;

    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t byte;

        if (d->at == d->end)
            return fail(d, "is cut short in a number");
        byte = *d->at++;
        if (shift == 63 && byte > 1)
            break;
        bits |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *value = (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
            return true;
        }
    }
    return fail(d, "holds a number of more than 64 bits");
}

static inline bool read_long(struct decoder *d, int64_t *value)
{
    if (d->at < d->end && *d->at < 0x80) {
        *value = (*d->at >> 1) ^ -(int64_t)(*d->at & 1);
        d->at++;
        return true;
    }
    return read_long_slowly(d, value);
}

static bool read_int(struct decoder *d, int64_t *value)
{
    if (!read_long(d, value))
        return false;
    return (*value >= INT32_MIN && *value <= INT32_MAX) || fail(d, "holds an int of more than 32 bits");
}

static bool take(struct decoder *d, int64_t count, struct str *bytes)
{
    if ((uint64_t)count > left(d)) /* a negative one is greater still */
        return fail(d, "claims to be longer than what is left");
    *bytes = (struct str){(const char *)d->at, (size_t)count};
    d->at += count;
    return true;
}

static void store_number(const struct field *field, char *base, int64_t value)
{
    char *member = base + field->offset;
    int32_t narrow = (int32_t)value;
    double real = (double)value;

    if (field->store == STORE_INT32)
        memcpy(member, &narrow, sizeof(narrow));
    else if (field->store == STORE_INT64)
        memcpy(member, &value, sizeof(value));
    else if (field->store == STORE_DOUBLE)
        memcpy(member, &real, sizeof(real));
}

static bool decode_number(struct decoder *d, const struct field *field, char *base)
{
    int64_t value;

    if (!(field->shape == SHAPE_INT ? read_int(d, &value) : read_long(d, &value)))
        return false;
    store_number(field, base, value);
    return true;
}

static bool decode_boolean(struct decoder *d, const struct field *field, char *base)
{
    struct str byte;
    bool value;

    if (!take(d, 1, &byte))
        return false;
    if ((uint8_t)*byte.ptr > 1)
        return fail(d, "is neither true nor false");
    value = *byte.ptr;
    if (field->store == STORE_BOOL)
        memcpy(base + field->offset, &value, sizeof(value));
    return true;
}

static bool decode_real(struct decoder *d, const struct field *field, char *base)
{
    struct str bytes;
    uint64_t wide = 0;
    uint32_t narrow = 0;
    float single;
    double value;

    if (!take(d, field->shape == SHAPE_FLOAT ? 4 : 8, &bytes))
        return false;
    if (field->shape == SHAPE_FLOAT) {
        memcpy(&narrow, bytes.ptr, sizeof(narrow));
        narrow = le32toh(narrow);
        memcpy(&single, &narrow, sizeof(single));
        value = (double)single;
    } else {
        memcpy(&wide, bytes.ptr, sizeof(wide));
        wide = le64toh(wide);
        memcpy(&value, &wide, sizeof(value));
    }
    if (field->store == STORE_DOUBLE)
        memcpy(base + field->offset, &value, sizeof(value));
    return true;
}

static bool decode_bytes(struct decoder *d, const struct field *field, char *base)
{
    struct str bytes;
    int64_t count = field->size_bytes;

    if (field->shape != SHAPE_FIXED && !read_long(d, &count))
        return false;
    if (!take(d, count, &bytes))
        return false;
    if (field->store == STORE_TEXT && !utf8_valid(bytes))
        return fail(d, "is not UTF-8");
    if (field->store == STORE_TEXT || field->store == STORE_BYTES)
        memcpy(base + field->offset, &bytes, sizeof(bytes));
    return true;
}

static bool decode_enum(struct decoder *d, const struct field *field, char *base)
{
    int64_t ordinal;
    int32_t value;

    if (!read_int(d, &ordinal))
        return false;
    if (ordinal < 0 || ordinal >= field->value_count)
        return fail(d, "is no symbol of the writer's enum");
    value = field->values ? field->values[ordinal] : (int32_t)ordinal;
    if (field->store == STORE_ENUM)
        memcpy(base + field->offset, &value, sizeof(value));
    return true;
}

/* The head of a block of items. *end is where it must end, or NULL when the writer did not say. */
static bool read_block(struct decoder *d, const struct field *field, size_t *count, const uint8_t **end)
{
    int64_t items, size_bytes;

    *end = NULL;
    if (!read_long(d, &items))
        return false;
    *count = (size_t)items;
    if (items < 0) {
        *count = 0 - (size_t)items;
        if (!read_long(d, &size_bytes))
            return false;
        if ((uint64_t)size_bytes > left(d)) /* a negative one is greater still */
            return fail(d, "claims a block longer than what is left");
        *end = d->at + size_bytes;
    }
    return *count <= left(d) / (size_t)field->wire_bytes || fail(d, "claims more items than there are bytes left");
}

/* Room for more items behind those that are there. Grows by doubling, so that many small blocks cost no more than one. */
static char *reserve(struct decoder *d, const struct field *field, char *items, size_t count, size_t more,
                     size_t *capacity)
{
    size_t size_bytes = (size_t)field->size_bytes;
    char *larger;

    if (count + more <= *capacity)
        return items;
    *capacity = count + more > 2 * *capacity ? count + more : 2 * *capacity;
    larger = arena_array(d->arena, *capacity, size_bytes);
    if (items)
        memcpy(larger, items, count * size_bytes);
    return larger;
}

static bool decode_list(struct decoder *d, const struct field *field, char *base)
{
    const struct field *item = &field->parts[0];
    size_t size_bytes = (size_t)field->size_bytes, capacity = 0, count;
    struct any_list list = {0};
    char *items = NULL;
    const uint8_t *end;

    for (;;) {
        if (!read_block(d, field, &count, &end))
            return false;
        if (count == 0 && !end)
            break;
        items = reserve(d, field, items, list.count, count, &capacity);
        for (size_t i = 0; i < count; i++)
            if (!decode_value(d, item, items + (list.count + i) * size_bytes))
                return false;
        list.count += count;
        if (end && d->at != end)
            return fail(d, "has a block of another length than it claims");
    }
    list.items = items;
    memcpy(base + field->offset, &list, sizeof(list));
    return true;
}

/* Items of an array, or keys and values of a map, that nobody reads. */
static bool skip_items(struct decoder *d, const struct field *field, char *base)
{
    const uint8_t *end;
    struct str key;
    size_t count;
    int64_t len;

    for (;;) {
        if (!read_block(d, field, &count, &end))
            return false;
        if (count == 0 && !end)
            return true;
        for (size_t i = 0; i < count; i++) {
            if (field->shape == SHAPE_MAP && !(read_long(d, &len) && take(d, len, &key)))
                return false;
            if (!decode_value(d, &field->parts[0], base))
                return false;
        }
        if (end && d->at != end)
            return fail(d, "has a block of another length than it claims");
    }
}

static bool decode_union(struct decoder *d, const struct field *field, char *base)
{
    int64_t branch;

    if (!read_long(d, &branch))
        return false;
    if (branch < 0 || branch >= field->part_count)
        return fail(d, "chooses a branch that its union does not have");
    return decode_value(d, &field->parts[branch], base);
}

static bool decode_fields(struct decoder *d, const struct field *field, char *base)
{
    char *inner = base + field->offset;

    for (int32_t i = 0; i < field->part_count; i++)
        if (!decode_value(d, &field->parts[i], inner))
            return false;
    return true;
}

static bool decode_shape(struct decoder *d, const struct field *field, char *base)
{
    switch (field->shape) {
    case SHAPE_NULL:
        return true;
    case SHAPE_BOOLEAN:
        return decode_boolean(d, field, base);
    case SHAPE_INT:
    case SHAPE_LONG:
        return decode_number(d, field, base);
    case SHAPE_FLOAT:
    case SHAPE_DOUBLE:
        return decode_real(d, field, base);
    case SHAPE_BYTES:
    case SHAPE_STRING:
    case SHAPE_FIXED:
        return decode_bytes(d, field, base);
    case SHAPE_ENUM:
        return decode_enum(d, field, base);
    case SHAPE_ARRAY:
    case SHAPE_MAP:
        return field->store == STORE_LIST ? decode_list(d, field, base) : skip_items(d, field, base);
    case SHAPE_UNION:
        return decode_union(d, field, base);
    case SHAPE_RECORD:
        return decode_fields(d, field, base);
    case SHAPE_ABSENT:
        memcpy(base + field->offset, field->fallback, field->fallback_bytes);
        return true;
    }
    return fail(d, "is of a kind that no plan has");
}

bool decode_value(struct decoder *d, const struct field *field, char *base)
{
    bool done = field->store == STORE_REFUSED ? fail(d, "holds a kind of value that has no place here")
                                              : decode_shape(d, field, base);

    if (!done) {
        if (!d->field)
            d->field = field->name;
        return false;
    }
    if (field->has_offset != NO_MEMBER)
        base[field->has_offset] = 1;
    return true;
}
