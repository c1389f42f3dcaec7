/* headers.h - a record's headers: as lines of text in the outbox, as Kafka's own on the wire, as members of a msg.
 *
 * Lines read "name: value\n". Bytes of a value outside printable ASCII, and "%", are written %XX, so that any header
 * survives and the lines stay readable. */
#ifndef RUN_HEADERS_H
#define RUN_HEADERS_H

#include <librdkafka/rdkafka.h>

#include "msg/rule.h"
#include "run/local.h"

/* Lines as Kafka's headers; owned by the caller. Malformed lines are left out. */
rd_kafka_headers_t *headers_of_lines(struct str lines);

/* A record's headers as lines, in the arena. At most 8 KiB of them; the rest is left out. */
struct str headers_lines(const rd_kafka_message_t *record, struct arena *arena);

/* One line more, in the arena. */
struct str headers_add(struct str lines, const char *name, struct str value, struct arena *arena);

/* Fills id, correlation, causation and traceparent of heard from the record's headers. A record without a ce-id gets
 * one from its coordinates. Texts point into the record. */
void headers_read(const rd_kafka_message_t *record, struct msg *heard);

/* The same from lines, as far as they say it: correlation, causation and traceparent of local. */
void headers_read_lines(struct str lines, struct local *local);

/* The id of a record that has none of its own, or none that is worth trusting. */
struct id headers_coordinates_id(const rd_kafka_message_t *record);

#endif
