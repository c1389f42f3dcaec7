/* columns.c - Postgres' binary formats, written and read byte by byte. */
#include "store/columns.h"

#include <endian.h>
#include <stdlib.h>

/* pg_type.dat: the types, and the types of their arrays. */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_UUID = 2950,
    OID_BOOL_ARRAY = 1000,
    OID_BYTEA_ARRAY = 1001,
    OID_INT4_ARRAY = 1007,
    OID_TEXT_ARRAY = 1009,
    OID_INT8_ARRAY = 1016,
    OID_UUID_ARRAY = 2951
};

enum { HEAD_BYTES = 20, FIRST_BYTES = 256 };

static Oid element_of(int type)
{
    switch (type) {
    case COLUMN_TEXT:
        return OID_TEXT;
    case COLUMN_INT:
        return OID_INT4;
    case COLUMN_LONG:
        return OID_INT8;
    case COLUMN_BYTES:
        return OID_BYTEA;
    case COLUMN_BOOL:
        return OID_BOOL;
    case COLUMN_ID:
        return OID_UUID;
    default:
        abort();
    }
}

static Oid array_of(Oid element)
{
    switch (element) {
    case OID_TEXT:
        return OID_TEXT_ARRAY;
    case OID_INT4:
        return OID_INT4_ARRAY;
    case OID_INT8:
        return OID_INT8_ARRAY;
    case OID_BYTEA:
        return OID_BYTEA_ARRAY;
    case OID_BOOL:
        return OID_BOOL_ARRAY;
    default:
        return OID_UUID_ARRAY;
    }
}

static void put_int(char *at, int32_t value)
{
    uint32_t big = htobe32((uint32_t)value);

    memcpy(at, &big, sizeof(big));
}

void column_array_init(struct column_array *array, int type, struct arena *arena)
{
    *array = (struct column_array){.arena = arena, .element = element_of(type), .size_bytes = FIRST_BYTES};
    array->bytes = arena_alloc(arena, FIRST_BYTES);
    array->used_bytes = HEAD_BYTES;
}

static void add(struct column_array *array, const void *value, size_t size_bytes)
{
    size_t wanted = array->used_bytes + 4 + size_bytes;

    if (wanted > array->size_bytes) {
        char *bytes = arena_alloc(array->arena, 2 * wanted);

        memcpy(bytes, array->bytes, array->used_bytes);
        array->bytes = bytes;
        array->size_bytes = 2 * wanted;
    }
    put_int(array->bytes + array->used_bytes, (int32_t)size_bytes);
    if (size_bytes)
        memcpy(array->bytes + array->used_bytes + 4, value, size_bytes);
    array->used_bytes = wanted;
    array->count++;
}

void column_add_text(struct column_array *array, struct str value)
{
    add(array, value.ptr, value.len);
}

void column_add_int(struct column_array *array, int32_t value)
{
    uint32_t big = htobe32((uint32_t)value);

    add(array, &big, sizeof(big));
}

void column_add_long(struct column_array *array, int64_t value)
{
    uint64_t big = htobe64((uint64_t)value);

    add(array, &big, sizeof(big));
}

void column_add_bool(struct column_array *array, bool value)
{
    char byte = value;

    add(array, &byte, 1);
}

void column_add_id(struct column_array *array, const struct id *value)
{
    add(array, value->bytes, sizeof(value->bytes));
}

void column_add(struct column_array *array, enum column_type type, const void *value)
{
    switch (type) {
    case COLUMN_TEXT:
    case COLUMN_BYTES:
        column_add_text(array, *(const struct str *)value);
        break;
    case COLUMN_INT:
        column_add_int(array, *(const int32_t *)value);
        break;
    case COLUMN_LONG:
        column_add_long(array, *(const int64_t *)value);
        break;
    case COLUMN_BOOL:
        column_add_bool(array, *(const bool *)value);
        break;
    }
}

static void add_param(struct pg_params *params, const char *value, size_t size_bytes, Oid type)
{
    if (params->count == PG_MAX_PARAMS)
        abort();
    params->values[params->count] = value ? value : "";
    params->lengths[params->count] = (int)size_bytes;
    params->types[params->count++] = type;
}

/* Dimensions, whether there are nulls, type; then for the one dimension its length and first index. None if empty. */
void params_array(struct pg_params *params, struct column_array *array)
{
    put_int(array->bytes, array->count ? 1 : 0);
    put_int(array->bytes + 4, 0);
    put_int(array->bytes + 8, (int32_t)array->element);
    put_int(array->bytes + 12, array->count);
    put_int(array->bytes + 16, 1);
    add_param(params, array->bytes, array->count ? array->used_bytes : 12, array_of(array->element));
}

void params_long(struct pg_params *params, int64_t value, struct arena *arena)
{
    uint64_t *big = arena_new(arena, uint64_t);

    *big = htobe64((uint64_t)value);
    add_param(params, (const char *)big, sizeof(*big), OID_INT8);
}

void params_text(struct pg_params *params, struct str value)
{
    add_param(params, value.ptr, value.len, OID_TEXT);
}

struct str result_text(const PGresult *result, int row, int column)
{
    return (struct str){PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column)};
}

int32_t result_int(const PGresult *result, int row, int column)
{
    uint32_t big = 0;

    if (PQgetlength(result, row, column) != sizeof(big))
        abort();
    memcpy(&big, PQgetvalue(result, row, column), sizeof(big));
    return (int32_t)be32toh(big);
}

int64_t result_long(const PGresult *result, int row, int column)
{
    uint64_t big = 0;

    if (PQgetlength(result, row, column) != sizeof(big))
        abort();
    memcpy(&big, PQgetvalue(result, row, column), sizeof(big));
    return (int64_t)be64toh(big);
}

bool result_bool(const PGresult *result, int row, int column)
{
    return PQgetlength(result, row, column) == 1 && *PQgetvalue(result, row, column) != 0;
}

struct id result_id(const PGresult *result, int row, int column)
{
    struct id id;

    if (PQgetlength(result, row, column) != sizeof(id.bytes))
        abort();
    memcpy(id.bytes, PQgetvalue(result, row, column), sizeof(id.bytes));
    return id;
}
