/* decode.c - headers, key and value of a record into one struct msg, and the checks that belong to all topics. */
#include "run/decode.h"

#include "base/clock.h"
#include "run/headers.h"

static int64_t written_ms(const rd_kafka_message_t *record)
{
    rd_kafka_timestamp_type_t type;
    int64_t time_ms = rd_kafka_message_timestamp(record, &type);

    return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? clock_wall_ms() : time_ms;
}

enum status decode_body(const struct plans *plans, struct str value, struct arena *arena, struct msg *heard,
                        int32_t *schema_id, struct err *err)
{
    enum status status = msg_decode(plans, value, arena, &heard->type, &heard->body, schema_id, err);

    if (status != ST_OK)
        heard->type = MSG_UNKNOWN;
    if (heard->type == MSG_UNKNOWN)
        return status;
    if (topic_of(heard->type) != heard->topic)
        return err_set(err, ST_REJECT, "%s does not belong into this topic", msg_type_name(heard->type));
    if (!str_equal(msg_key(heard->type, heard->body), heard->key))
        return err_set(err, ST_REJECT, "the record's key is not that of its %s", msg_type_name(heard->type));
    return ST_OK;
}

enum status decode_record(const struct plans *plans, const rd_kafka_message_t *record, struct arena *arena,
                          struct msg *heard, int32_t *schema_id, struct err *err)
{
    *heard = (struct msg){.type = MSG_UNKNOWN,
                          .key = {record->key, record->key_len},
                          .time_ms = written_ms(record),
                          .topic = topic_named(str_of(rd_kafka_topic_name(record->rkt))),
                          .partition = record->partition,
                          .offset = record->offset};
    headers_read(record, heard);
    return decode_body(plans, (struct str){record->payload, record->len}, arena, heard, schema_id, err);
}
