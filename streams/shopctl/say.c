/* say.c - commands on their way to Kafka: all are sent, then all acknowledgements are waited for. */
#include <event2/event.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/config.h"
#include "run/producer.h"
#include "streams/shopctl/shopctl.h"

/* Names of what an operator says never meet those of others. */
static const struct id shopctl_space = {
    {0x9d, 0x3b, 0x41, 0x7e, 0x06, 0xc2, 0x48, 0x1f, 0xa5, 0x70, 0x18, 0xeb, 0x52, 0x94, 0xdd, 0x23}};

static struct sayer {
    struct kafka kafka;
    int64_t patience_ms;
    struct event_base *base;
    struct producer *producer;
    struct arena arena;
    size_t unanswered;
    enum status status;
    struct err err;
} sayer = {.kafka = {.name = "shopctl"}};

static const struct setting settings[] = {
    {"APP_KAFKA", SETTING_TEXT, NULL, &sayer.kafka.bootstrap, "address and port of a Kafka broker", false},
    {"APP_PATIENCE", SETTING_DURATION, "30s", &sayer.patience_ms,
     "how long acknowledgements and answers are waited for", false},
};

struct event_base *say_base(void)
{
    return sayer.base;
}

const struct kafka *say_kafka(void)
{
    return &sayer.kafka;
}

struct timeval say_patience(void)
{
    return (struct timeval){sayer.patience_ms / 1000, sayer.patience_ms % 1000 * 1000};
}

static void stop(enum status status, const char *why)
{
    sayer.status = err_set(&sayer.err, status, "%s", why);
    event_base_loopbreak(sayer.base);
}

DEFINE_EFFECT(saying, "operator-say", "what an operator says is produced");

static void send_said(struct said *said)
{
    struct err err;

    /* The queue holds many more than an operator ever says at once. */
    if (producer_say(sayer.producer, &saying, said, said, &err) != ST_OK)
        stop(ST_REJECT, err.text);
}

static void hear_report(void *context, void *ticket, enum status status, int32_t partition, int64_t offset,
                        const char *why)
{
    (void)context;
    (void)partition;
    (void)offset;
    effect_answered(&saying);
    if (status == ST_RETRY)
        send_said(ticket);
    else if (status != ST_OK)
        stop(status, why ? why : "the broker refused it");
    else if (--sayer.unanswered == 0)
        stop(ST_OK, "");
}

enum status say_load(struct err *err)
{
    return config_load(settings, sizeof(settings) / sizeof(settings[0]), err);
}

enum status say_open(struct err *err)
{
    enum status status = say_load(err);

    if (status != ST_OK)
        return status;
    sayer.base = event_base_new();
    if (!sayer.base)
        abort();
    arena_init(&sayer.arena);
    return producer_open(sayer.base, &sayer.kafka, hear_report, NULL, &sayer.producer, err);
}

void say_as(enum msg_type type, const void *body, const struct id *id)
{
    struct said *said = arena_new(&sayer.arena, struct said);

    said->type = type;
    said->key = arena_copy(&sayer.arena, msg_key(type, body));
    said->value = msg_encode(type, body, &sayer.arena);
    said->id = said->correlation = said->causation = *id;
    said->time_ms = clock_wall_ms();
    sayer.unanswered++;
    send_said(said);
}

struct id say_id(struct str name)
{
    return id_named(&shopctl_space, name);
}

enum status say_wait(struct err *err)
{
    struct timeval patience = say_patience();
    struct err why = {{0}};

    if (sayer.unanswered == 0 || sayer.status != ST_OK)
        return err_set(err, sayer.status, "%s", sayer.err.text);
    event_base_loopexit(sayer.base, &patience);
    event_base_dispatch(sayer.base);
    if (sayer.status != ST_OK)
        return err_set(err, sayer.status, "%s", sayer.err.text);
    if (sayer.unanswered == 0)
        return ST_OK;
    producer_ready(sayer.producer, &why);
    return err_set(err, ST_RETRY, "Kafka at %s has not acknowledged %zu of them%s%.300s", sayer.kafka.bootstrap,
                   sayer.unanswered, why.text[0] ? ": " : "", why.text);
}

void say_close(void)
{
    producer_close(sayer.producer);
    if (sayer.base)
        event_base_free(sayer.base);
    arena_release(&sayer.arena);
}
