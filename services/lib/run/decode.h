/* decode.h - a Kafka record as a rule hears it. */
#ifndef RUN_DECODE_H
#define RUN_DECODE_H

#include "msg/msg.h"
#include "run/kafka.h"

/* Fills heard from record; texts and bytes point into the record, decoded lists lie in the arena. Everything but type
 * and body is filled in any case. ST_RETRY: the schema id is unknown, see msg_decode. ST_REJECT: no message of this
 * topic: bytes that are none, a type that belongs elsewhere, a key that is not the one in the body. */
enum status decode_record(const struct plans *plans, const rd_kafka_message_t *record, struct arena *arena,
                          struct msg *heard, int32_t *schema_id, struct err *err) must_check;

/* The same of a value alone, whose topic and key heard has already: fills type and body. */
enum status decode_body(const struct plans *plans, struct str value, struct arena *arena, struct msg *heard,
                        int32_t *schema_id, struct err *err) must_check;

#endif
