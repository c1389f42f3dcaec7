/* turns.c - what can happen next, and the seed that chooses, until nothing can. */
#include <stdlib.h>
#include <string.h>

#include "tests/saga/world.h"

enum { CHOICES_MAX = 1024, TURN_MS = 20 };

enum what { READ, FOLLOW, PRODUCE, DO, ANSWER, RING, UNPARK, SHOP, KEYS, KEEP_SHOP };

struct choices {
    struct {
        enum what what;
        void *object;
        unsigned weight;
    } list[CHOICES_MAX];
    size_t count;
    unsigned weight;
};

static void add(struct choices *choices, enum what what, void *object, unsigned weight)
{
    if (choices->count == CHOICES_MAX)
        abort();
    choices->list[choices->count].what = what;
    choices->list[choices->count].object = object;
    choices->list[choices->count++].weight = weight;
    choices->weight += weight;
}

static void gather_log(struct choices *choices, struct world *world)
{
    for (struct reading *reading = world->readings; reading; reading = reading->next)
        if (reading->position < reading->stream->count)
            add(choices, reading->lane ? READ : FOLLOW, reading, reading->weight);
    for (struct outgoing *outgoing = world->outbox; outgoing; outgoing = outgoing->next)
        if (outbox_may_produce(world, outgoing))
            add(choices, PRODUCE, outgoing, outgoing->weight);
}

/* As payment's edge does while the breaker is open: the ask is neither made nor answered. */
static bool is_held(const struct world *world, const struct call *call)
{
    return !world->calm && world->picks < world->weather.away_until &&
           strcmp(call->lane->info->service, "payment") == 0 && !call->nobody_listens;
}

static void gather_others(struct choices *choices, struct world *world)
{
    struct shop *shop = &world->shop;

    for (struct call *call = world->calls; call; call = call->next)
        if (!is_held(world, call))
            add(choices, DO, call, 6);
    for (struct answer *answer = world->answers; answer; answer = answer->next)
        add(choices, ANSWER, answer, 6);
    for (struct deadline *deadline = world->deadlines; deadline; deadline = deadline->next)
        if (deadline_may_ring(world, deadline))
            add(choices, RING, deadline, 6);
    for (struct parked *parked = world->parked; parked; parked = parked->next)
        add(choices, UNPARK, parked, 2);
    for (size_t i = 0; i < shop->shopper_count; i++) {
        struct shopper *shopper = &shop->shoppers[i];

        if (shopper_may_act(shopper))
            add(choices, SHOP, shopper, shopper->weight);
        if (shopper->shipping_key == KEY_LATE || shopper->email_key == KEY_LATE)
            add(choices, KEYS, shopper, 1);
    }
    if (shopkeeper_may_act(world))
        add(choices, KEEP_SHOP, shop, 2);
}

static void act(struct world *world, enum what what, void *object)
{
    switch (what) {
    case READ:
        step_read(object, world);
        break;
    case FOLLOW:
        log_follow(object);
        break;
    case PRODUCE:
        outbox_produce(object, world);
        break;
    case DO:
        outside_do(object, world);
        break;
    case ANSWER:
        outside_hear(object, world);
        break;
    case RING:
        deadline_ring(object, world);
        break;
    case UNPARK:
        step_unpark(object, world);
        break;
    case SHOP:
        shopper_act(object, world);
        break;
    case KEYS:
        shopper_keys_arrive(object, world);
        break;
    case KEEP_SHOP:
        shopkeeper_act(object, world);
        break;
    }
}

/* --- what just happens -------------------------------------------------------------------------------------------- */

static bool jump(struct world *world)
{
    int64_t next_ms = deadline_next(world);

    if (next_ms == INT64_MAX)
        return false;
    world->now_ms = next_ms;
    return true;
}

static void forget_something(struct world *world)
{
    struct lane *lane = &world->lanes[world_roll(world, (unsigned)world->lane_count)];
    struct subject *subject = &world->subjects[world_roll(world, (unsigned)world->subject_count)];

    if (lane->forgetful && subject->kind == lane->rules->kind && lane->inboxes[subject->index].count > 0)
        step_replay(lane, subject);
}

static bool falls(struct world *world, unsigned per_thousand)
{
    return !world->calm && per_thousand > 0 && world_roll(world, 1000) < per_thousand;
}

static void let_it_happen(struct world *world)
{
    if (!world->calm && world->picks >= world->weather.calm_after) {
        world->calm = true;
        world_note(world, "world", "calms down: nothing fails from here on", NULL);
    }
    if (!world->timeless)
        world->now_ms += world_roll(world, TURN_MS);
    if (falls(world, world->weather.jump))
        jump(world);
    if (falls(world, world->weather.forget))
        forget_something(world);
    if (falls(world, world->weather.crash / 4))
        step_crash(world, &world->services[world_roll(world, (unsigned)world->service_count)]);
}

/* False: there was nothing to do. */
static bool take_turn(struct world *world)
{
    struct choices choices;
    unsigned at;
    size_t i = 0;

    choices.count = 0;
    choices.weight = 0;
    gather_log(&choices, world);
    gather_others(&choices, world);
    if (choices.count == 0)
        return jump(world);
    at = world_roll(world, choices.weight);
    while (at >= choices.list[i].weight)
        at -= choices.list[i++].weight;
    act(world, choices.list[i].what, choices.list[i].object);
    return true;
}

void world_run(struct world *world)
{
    while (world->wrong.len == 0) {
        if (++world->picks > WORLD_PICKS) {
            world_wrong(world, (struct str){0}, "it does not come to rest");
            return;
        }
        let_it_happen(world);
        if (!take_turn(world)) {
            if (world->calm)
                return;
            world->weather.calm_after = 0;
        }
    }
}
