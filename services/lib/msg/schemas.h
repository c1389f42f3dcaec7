/* schemas.h - the text of every schema version that was ever published, as a registry holds it: for publishing. */
#ifndef MSG_SCHEMAS_H
#define MSG_SCHEMAS_H

#include <stddef.h>
#include <stdint.h>

struct schema_text {
    int32_t id;
    const char *name; /* "shop.OrderPlaced" */
    int32_t version;
    const char *text; /* Avro JSON, self-contained */
};

/* Those of messages that travel, ascending by id, from 1 on without gaps. */
extern const struct schema_text msg_schema_texts[];
extern const size_t msg_schema_text_count;

#endif
