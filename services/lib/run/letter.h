/* letter.h - a dead letter: a record's bytes, where they stood, and why nobody here took them. */
#ifndef RUN_LETTER_H
#define RUN_LETTER_H

#include "run/producer.h"

/* What goes to the topic "<topic>.<reader>.dlt": key and value as they came (of a longer value the first 512 KiB, and its
 * length as dlt-bytes; of a secret topic's no byte, and dlt-left-out says so); the record's own headers, and dlt-topic, -partition, -offset, -time-ms, -outcome ("dead" or
 * "parked") and -reason. Its ce-id is heard's, which a record without one gets from its coordinates: whoever reads the
 * record again writes the same id. heard is what decode_record made of record. Topic and headers lie in the arena; key
 * and value point into the record. */
struct record letter_of(const rd_kafka_message_t *record, const struct msg *heard, const char *reader,
                        const char *outcome, const char *reason, struct arena *arena);

#endif
