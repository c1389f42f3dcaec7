/* round.h - one look at the broker, and the requests that follow from it. */
#ifndef PUBLISH_ROUND_H
#define PUBLISH_ROUND_H

#include "base/status.h"
#include "msg/wanted.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

struct round {
    rd_kafka_t *kafka;
    rd_kafka_queue_t *answers;
    const struct rd_kafka_metadata *metadata;
    const struct wanted *list;
    size_t count;
    bool change;
    size_t drifts; /* that were seen and left, without change */
};

/* The one place where Kafka's errors are judged. */
enum status round_status(rd_kafka_resp_err_t code);

/* The topic as the broker has it; NULL when it has not. Lives as long as the round's metadata. */
const struct rd_kafka_metadata_topic *round_topic(const struct round *round, const struct wanted *wanted);

/* Options with a time limit, owned by the caller. */
rd_kafka_AdminOptions_t *round_options(const struct round *round, rd_kafka_admin_op_t what);

/* The answer to the request just made. *event, which may be NULL, is the caller's to destroy. */
enum status round_await(struct round *round, rd_kafka_event_t **event, struct err *err) must_check;

/* Makes what is missing. */
enum status round_create(struct round *round, struct err *err) must_check;

/* Corrects the settings of what is there. */
enum status round_correct(struct round *round, struct err *err) must_check;

#endif
