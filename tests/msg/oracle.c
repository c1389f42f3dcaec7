/* oracle.c - avro-c's value interface, walked generically. */
#include "tests/msg/oracle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { POOL_BYTES = 8 * 1024 * 1024, PIECE_MOST_BYTES = 1024 * 1024, ENCODED_MOST_BYTES = 256 * 1024 };

static char pool[POOL_BYTES];
static size_t pool_used;
static bool pool_on;

static void *allocate(void *context, void *old, size_t old_bytes, size_t new_bytes)
{
    char *piece;

    (void)context;
    if (new_bytes == 0) {
        if ((char *)old < pool || (char *)old >= pool + POOL_BYTES)
            free(old);
        return NULL;
    }
    if (!pool_on)
        return realloc(old, new_bytes);
    if (new_bytes > PIECE_MOST_BYTES || pool_used + new_bytes + 16 > POOL_BYTES)
        return NULL;
    piece = pool + pool_used;
    pool_used += (new_bytes + 15) / 16 * 16;
    if (old)
        memcpy(piece, old, old_bytes < new_bytes ? old_bytes : new_bytes);
    return piece;
}

void oracle_begin_risk(void)
{
    avro_set_allocator(allocate, NULL);
    pool_on = true;
    pool_used = 0;
}

void oracle_end_risk(void)
{
    pool_on = false;
}

uint64_t dice_roll(struct dice *dice)
{
    dice->state ^= dice->state << 13;
    dice->state ^= dice->state >> 7;
    dice->state ^= dice->state << 17;
    return dice->state;
}

static void must(int failed)
{
    if (failed) {
        fprintf(stderr, "avro-c: %s\n", avro_strerror());
        abort();
    }
}

struct str oracle_file(const char *path, struct arena *arena)
{
    FILE *file = fopen(path, "rb");
    char *text = arena_alloc(arena, ENCODED_MOST_BYTES);
    size_t len;

    if (!file) {
        perror(path);
        abort();
    }
    len = fread(text, 1, ENCODED_MOST_BYTES, file);
    fclose(file);
    return (struct str){text, len};
}

void oracle_schema(struct str text, avro_schema_t *schema, avro_value_iface_t **iface)
{
    must(avro_schema_from_json_length(text.ptr, text.len, schema));
    *iface = avro_generic_class_from_schema(*schema);
    if (!*iface)
        abort();
}

static int64_t random_number(struct dice *dice, int bits)
{
    int64_t edge = (int64_t)(UINT64_MAX >> (65 - bits));
    uint64_t roll = dice_roll(dice);

    switch (roll % 5) {
    case 0:
        return edge;
    case 1:
        return -edge - 1;
    case 2:
        return (int64_t)(roll >> 60) - 8;
    default:
        return (int64_t)dice_roll(dice) >> (64 - bits + (int)((roll >> 8) % (unsigned)bits));
    }
}

static void set_text(struct dice *dice, avro_value_t *value)
{
    static const char *const words[] = {"",
                                        "a",
                                        "USD",
                                        "Österreich",
                                        "\xF0\x9F\x8E\x81 gift",
                                        "東京",
                                        "\"quoted\\\"",
                                        "a text of more than sixty-four bytes, "
                                        "so that its length takes two bytes and more"};
    const char *word = words[dice_roll(dice) % (sizeof(words) / sizeof(words[0]))];

    must(avro_value_set_string_len(value, word, strlen(word) + 1));
}

static void set_bytes(struct dice *dice, avro_value_t *value)
{
    char bytes[80];
    size_t len = dice_roll(dice) % sizeof(bytes);

    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)dice_roll(dice);
    must(avro_value_set_bytes(value, bytes, len));
}

static void fill_parts(struct dice *dice, avro_value_t *value, avro_type_t type)
{
    size_t count = dice_roll(dice) % 5;
    avro_value_t part;

    if (type == AVRO_RECORD)
        must(avro_value_get_size(value, &count));
    for (size_t i = 0; i < count; i++) {
        if (type == AVRO_RECORD)
            must(avro_value_get_by_index(value, i, &part, NULL));
        else
            must(avro_value_append(value, &part, NULL));
        oracle_fill(dice, &part);
    }
}

void oracle_fill(struct dice *dice, avro_value_t *value)
{
    avro_type_t type = avro_value_get_type(value);
    avro_schema_t schema = avro_value_get_schema(value);
    avro_value_t branch;

    switch (type) {
    case AVRO_BOOLEAN:
        must(avro_value_set_boolean(value, (int)(dice_roll(dice) & 1)));
        break;
    case AVRO_INT32:
        must(avro_value_set_int(value, (int32_t)random_number(dice, 32)));
        break;
    case AVRO_INT64:
        must(avro_value_set_long(value, random_number(dice, 64)));
        break;
    case AVRO_DOUBLE:
        must(avro_value_set_double(value, (double)random_number(dice, 64) / 1000));
        break;
    case AVRO_STRING:
        set_text(dice, value);
        break;
    case AVRO_BYTES:
        set_bytes(dice, value);
        break;
    case AVRO_ENUM:
        must(avro_value_set_enum(value, (int)(dice_roll(dice) % (unsigned)avro_schema_enum_number_of_symbols(schema))));
        break;
    case AVRO_RECORD:
    case AVRO_ARRAY:
        fill_parts(dice, value, type);
        break;
    case AVRO_UNION:
        must(avro_value_set_branch(value, (int)(dice_roll(dice) % avro_schema_union_size(schema)), &branch));
        oracle_fill(dice, &branch);
        break;
    case AVRO_NULL:
        must(avro_value_set_null(value));
        break;
    default:
        fprintf(stderr, "oracle: a kind of value that no schema of ours has\n");
        abort();
    }
}

struct str oracle_encode(avro_value_t *value, struct arena *arena)
{
    char *bytes = arena_alloc(arena, ENCODED_MOST_BYTES);
    avro_writer_t writer = avro_writer_memory(bytes, ENCODED_MOST_BYTES);
    struct str encoded;

    must(avro_value_write(writer, value));
    encoded = (struct str){bytes, (size_t)avro_writer_tell(writer)};
    avro_writer_free(writer);
    return encoded;
}

/* avro_reader_is_eof knows files only: at the end of memory one more byte cannot be read. */
bool oracle_decode(avro_value_t *value, struct str bytes)
{
    avro_reader_t reader = avro_reader_memory(bytes.ptr, (int64_t)bytes.len);
    bool read = avro_value_read(reader, value) == 0 && avro_skip_data(reader, avro_schema_boolean()) != 0;

    avro_reader_free(reader);
    return read;
}

static bool number_agrees(avro_value_t *value, avro_type_t type, json_t *ours)
{
    int32_t narrow = 0;
    int64_t wide = 0;
    double real = 0;
    int truth = 0;

    switch (type) {
    case AVRO_BOOLEAN:
        return avro_value_get_boolean(value, &truth) == 0 && json_is_boolean(ours) &&
               json_is_true(ours) == (truth != 0);
    case AVRO_INT32:
        return avro_value_get_int(value, &narrow) == 0 && json_is_integer(ours) && json_integer_value(ours) == narrow;
    case AVRO_INT64:
        return avro_value_get_long(value, &wide) == 0 && json_is_integer(ours) && json_integer_value(ours) == wide;
    default:
        return avro_value_get_double(value, &real) == 0 && json_is_number(ours) &&
               fabs(json_number_value(ours) - real) <= fabs(real) * 1e-15;
    }
}

static bool text_agrees(avro_value_t *value, avro_type_t type, json_t *ours)
{
    const char *text = NULL;
    size_t size_bytes = 0;
    int ordinal = 0;

    if (type == AVRO_ENUM) {
        must(avro_value_get_enum(value, &ordinal));
        text = avro_schema_enum_get(avro_value_get_schema(value), ordinal);
        size_bytes = strlen(text) + 1;
    } else {
        must(avro_value_get_string(value, &text, &size_bytes)); /* counts the NUL at the end */
    }
    return json_is_string(ours) && json_string_length(ours) == size_bytes - 1 &&
           memcmp(json_string_value(ours), text, size_bytes) == 0;
}

/* A sealed record shows its key's id and nothing else. */
static bool record_agrees(avro_value_t *value, json_t *ours)
{
    json_t *sealed = json_object_get(ours, "sealed");
    const char *name = NULL;
    avro_value_t part;
    size_t count = 0;

    must(avro_value_get_size(value, &count));
    if (sealed && json_object_size(ours) == 1) {
        must(avro_value_get_by_index(value, 0, &part, &name));
        return strcmp(name, "key_id") == 0 && oracle_agrees(&part, sealed);
    }
    if (json_object_size(ours) != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        must(avro_value_get_by_index(value, i, &part, &name));
        if (!oracle_agrees(&part, json_object_get(ours, name)))
            return false;
    }
    return true;
}

static bool array_agrees(avro_value_t *value, json_t *ours)
{
    avro_value_t part;
    size_t count = 0;

    must(avro_value_get_size(value, &count));
    if (!json_is_array(ours) || json_array_size(ours) != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        must(avro_value_get_by_index(value, i, &part, NULL));
        if (!oracle_agrees(&part, json_array_get(ours, i)))
            return false;
    }
    return true;
}

bool oracle_agrees(avro_value_t *value, json_t *ours)
{
    avro_type_t type = avro_value_get_type(value);
    avro_value_t branch;

    switch (type) {
    case AVRO_RECORD:
        return record_agrees(value, ours);
    case AVRO_ARRAY:
        return array_agrees(value, ours);
    case AVRO_STRING:
    case AVRO_ENUM:
        return text_agrees(value, type, ours);
    case AVRO_BYTES:
        return json_is_string(ours);
    case AVRO_NULL:
        return json_is_null(ours);
    case AVRO_UNION:
        must(avro_value_get_current_branch(value, &branch));
        return oracle_agrees(&branch, ours);
    default:
        return number_agrees(value, type, ours);
    }
}
