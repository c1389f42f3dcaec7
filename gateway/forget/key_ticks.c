/* key_ticks.c - each partition has a tick of its own name, so that compaction keeps one of each. One that is lost is
 * made up for by the next. */
#include "gateway/forget/key_ticks.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"

DEFINE_EFFECT(ticking, "key-tick", "a tick is produced, so that a forgotten key is compacted away");

struct key_ticks {
    struct ticket ticket; /* all of them share it */
    struct producer *producer;
    struct event *timer;
};

static void on_report(struct ticket *ticket, enum status status, int64_t offset)
{
    (void)ticket, (void)status, (void)offset;
    effect_answered(&ticking);
}

/* The first name that lives in this partition. */
static struct str name_of(int32_t partition, struct arena *arena)
{
    struct str name;
    int number = 0;

    do
        name = arena_printf(arena, "tick-%d", number++);
    while (kafka_partition(KIND_KEY, name) != partition);
    return name;
}

static void tick(evutil_socket_t fd, short what, void *context)
{
    struct key_ticks *ticks = context;
    struct arena arena;
    struct err err;

    (void)fd, (void)what;
    arena_init(&arena);
    for (int32_t partition = 0; partition < kind_partitions(KIND_KEY); partition++) {
        struct key_tick body = {.key_id = name_of(partition, &arena), .at_ms = clock_wall_ms()};
        struct id id = id_random();
        struct said *said = voice_compose(MSG_KEY_TICK, &body, id, id, voice_trace((struct str){NULL, 0}, &arena),
                                          &arena);

        if (producer_say(ticks->producer, &ticking, said, &ticks->ticket, &err) != ST_OK)
            log_debug("customer.keys has no tick this time: %s", err.text);
    }
    arena_release(&arena);
}

struct key_ticks *key_ticks_open(struct event_base *base, struct producer *producer, int64_t every_ms)
{
    struct key_ticks *ticks = calloc(1, sizeof *ticks);
    struct timeval every = {every_ms / 1000, every_ms % 1000 * 1000};

    if (ticks == NULL)
        abort();
    *ticks = (struct key_ticks){.ticket = {on_report}, .producer = producer};
    ticks->timer = event_new(base, -1, EV_PERSIST, tick, ticks);
    if (ticks->timer == NULL || event_add(ticks->timer, &every))
        abort();
    event_active(ticks->timer, EV_TIMEOUT, 0);
    return ticks;
}

void key_ticks_close(struct key_ticks *ticks)
{
    if (ticks == NULL)
        return;
    event_free(ticks->timer);
    free(ticks);
}
