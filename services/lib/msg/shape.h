/* shape.h - how the generated structs lie in memory and on the wire: the tables that decoder, printer and plans share.
 *
 * The same struct describes a value as we would write it (the tables of build/gen/msg/tables.c) and, in a plan, as another
 * writer wrote it: the decoder knows only this one form. Internal to the library. */
#ifndef MSG_SHAPE_H
#define MSG_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "msg/topics.h"
#include "msg/types.h"

/* What lies on the wire. */
enum shape {
    SHAPE_NULL,
    SHAPE_BOOLEAN,
    SHAPE_INT,
    SHAPE_LONG,
    SHAPE_FLOAT,
    SHAPE_DOUBLE,
    SHAPE_BYTES,
    SHAPE_STRING,
    SHAPE_FIXED,
    SHAPE_ENUM,
    SHAPE_ARRAY,
    SHAPE_MAP,
    SHAPE_UNION,
    SHAPE_RECORD,
    SHAPE_ABSENT /* nothing: a field that the writer did not have takes its default */
};

/* What becomes of it: the type of the member that it is written to. */
enum store {
    STORE_NOTHING, /* skipped */
    STORE_REFUSED, /* a branch of a union that the reader has no place for */
    STORE_BOOL,
    STORE_INT32,
    STORE_INT64,
    STORE_DOUBLE,
    STORE_BYTES,
    STORE_TEXT, /* must be UTF-8 */
    STORE_ENUM,
    STORE_LIST,
    STORE_STRUCT,
    STORE_OPTIONAL
};

/* In a list, what lies at the struct's beginning: every generated list has this layout. */
struct any_list {
    const void *items;
    size_t count;
};

struct symbols {
    const char *name; /* of the enum */
    const char *const *names;
    int32_t count; /* the default is 0, always */
};

struct record;

enum { NO_MEMBER = -1 };

struct field {
    const char *name; /* NULL for an array's item and a union's branch */
    enum shape shape;
    enum store store;
    int32_t offset;            /* of the member, in the struct that is being filled */
    int32_t has_offset;        /* of bool has_<name>, or NO_MEMBER */
    const struct field *parts; /* of a record its fields, of a union its branches, of an array or map its item */
    int32_t part_count;
    int32_t size_bytes;            /* of an array's item in memory; of a fixed on the wire */
    int32_t wire_bytes;            /* of an array's or map's item: the fewest that it takes; above 0 */
    const struct symbols *symbols; /* of an enum: the reader's */
    const int32_t *values;         /* of an enum: value by the writer's ordinal; NULL: they are the same */
    int32_t value_count;           /* the writer's symbols */
    const struct record *record;   /* of a record: the reader's; NULL when it is skipped */
    const void *fallback;          /* the default, as it lies in memory; NULL when the field has none */
    size_t fallback_bytes;         /* 0 when the default is to be absent */
};

/* A record as it is written today. */
struct record {
    const char *name;
    size_t size_bytes;
    struct field whole;                               /* the record itself, as a field at offset 0 */
    bool sealed;                                      /* printed as its key id alone, which is its first field */
    size_t (*bound)(const void *record);              /* at most so many bytes encoded */
    uint8_t *(*put)(uint8_t *at, const void *record); /* returns the end */
};

extern const struct record msg_records[RECORD_COUNT];

/* Types with a body; the others have record RECORD_COUNT. */
struct body {
    enum record_type record;
    int32_t schema_id;
    size_t key_offset;
};

extern const struct body msg_bodies[MSG_COUNT];

/* Every version that was published, ascending by id. text is NULL where it reads as today's own schema does. */
struct published {
    int32_t schema_id;
    enum msg_type type; /* MSG_UNKNOWN when no message has the name any more */
    const char *text;
};

extern const struct published msg_published[];
extern const size_t msg_published_count;

#endif
