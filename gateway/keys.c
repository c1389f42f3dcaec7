/* keys.c - customers' keys in advance. Making one costs three sealings, so they are made one at a time between other
 * work; one that the broker did not acknowledge is thrown away: its id is never used. When many order at once and all are
 * taken, who comes waits in line for the next. */
#include "gateway/keys.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

enum { POOL = 64, RETRY_MS = 500 };

static const char *const recipients[] = {"shipping", "email", "gateway"};
enum { RECIPIENTS = sizeof recipients / sizeof *recipients };

struct making {
    struct ticket ticket;
    struct keys *keys;
    LIST_ENTRY(making) link;
    struct customer_secret secret;
};

struct keys {
    struct event_base *base;
    struct producer *producer;
    struct seal_pair *readers[RECIPIENTS];
    struct customer_secret ready[POOL];
    LIST_HEAD(, making) making;
    TAILQ_HEAD(, key_waiter) waiting;
    size_t ready_count, making_count;
    struct event *refill;
};

static void refill_soon(struct keys *keys, int64_t in_ms)
{
    struct timeval wait = {in_ms / 1000, in_ms % 1000 * 1000};

    if (keys->ready_count + keys->making_count < POOL && !evtimer_pending(keys->refill, NULL))
        evtimer_add(keys->refill, &wait);
}

static void making_free(struct making *making)
{
    LIST_REMOVE(making, link);
    making->keys->making_count--;
    seal_cleanse(making, sizeof *making);
    free(making);
}

void keys_stop_waiting(struct key_waiter *waiter)
{
    if (waiter->timer == NULL)
        return;
    TAILQ_REMOVE(&waiter->keys->waiting, waiter, link);
    event_free(waiter->timer);
    waiter->timer = NULL;
}

static void call_first(struct keys *keys)
{
    struct key_waiter *waiter = TAILQ_FIRST(&keys->waiting);

    if (waiter == NULL)
        return;
    keys_stop_waiting(waiter);
    waiter->then(waiter, true);
}

static void on_impatience(evutil_socket_t fd, short what, void *context)
{
    struct key_waiter *waiter = context;

    (void)fd, (void)what;
    keys_stop_waiting(waiter);
    waiter->then(waiter, false);
}

void keys_wait(struct keys *keys, struct key_waiter *waiter)
{
    struct timeval patience = {KEYS_PATIENCE_S, 0};

    waiter->keys = keys;
    waiter->timer = evtimer_new(keys->base, on_impatience, waiter);
    if (waiter->timer == NULL || evtimer_add(waiter->timer, &patience))
        abort();
    TAILQ_INSERT_TAIL(&keys->waiting, waiter, link);
}

DEFINE_EFFECT(announcing, "key-say", "a customer's key is produced, before anything is sealed with it");

static void on_report(struct ticket *ticket, enum status status, int64_t offset)
{
    struct making *making = (struct making *)ticket;
    struct keys *keys = making->keys;

    (void)offset;
    effect_answered(&announcing);
    if (status == ST_OK)
        keys->ready[keys->ready_count++] = making->secret;
    else
        refill_soon(keys, RETRY_MS);
    making_free(making);
    if (status == ST_OK)
        call_first(keys);
}

static struct said *announce(const struct keys *keys, const struct customer_secret *secret, struct arena *arena)
{
    struct wrapped_key wraps[RECIPIENTS];
    struct customer_key body = {.key_id = id_text(&secret->id, arena), .version = 1, .wraps = {wraps, RECIPIENTS}};
    struct str bytes = {(const char *)secret->key.bytes, sizeof secret->key.bytes};

    for (size_t i = 0; i < RECIPIENTS; i++) {
        wraps[i] = (struct wrapped_key){.recipient = str_of(recipients[i]),
                                        .key = {.key_id = seal_pair_id(keys->readers[i])}};
        seal_to(keys->readers[i], bytes, body.key_id, arena, &wraps[i].key.encapsulated_key, &wraps[i].key.ciphertext);
    }
    return voice_compose(MSG_CUSTOMER_KEY, &body, secret->id, secret->id, voice_trace((struct str){NULL, 0}, arena),
                         arena);
}

static bool make_one(struct keys *keys)
{
    struct making *making = calloc(1, sizeof *making);
    struct arena arena;
    struct err err;
    bool taken;

    if (making == NULL)
        abort();
    arena_init(&arena);
    *making = (struct making){.ticket = {on_report}, .keys = keys, .secret = {seal_key_random(), id_random()}};
    LIST_INSERT_HEAD(&keys->making, making, link);
    keys->making_count++;
    taken = producer_say(keys->producer, &announcing, announce(keys, &making->secret, &arena), making, &err) == ST_OK;
    arena_release(&arena);
    if (!taken) {
        log_debug("no customer's key could be made: %s", err.text);
        on_report(&making->ticket, ST_RETRY, -1);
    }
    return taken;
}

static void on_refill(evutil_socket_t fd, short what, void *context)
{
    struct keys *keys = context;

    (void)fd, (void)what;
    if (keys->ready_count + keys->making_count < POOL && make_one(keys))
        refill_soon(keys, 0);
}

enum status keys_open(struct event_base *base, struct producer *producer, const char *folder, struct keys **opened,
                      struct err *err)
{
    struct keys *keys = calloc(1, sizeof *keys);
    enum status status = ST_OK;

    if (keys == NULL)
        abort();
    *opened = keys;
    keys->base = base;
    keys->producer = producer;
    TAILQ_INIT(&keys->waiting);
    keys->refill = evtimer_new(base, on_refill, keys);
    if (keys->refill == NULL)
        abort();
    for (size_t i = 0; status == ST_OK && i < RECIPIENTS; i++) {
        char path[512];

        snprintf(path, sizeof path, "%s/%s.public.pem", folder, recipients[i]);
        status = seal_pair_read_public(path, &keys->readers[i], err);
    }
    if (status == ST_OK)
        refill_soon(keys, 0);
    return status;
}

void keys_close(struct keys *keys)
{
    if (keys == NULL)
        return;
    event_free(keys->refill);
    for (struct key_waiter *waiter; (waiter = TAILQ_FIRST(&keys->waiting));)
        keys_stop_waiting(waiter);
    for (struct making *making = LIST_FIRST(&keys->making), *next; making; making = next) {
        next = LIST_NEXT(making, link);
        making_free(making);
    }
    for (size_t i = 0; i < RECIPIENTS; i++)
        seal_pair_free(keys->readers[i]);
    seal_cleanse(keys, sizeof *keys);
    free(keys);
}

bool keys_take(struct keys *keys, struct customer_secret *secret)
{
    if (keys->ready_count == 0)
        return false;
    *secret = keys->ready[--keys->ready_count];
    seal_cleanse(&keys->ready[keys->ready_count], sizeof keys->ready[0]);
    refill_soon(keys, 0);
    return true;
}

bool keys_ready(void *context, struct err *why)
{
    const struct keys *keys = context;

    if (keys->ready_count == 0)
        (void)err_set(why, ST_RETRY, "no customer's key has been acknowledged yet");
    return keys->ready_count > 0;
}
