/* msg.h - a message: what was heard from Kafka, from a deadline or from outside, and how its bytes are made and read.
 *
 * "msg/types.h" and "msg/topics.h" are generated from events/: a struct and an enum per schema (struct order_placed),
 * enum msg_type (MSG_ORDER_PLACED), enum topic (TOPIC_ORDER_EVENTS), enum kind (KIND_ORDER), and their tables. */
#ifndef MSG_MSG_H
#define MSG_MSG_H

#include "base/arena.h"
#include "base/id.h"
#include "base/status.h"
#include "base/str.h"
#include "msg/topics.h"
#include "msg/types.h"

enum {
    MSG_TRACEPARENT_LEN = 55,
    MSG_MAX_BYTES = 256 * 1024 /* a longer value is not decoded: dead letter */
};

/* One message as a rule hears it. All of it lives as long as the step. */
struct msg {
    enum msg_type type;
    struct str key;         /* of the Kafka record; of the row, for a deadline or an answer */
    const void *body;       /* struct of the type, decoded; NULL for a deadline */
    struct id id;           /* ce-id */
    struct id correlation;  /* the command at the beginning; correlationid */
    struct id causation;    /* the message that caused this one; causationid */
    struct str traceparent; /* W3C, or empty */
    int64_t time_ms;        /* when it was written to the log, ms since 1970; a deadline's due time */
    int64_t said_ms;        /* ce-time: of the step that said it, which may be earlier; 0 for a deadline or an answer */
    enum topic topic;       /* TOPIC_NONE for a deadline or an answer */
    int32_t partition;      /* of the key's kind, always */
    int64_t offset;         /* -1 where there is none */
    int32_t asked_before;   /* of an ask: how often the same was asked before; 0 elsewhere */
};

/* --- bytes ------------------------------------------------------------------------------------------------------- */

/* What a reader knows of writers' schemas: a plan per schema id. */
struct plans;

/* The plans of every published schema (compiled in); NULL never. */
struct plans *plans_open(void);
void plans_close(struct plans *plans);

/* Adds the plan of an id that was not known when this program was built. schema is the writer's Avro JSON. ST_REJECT
 * when it is not a schema or cannot be read by ours. A record that no reader here knows is remembered as MSG_UNKNOWN. */
enum status plans_learn(struct plans *plans, int32_t schema_id, struct str schema, struct err *err) must_check;

/* Confluent's framing (a zero byte, the schema id as four bytes big-endian, the Avro body), today's schema of type. */
struct str msg_encode(enum msg_type type, const void *body, struct arena *arena);

/* Reads a framed value. Text and bytes of *body point into value, which must live as long.
 * ST_OK: *type and *body are set; *type is MSG_UNKNOWN (and *body NULL) for a schema that no reader here knows.
 * ST_RETRY: the schema id is unknown, *schema_id says which: fetch it, plans_learn, try again.
 * ST_REJECT: the bytes are no message: too long, cut short, lying about lengths, or with bytes left over. */
enum status msg_decode(const struct plans *plans, struct str value, struct arena *arena, enum msg_type *type,
                       const void **body, int32_t *schema_id, struct err *err) must_check;

/* The body of an encoded value of a type that this program wrote itself; aborts on anything else. For tests, stores
 * that keep encoded records, and asks. */
const void *msg_decode_own(enum msg_type type, struct str value, struct arena *arena);

/* Any record (struct order, struct card, ...), without framing: for columns and for plaintexts to be sealed. */
struct str record_encode(enum record_type type, const void *record, struct arena *arena);

/* The other way round; ST_REJECT on bytes that are no such record. */
enum status record_decode(enum record_type type, struct str bytes, struct arena *arena, void *record,
                          struct err *err) must_check;

/* {"order_id":"...",...} in the arena; sealed fields as {"sealed":"<key id>"}. body may be NULL. */
struct str msg_json(enum msg_type type, const void *body, struct arena *arena);

/* The record key that the message travels under: the field that topics.toml names. Points into body. */
struct str msg_key(enum msg_type type, const void *body);

/* Whether two bodies say the same (same encoding). */
bool msg_same(enum msg_type type, const void *a, const void *b);

#endif
