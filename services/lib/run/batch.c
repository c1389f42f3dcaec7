/* batch.c - taking messages, and giving them back. */
#include "run/batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "run/engine.h"

void batch_init(struct batch *batch, size_t size)
{
    *batch = (struct batch){.size = size ? size : 1};
    batch->list = calloc(batch->size, sizeof(*batch->list));
    if (!batch->list)
        abort();
}

static void release(struct heard *heard)
{
    if (heard->record)
        rd_kafka_message_destroy(heard->record);
    local_free(heard->local);
    free(heard->refusal);
    *heard = (struct heard){0};
}

void batch_release(struct batch *batch)
{
    batch_done(batch, batch->count);
    free(batch->list);
}

void batch_collect(struct batch *batch, struct run *run)
{
    struct heard *next;
    struct local *local;

    batch->first = 0;
    /* A quarter is kept for records: neither kind can starve the other. */
    while (!run->claims.folding && batch->count < batch->size - batch->size / 4 && (local = local_take(&run->local)))
        batch->list[batch->count++] = (struct heard){.local = local, .claim = local->claim};
    while (batch->count < batch->size) {
        next = &batch->list[batch->count];
        next->record = consumer_take(run->consumer, &next->claim, &next->stream);
        if (!next->record)
            return;
        batch->count++;
    }
    consumer_wake_again(run->consumer);
}

void batch_done(struct batch *batch, size_t done)
{
    for (size_t i = 0; i < done; i++)
        release(&batch->list[batch->first + i]);
    batch->first += done;
    batch->count -= done;
}

void batch_drop(struct batch *batch, struct run *run)
{
    for (size_t i = batch->count; i-- > 0;) {
        struct heard *heard = &batch->list[batch->first + i];

        if (heard->local && !msg_is_deadline(heard->local->type) && !heard->local->parked) {
            local_push_front(&run->local, heard->local);
            heard->local = NULL;
        }
    }
    batch_done(batch, batch->count);
}

void batch_name(const struct heard *heard, char *name, size_t size_bytes)
{
    if (heard->record)
        snprintf(name, size_bytes, "%s/%" PRId32 "/%" PRId64, rd_kafka_topic_name(heard->record->rkt),
                 heard->record->partition, heard->record->offset);
    else
        snprintf(name, size_bytes, "%s/" STR_FMT, msg_type_name(heard->local->type), STR_ARG(heard->local->key));
}
