/* round.c - asking the broker, and making sense of how it answers. */
#include "events/publish/round.h"

#include <stdlib.h>
#include <string.h>

enum { REQUEST_MS = 10000 };

/* What a broker that has just come up answers, and what a busy one does. */
enum status round_status(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
        return ST_OK;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR: /* no broker is registered yet */
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return ST_RETRY;
    default:
        return ST_FATAL;
    }
}

const struct rd_kafka_metadata_topic *round_topic(const struct round *round, const struct wanted *wanted)
{
    for (int i = 0; i < round->metadata->topic_cnt; i++)
        if (strcmp(round->metadata->topics[i].topic, wanted->name) == 0)
            return &round->metadata->topics[i];
    return NULL;
}

rd_kafka_AdminOptions_t *round_options(const struct round *round, rd_kafka_admin_op_t what)
{
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(round->kafka, what);
    char why[256];

    if (rd_kafka_AdminOptions_set_request_timeout(options, REQUEST_MS, why, sizeof(why)))
        abort();
    return options;
}

/* The answer to an admin request, or its error; *event is to be destroyed either way. */
enum status round_await(struct round *round, rd_kafka_event_t **event, struct err *err)
{
    rd_kafka_resp_err_t code;

    *event = rd_kafka_queue_poll(round->answers, REQUEST_MS + 5000);
    code = *event ? rd_kafka_event_error(*event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (code)
        return err_set(err, round_status(code), "Kafka did not answer: %s",
                       *event ? rd_kafka_event_error_string(*event) : rd_kafka_err2str(code));
    return ST_OK;
}
