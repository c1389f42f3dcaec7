/* logends.c - one job for the helper thread: the watermarks of a list of partitions. */
#include "run/logends.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "run/aside.h"
#include "run/engine.h"
#include "run/metrics.h"

enum { ASK_MS = 3000, AGAIN_US = 200000 };

struct ends {
    enum topic topic;
    int32_t part;
    int64_t low, high;
    rd_kafka_resp_err_t code;
};

struct question {
    struct aside_job job;
    struct run *run;
    rd_kafka_t *client;
    uint64_t number; /* of a sample; 0: a repair */
    size_t count;
    struct ends list[];
};

/* All ends in one request, by asking for the offset of the newest time: one partition after the other would wait for the
 * consumer's long fetch each time, a tenth of a second. */
static rd_kafka_resp_err_t ask_ends(struct question *question)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)question->count);
    rd_kafka_resp_err_t code;

    for (size_t i = 0; i < question->count; i++)
        rd_kafka_topic_partition_list_add(list, topic_name(question->list[i].topic), question->list[i].part)->offset =
            RD_KAFKA_OFFSET_END;
    code = rd_kafka_offsets_for_times(question->client, list, ASK_MS);
    for (size_t i = 0; i < question->count; i++) {
        question->list[i].code = code ? code : list->elems[i].err;
        question->list[i].high = list->elems[i].offset;
        if (question->list[i].code)
            code = question->list[i].code;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

static rd_kafka_resp_err_t ask_both(struct question *question)
{
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

    for (size_t i = 0; i < question->count && !code; i++) {
        struct ends *ends = &question->list[i];

        code = rd_kafka_query_watermark_offsets(question->client, topic_name(ends->topic), ends->part, &ends->low,
                                                &ends->high, ASK_MS);
        ends->code = code;
    }
    return code;
}

static void ask(struct aside_job *job)
{
    struct question *question = (struct question *)job;

    if (question->count > 0 && (question->number ? ask_ends(question) : ask_both(question)))
        usleep(AGAIN_US);
}

static struct question *new_question(struct run *run, size_t count, void (*done)(struct aside_job *job))
{
    struct question *question = calloc(1, sizeof(*question) + count * sizeof(question->list[0]));

    if (!question)
        abort();
    question->job.work = ask;
    question->job.done = done;
    question->run = run;
    question->client = consumer_client(run->consumer);
    return question;
}

static bool failed(const struct question *question)
{
    for (size_t i = 0; i < question->count; i++)
        if (question->list[i].code)
            return true;
    return false;
}

static void sampled(struct aside_job *job)
{
    struct question *question = (struct question *)job;
    struct run *run = question->run;
    struct claim *claim;

    if (!job->closing && failed(question)) {
        aside_do(run->aside, job);
        return;
    }
    for (size_t i = 0; !job->closing && i < question->count; i++) {
        struct stream *stream = claims_stream(&run->claims, question->list[i].topic, question->list[i].part, &claim);

        if (stream)
            stream->wanted_end = question->list[i].high;
    }
    if (!job->closing)
        deadlines_sampled(run, question->number);
    free(question);
}

void logends_sample(struct run *run, uint64_t number)
{
    struct claims *claims = &run->claims;
    struct question *question = new_question(run, claims->count * STREAMS_MAX, sampled);

    question->number = number;
    for (size_t i = 0; i < claims->count; i++)
        for (size_t s = 0; claims->list[i].owned && s < claims->list[i].stream_count; s++)
            question->list[question->count++] = (struct ends){.topic = claims->list[i].streams[s].topic,
                                                              .part = claims->list[i].part};
    aside_do(run->aside, &question->job);
}

static void repair(struct run *run, const struct ends *ends)
{
    struct claim *claim;
    struct stream *stream = claims_stream(&run->claims, ends->topic, ends->part, &claim);
    const struct topic_info *info = topic_info(ends->topic);
    struct err err;

    if (!stream || !claim->owned)
        return;
    if (stream->committed > ends->high ||
        (stream->committed < ends->low && info->retention_ms == TOPIC_FOR_EVER && !info->compacted)) {
        err_set(&err, ST_FATAL,
                "%s/%d: the database stands at offset %lld, the log reaches from %lld to %lld: it is not "
                "the log that was read before",
                info->name, ends->part, (long long)stream->committed, (long long)ends->low, (long long)ends->high);
        engine_fail(run, &err);
        return;
    }
    if (stream->committed >= ends->low)
        return;
    log_warning("%s/%d: offsets %lld to %lld were deleted before they were heard", info->name, ends->part,
                (long long)stream->committed, (long long)ends->low);
    metric_add(
        metric_counter("shop_lost_to_retention_total", "Offsets that were deleted before they were heard.", NULL),
        (double)(ends->low - stream->committed));
    stream->committed = ends->low;
    if (stream->taken < ends->low)
        stream->taken = ends->low;
    consumer_assign(run->consumer);
}

static void answered(struct aside_job *job)
{
    struct question *question = (struct question *)job;

    if (!job->closing && failed(question)) {
        aside_do(question->run->aside, job);
        return;
    }
    if (!job->closing)
        repair(question->run, &question->list[0]);
    free(question);
}

void logends_repair(struct run *run, struct stream *stream)
{
    struct question *question = new_question(run, 1, answered);

    question->count = 1;
    question->list[0] = (struct ends){.topic = stream->topic, .part = stream->part};
    aside_do(run->aside, &question->job);
}
