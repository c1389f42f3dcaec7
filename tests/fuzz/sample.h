/* sample.h - a reader with what no message of ours has today: optional, real and missing fields. */
#ifndef TESTS_FUZZ_SAMPLE_H
#define TESTS_FUZZ_SAMPLE_H

#include "msg/shape.h"

struct sample {
    double real;
    bool has_perhaps, has_sure;
    struct str perhaps, sure;
    struct any_list longs;
    int32_t missing;
};

#define AT(member) .offset = offsetof(struct sample, member), .has_offset = NO_MEMBER
#define PERHAPS(member) .offset = offsetof(struct sample, member), .has_offset = offsetof(struct sample, has_##member)

static const int32_t seven = 7;
static const struct field null_or_perhaps[] = {{.shape = SHAPE_NULL, .has_offset = NO_MEMBER},
                                               {.shape = SHAPE_STRING, .store = STORE_TEXT, PERHAPS(perhaps)}};
static const struct field null_or_sure[] = {{.shape = SHAPE_NULL, .has_offset = NO_MEMBER},
                                            {.shape = SHAPE_STRING, .store = STORE_TEXT, PERHAPS(sure)}};
static const struct field long_item = {.shape = SHAPE_LONG, .store = STORE_INT64, .has_offset = NO_MEMBER};
static const struct field fields[] = {
    {.name = "real", .shape = SHAPE_DOUBLE, .store = STORE_DOUBLE, AT(real)},
    {.name = "perhaps",
     .shape = SHAPE_UNION,
     .store = STORE_OPTIONAL,
     .has_offset = NO_MEMBER,
     .parts = null_or_perhaps},
    {.name = "sure", .shape = SHAPE_UNION, .store = STORE_OPTIONAL, .has_offset = NO_MEMBER, .parts = null_or_sure},
    {.name = "longs", .shape = SHAPE_ARRAY, .store = STORE_LIST, AT(longs), .parts = &long_item, .size_bytes = 8},
    {.name = "missing", .shape = SHAPE_INT, .store = STORE_INT32, AT(missing), .fallback = &seven, .fallback_bytes = 4},
};
static const struct record sample_record = {
    .name = "Sample",
    .size_bytes = sizeof(struct sample),
    .whole = {.shape = SHAPE_RECORD,
              .store = STORE_STRUCT,
              .has_offset = NO_MEMBER,
              .parts = fields,
              .part_count = 5,
              .record = &sample_record},
};

#endif
