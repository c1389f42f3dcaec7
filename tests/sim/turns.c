/* turns.c - the seed: how bad it is, what happens next, when time goes on, and when nothing can happen any more. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/saga/books.h"
#include "tests/saga/sabotage.h"
#include "tests/sim/sim.h"

enum { TURNS_MAX = 400000, TURN_MS = 4, SHOP_MS = 600, CALM_TURNS = 6000 };

/* How long nothing must change: longer than anybody pauses after a failure; or, where nobody does, until each has looked
 * twice for deadlines and for what is parked. */
enum { QUIET_MS = 12000, LOOKED_TWICE_MS = 4500 };

struct sim sim;

enum sim_spoilt sim_spoil;

uint64_t sim_faults[SIM_FAULT_COUNT];

#define SIM_FAULT_TEXT(name, text) text,
const char *const sim_fault_texts[SIM_FAULT_COUNT] = {SIM_FAULTS(SIM_FAULT_TEXT)};

bool sim_falls(unsigned per_million, enum sim_fault fault)
{
    if (sim.world.calm || per_million == 0 || (sim.current && sim.current->dying) ||
        world_roll(&sim.world, 1000000) >= per_million)
        return false;
    sim_faults[fault]++;
    return true;
}

/* --- the weather -------------------------------------------------------------------------------------------------- */

static unsigned one_of(unsigned a, unsigned b, unsigned c)
{
    unsigned which = world_roll(&sim.world, 3);

    return which == 0 ? a : which == 1 ? b : c;
}

static void choose_storm(void)
{
    struct weather *weather = &sim.world.weather;

    sim.storm.two = world_roll(&sim.world, 3) == 0;
    if (weather->fair)
        return;
    weather->calm_after = 500 + world_roll(&sim.world, CALM_TURNS);
    weather->away_until = 0;
    sim.storm = (struct storm){.at_point = one_of(0, 500, 4000),
                               .die = one_of(0, 200, 2000),
                               .pause = one_of(0, 200, 2000),
                               .lose = one_of(0, 2000, 20000),
                               .refuse = one_of(0, 0, 30000),
                               .abort = one_of(0, 5000, 30000),
                               .break_producer = one_of(0, 5000, 30000),
                               .rebalance = one_of(0, 0, 1000),
                               .gap = one_of(0, 20000, 200000),
                               .forget_ends = one_of(0, 0, 300000),
                               .jump = one_of(0, 0, 300),
                               .two = sim.storm.two};
    weather->jump = sim.storm.jump;
}

/* --- what happens to processes ------------------------------------------------------------------------------------ */

static void wake_up(struct process *process)
{
    process->paused = false;
    process->wakes_ms = INT64_MAX;
    group_come_back(process);
}

static void let_time_work(struct process *process)
{
    if (process->paused && (process->wakes_ms <= sim.world.now_ms || sim.world.calm)) {
        world_note(&sim.world, process->name, "goes on", NULL);
        wake_up(process);
    } else if (!process->runtime && process->wakes_ms <= sim.world.now_ms) {
        process_start(process);
    } else if (process->runtime && !process->paused && sim_falls(sim.storm.die, SIM_DIES)) {
        process_die(process, "dies");
    } else if (process->runtime && !process->paused && sim_falls(sim.storm.pause, SIM_PAUSES)) {
        world_note(&sim.world, process->name, "stands still", NULL);
        process->paused = true;
        process->wakes_ms = sim.world.now_ms + 1000 + world_roll(&sim.world, 60000);
        group_leave(process);
    }
}

static void let_it_happen(void)
{
    struct world *world = &sim.world;
    struct process *process = &sim.processes[world_roll(world, (unsigned)sim.process_count)];

    if (!world->calm && sim.turns >= (world->weather.fair ? 0 : world->weather.calm_after)) {
        world->calm = true;
        world_note(world, "world", "calms down: nothing fails from here on", NULL);
    }
    world->now_ms += world_roll(world, TURN_MS);
    let_time_work(process);
    link_end_idle();
    if (sim_falls(sim.storm.rebalance, SIM_REBALANCES))
        group_rebalance(process->name);
    if (sim_falls(sim.storm.jump, SIM_CLOCK_JUMPS) && waiting_next_ms() != INT64_MAX &&
        waiting_next_ms() > world->now_ms)
        world->now_ms = waiting_next_ms();
    if (world_roll(world, 4000) == 0)
        waiting_redrive();
}

/* --- the world's turn --------------------------------------------------------------------------------------------- */

enum what { PRODUCE, FOLLOW, DO, ANSWER, SHOP, KEYS, KEEP_SHOP };

struct chosen {
    enum what what;
    void *object;
    unsigned count;
};

static void offer(struct chosen *chosen, enum what what, void *object)
{
    if (world_roll(&sim.world, ++chosen->count) != 0)
        return;
    chosen->what = what;
    chosen->object = object;
}

/* Shoppers do something now and then: what they could do until some time. */
static void gather(struct chosen *chosen, int64_t until_ms)
{
    struct world *world = &sim.world;

    for (struct outgoing *outgoing = world->outbox; outgoing; outgoing = outgoing->next)
        if (outbox_may_produce(world, outgoing))
            offer(chosen, PRODUCE, outgoing);
    for (struct reading *reading = world->readings; reading; reading = reading->next)
        if (!reading->lane && !reading->service && reading->position < reading->stream->count)
            offer(chosen, FOLLOW, reading);
    for (struct call *call = world->calls; call; call = call->next)
        offer(chosen, DO, call);
    for (struct answer *answer = world->answers; answer; answer = answer->next)
        offer(chosen, ANSWER, answer);
    for (size_t i = 0; i < world->shop.shopper_count; i++) {
        struct shopper *shopper = &world->shop.shoppers[i];

        if (shopper_may_act(shopper) && sim.shop_ms <= until_ms)
            offer(chosen, SHOP, shopper);
        if (shopper->shipping_key == KEY_LATE || shopper->email_key == KEY_LATE)
            offer(chosen, KEYS, shopper);
    }
    if (shopkeeper_may_act(world))
        offer(chosen, KEEP_SHOP, &world->shop);
}

static bool world_turn(void)
{
    struct chosen chosen = {.count = 0};
    struct world *world = &sim.world;

    gather(&chosen, world->now_ms);
    if (chosen.count == 0)
        return false;
    sim.progress++;
    switch (chosen.what) {
    case PRODUCE:
        broker_command(chosen.object);
        outbox_produce(chosen.object, world);
        break;
    case FOLLOW:
        log_follow(chosen.object);
        break;
    case DO:
        outside_do(chosen.object, world);
        break;
    case ANSWER:
        outside_hear(chosen.object, world);
        break;
    case SHOP:
        shopper_act(chosen.object, world);
        sim.shop_ms = world->now_ms + world_roll(world, SHOP_MS);
        break;
    case KEYS:
        shopper_keys_arrive(chosen.object, world);
        break;
    case KEEP_SHOP:
        shopkeeper_act(chosen.object, world);
        break;
    }
    return true;
}

/* --- time ---------------------------------------------------------------------------------------------------------- */

static bool somebody_sleeps(void)
{
    for (size_t i = 0; i < sim.process_count; i++)
        if (!process_may_go(&sim.processes[i]))
            return true;
    return false;
}

/* Whoever runs will do nothing by itself but look, now and then, whether there is something to do. */
static bool all_rest(void)
{
    struct chosen chosen = {.count = 0};

    if (waiting_is_asked())
        return false;
    for (size_t i = 0; i < sim.process_count; i++)
        if (process_may_go(&sim.processes[i]) && !process_rests(&sim.processes[i]))
            return false;
    gather(&chosen, INT64_MAX);
    return chosen.count == 0;
}

/* When the next deadline is due or a sleeper wakes up, if nothing else happens before; 0: who knows. */
static int64_t rest_until_ms(int64_t due_ms)
{
    int64_t until_ms = due_ms;

    if (due_ms <= sim.world.now_ms || !all_rest())
        return 0;
    for (size_t i = 0; i < sim.process_count; i++)
        if (!process_may_go(&sim.processes[i]) && sim.processes[i].wakes_ms < until_ms)
            until_ms = sim.processes[i].wakes_ms;
    if (until_ms == INT64_MAX)
        return 0;
    return until_ms > sim.world.now_ms ? until_ms : sim.world.now_ms;
}

/* Nobody has anything to do now. False: nobody will ever again. */
static bool move_on(void)
{
    struct world *world = &sim.world;
    int64_t next_us = INT64_MAX, due_ms = waiting_next_ms(), rest_ms;

    for (size_t i = 0; i < sim.process_count; i++)
        if (process_may_go(&sim.processes[i]) && process_next_us(&sim.processes[i]) < next_us)
            next_us = process_next_us(&sim.processes[i]);
    if (next_us <= world->now_ms * 1000)
        return true; /* somebody who lets turns pass */
    rest_ms = rest_until_ms(due_ms);
    if (rest_ms) {
        world->now_ms = rest_ms;
        return true;
    }
    sim.quiet = sim.seen_progress == sim.progress && sim.turns > 0 ? sim.quiet + 1 : 0;
    sim.seen_progress = sim.progress;
    if (sim.quiet == 0)
        sim.quiet_ms = world->now_ms;
    if (sim.quiet > 30 && world->now_ms > sim.quiet_ms + (all_rest() ? LOOKED_TWICE_MS : QUIET_MS) &&
        !somebody_sleeps()) {
        sim.quiet = 0;
        if (due_ms > world->now_ms && due_ms != INT64_MAX) {
            world->now_ms = due_ms;
            return true;
        }
        if (waiting_redrive())
            return true;
        if (world->calm && due_ms == INT64_MAX)
            return false;
        world->weather.calm_after = 0;
    }
    if (sim.shop_ms > world->now_ms && sim.shop_ms * 1000 < next_us)
        next_us = sim.shop_ms * 1000;
    world->now_ms = next_us == INT64_MAX ? world->now_ms + 1000 : next_us / 1000 + 1;
    return true;
}

static bool take_turn(void)
{
    unsigned who = (unsigned)sim.process_count + 1, first = world_roll(&sim.world, who);

    for (unsigned i = 0; i < who; i++) {
        unsigned at = (first + i) % who;
        struct process *process = &sim.processes[at];

        if (at == sim.process_count) {
            if (world_turn())
                return true;
        } else if (process_may_go(process) && (i > 0 || world_roll(&sim.world, 100) >= process->sloth) &&
                   process_turn(process)) {
            return true;
        }
    }
    return move_on();
}

/* --- a story ------------------------------------------------------------------------------------------------------- */

static void add_process(const char *name, int64_t ordinal)
{
    struct process *process = &sim.processes[sim.process_count++];

    if (sim.process_count > SIM_PROCESSES)
        abort();
    *process = (struct process){.name = name, .ordinal = ordinal, .sloth = one_of(0, 0, 80)};
    process->wakes_ms = sim.world.now_ms + world_roll(&sim.world, 500);
}

static void open_services(void)
{
    struct world *world = &sim.world;
    unsigned twice = world_roll(world, (unsigned)world->service_count);

    for (size_t i = 0; i < world->service_count; i++)
        sim.databases[sim.database_count++] = (struct database){.name = world->services[i].name};
    for (size_t i = 0; i < world->service_count; i++)
        add_process(world->services[i].name, 0);
    if (sim.storm.two)
        add_process(world->services[twice].name, 1);
}

bool sim_tell(uint64_t seed, const struct sabotage *sabotage)
{
    bool loud = sim.loud;

    memset(&sim, 0, sizeof(sim));
    sim.loud = loud;
    world_init(&sim.world, seed);
    choose_storm();
    if (sabotage)
        sabotage_apply(&sim.world, sabotage);
    open_services();
    while (sim.world.wrong.len == 0) {
        if (++sim.turns > TURNS_MAX) {
            world_wrong(&sim.world, (struct str){0}, "it does not come to rest");
            break;
        }
        let_it_happen();
        if (!take_turn())
            break;
    }
    if (waiting_was_parked()) /* it waited for a person, and time went on */
        sim.world.weather.jump = 1;
    if (sim.world.wrong.len == 0)
        books_check(&sim.world);
    return sim.world.wrong.len == 0;
}

void sim_release(void)
{
    for (size_t i = 0; i < sim.process_count; i++) {
        process_die(&sim.processes[i], "ends");
        free(sim.processes[i].stack_bytes);
    }
    broker_release();
    world_release(&sim.world);
}
