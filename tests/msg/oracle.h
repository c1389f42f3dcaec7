/* oracle.h - avro-c as the second opinion: random values of any schema, and what it makes of bytes. */
#ifndef TESTS_MSG_ORACLE_H
#define TESTS_MSG_ORACLE_H

#include "base/arena.h"
#include "base/str.h"

#include <avro.h>
#include <jansson.h>

/* Repeatable random numbers (xorshift). */
struct dice {
    uint64_t state;
};

uint64_t dice_roll(struct dice *dice);

/* A whole file, in the arena; aborts when it cannot be read. */
struct str oracle_file(const char *path, struct arena *arena);

/* The schema and the interface of its values; aborts when avro-c refuses it. */
void oracle_schema(struct str text, avro_schema_t *schema, avro_value_iface_t **iface);

/* Fills a value with anything its schema allows: extremes, empty and long texts in several scripts, lists of 0-4. */
void oracle_fill(struct dice *dice, avro_value_t *value);

struct str oracle_encode(avro_value_t *value, struct arena *arena);

/* False unless avro-c reads a value and nothing is left over. */
bool oracle_decode(avro_value_t *value, struct str bytes);

/* Between these, avro-c takes its memory from a pool of a few megabytes, and what it loses on broken input is given back
 * at the end: it trusts lengths, and leaks. Only values made in between may be touched. */
void oracle_begin_risk(void);
void oracle_end_risk(void);

/* Whether our JSON says what the value is, member by member. Bytes and sealed records are compared by their absence. */
bool oracle_agrees(avro_value_t *value, json_t *ours);

#endif
