/* sayer.c - each message keeps its bytes until it is acknowledged. */
#include "gateway/forget/sayer.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "base/crash.h"
#include "base/log.h"

enum { AGAIN_S = 1 };

DEFINE_EFFECT(forgetting, "key-forget", "a key's last version, without the key, is produced");

struct saying {
    struct ticket ticket;
    LIST_ENTRY(saying) link;
    struct sayer *sayer;
    struct arena arena;
    const struct effect *effect;
    struct said *said;
    struct event *again;
    void (*done)(void *context);
    void *context;
};

struct sayer {
    struct event_base *base;
    struct producer *producer;
    LIST_HEAD(, saying) all;
};

static void saying_free(struct saying *saying)
{
    LIST_REMOVE(saying, link);
    event_free(saying->again);
    arena_release(&saying->arena);
    free(saying);
}

static void say_later(struct saying *saying)
{
    struct timeval wait = {AGAIN_S, 0};

    evtimer_add(saying->again, &wait);
}

static void on_report(struct ticket *ticket, enum status status, int64_t offset)
{
    struct saying *saying = (struct saying *)ticket;
    void (*done)(void *) = saying->done;
    void *context = saying->context;

    (void)offset;
    effect_answered(saying->effect);
    if (status != ST_OK) {
        say_later(saying);
        return;
    }
    saying_free(saying);
    if (done)
        done(context);
}

static void say(evutil_socket_t fd, short what, void *context)
{
    struct saying *saying = context;
    struct err err;

    (void)fd, (void)what;
    if (producer_say(saying->sayer->producer, saying->effect, saying->said, &saying->ticket, &err) == ST_OK)
        return;
    log_warning("a word about a forgotten customer must wait: %s", err.text);
    say_later(saying);
}

struct sayer *sayer_open(struct event_base *base, struct producer *producer)
{
    struct sayer *sayer = calloc(1, sizeof *sayer);

    if (sayer == NULL)
        abort();
    sayer->base = base;
    sayer->producer = producer;
    return sayer;
}

void sayer_close(struct sayer *sayer)
{
    if (sayer == NULL)
        return;
    for (struct saying *saying = LIST_FIRST(&sayer->all), *next; saying; saying = next) {
        next = LIST_NEXT(saying, link);
        saying_free(saying);
    }
    free(sayer);
}

void sayer_say(struct sayer *sayer, const struct effect *effect, enum msg_type type, const void *body, struct id id,
               struct id correlation, void (*done)(void *context), void *context)
{
    struct saying *saying = calloc(1, sizeof *saying);

    if (saying == NULL)
        abort();
    *saying = (struct saying){
        .ticket = {on_report}, .sayer = sayer, .effect = effect, .done = done, .context = context};
    arena_init(&saying->arena);
    saying->said = voice_compose(type, body, id, correlation, voice_trace((struct str){NULL, 0}, &saying->arena),
                                 &saying->arena);
    saying->said->key = arena_copy(&saying->arena, saying->said->key);
    saying->again = evtimer_new(sayer->base, say, saying);
    if (saying->again == NULL)
        abort();
    LIST_INSERT_HEAD(&sayer->all, saying, link);
    say(-1, 0, saying);
}

void sayer_forget_key(struct sayer *sayer, struct str key_id, void (*done)(void *context), void *context)
{
    static const struct id space = {.bytes = "keys forgotten"};
    struct customer_key body = {.key_id = key_id, .version = INT64_MAX, .forgotten = true};
    struct id id = id_named(&space, key_id);

    sayer_say(sayer, &forgetting, MSG_CUSTOMER_KEY, &body, id, id, done, context);
}
