/* hear.c - what the shop says: topics read whole, and then followed until an answer has come.
 *
 * Reading whole topics takes as long as it takes: patience ends when nothing more comes, not when there is much. */
#include <event2/event.h>
#include <stdlib.h>

#include "base/clock.h"
#include "run/reader.h"
#include "streams/shopctl/shopctl.h"
#include "streams/shopctl/words.h"

enum { LOOK_US = 100 * 1000, QUIET_US = 1000 * 1000 };

static struct hearer {
    struct reader *reader;
    hear_fn *hear;
    void *context;
    const bool *done;
    bool whole;
    int64_t begun_us, until_us; /* the reading or waiting; when patience ends */
    int64_t read;               /* how far it has come */
    int told;                   /* of that */
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

static int64_t patience_us(void)
{
    struct timeval patience = say_patience();

    return patience.tv_sec * INT64_C(1000000) + patience.tv_usec;
}

/* What is read within a second needs no bar. */
static void look(evutil_socket_t fd, short what, void *context)
{
    int64_t now_us = clock_steady_us(), done, whole;

    (void)fd, (void)what, (void)context;
    reader_progress(hearer.reader, &done, &whole);
    if (done != hearer.read)
        hearer.until_us = now_us + patience_us();
    hearer.read = done;
    if (now_us - hearer.begun_us > QUIET_US && (hearer.told > 0 || done < whole))
        words_progress(done, whole, &hearer.told);
    if (now_us > hearer.until_us)
        event_base_loopbreak(say_base());
}

static void look_for_end(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what, (void)context;
    if (clock_steady_us() > hearer.until_us)
        event_base_loopbreak(say_base());
}

/* Until *done, or there is no patience left. The loop's own timer may still be running from before: it ends nothing here. */
static void turn_the_loop(event_callback_fn each, const bool *done, int64_t patience)
{
    const struct timeval often = {0, LOOK_US};
    struct event *tick = event_new(say_base(), -1, EV_PERSIST, each, NULL);

    if (!tick || event_add(tick, &often))
        abort();
    hearer.begun_us = clock_steady_us();
    hearer.until_us = hearer.begun_us + patience;
    while (!*done && clock_steady_us() <= hearer.until_us)
        event_base_dispatch(say_base());
    event_free(tick);
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
        turn_the_loop(look, &hearer.whole, patience_us());
    if (hearer.told > 0 && hearer.whole)
        words_progress(1, 1, &hearer.told);
    if (hearer.whole)
        return ST_OK;
    (void)reader_ready(hearer.reader, &why);
    return err_set(err, ST_RETRY,
                   "Kafka at %s does not let us read %s: %.300s. Nothing came for APP_PATIENCE (%lld s); what was read "
                   "is not used, so try again",
                   say_kafka()->bootstrap, topic_name(topics[0]), why.text, (long long)(patience_us() / 1000000));
}

enum status hear_until(const bool *done, int64_t more_ms, struct err *err)
{
    hearer.done = done;
    if (!*done)
        turn_the_loop(look_for_end, done, patience_us() + more_ms * 1000);
    hearer.done = NULL;
    return *done ? ST_OK : err_set(err, ST_RETRY, "nobody has answered");
}

void hear_close(void)
{
    if (hearer.reader)
        reader_close(hearer.reader);
    hearer = (struct hearer){0};
}
