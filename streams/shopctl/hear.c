/* hear.c - what the shop says: topics read whole, and then followed until an answer has come. */
#include <event2/event.h>

#include "run/reader.h"
#include "streams/shopctl/shopctl.h"

static struct hearer {
    struct reader *reader;
    hear_fn *hear;
    void *context;
    const bool *done;
    bool whole;
} hearer;

static void hear(void *context, const struct msg *heard, struct str value)
{
    (void)context;
    (void)value;
    if (heard->type == MSG_UNKNOWN)
        return;
    hearer.hear(hearer.context, heard);
    if (hearer.done && *hearer.done)
        event_base_loopbreak(say_base());
}

static void complete(void *context)
{
    (void)context;
    hearer.whole = true;
    event_base_loopbreak(say_base());
}

static void turn_the_loop(void)
{
    struct timeval patience = say_patience();

    event_base_loopexit(say_base(), &patience);
    event_base_dispatch(say_base());
}

enum status hear_all(const enum topic *topics, size_t count, hear_fn *heard, void *context, struct err *err)
{
    const struct reader_from from = {.topics = topics, .topic_count = count, .only_looks = true};
    enum status status;
    struct err why = {{0}};

    hearer = (struct hearer){.hear = heard, .context = context};
    status = reader_open(say_base(), say_kafka(), &from, hear, NULL, NULL, &hearer.reader, err);
    if (status != ST_OK)
        return status;
    reader_on_complete(hearer.reader, complete);
    if (!hearer.whole)
        turn_the_loop();
    if (hearer.whole)
        return ST_OK;
    (void)reader_ready(hearer.reader, &why);
    return err_set(err, ST_RETRY, "Kafka at %s does not let us read %s: %.300s", say_kafka()->bootstrap,
                   topic_name(topics[0]), why.text);
}

enum status hear_until(const bool *done, struct err *err)
{
    hearer.done = done;
    if (!*done)
        turn_the_loop();
    hearer.done = NULL;
    return *done ? ST_OK : err_set(err, ST_RETRY, "nobody has answered");
}

void hear_close(void)
{
    if (hearer.reader)
        reader_close(hearer.reader);
    hearer = (struct hearer){0};
}
