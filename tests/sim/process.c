/* process.c - services' processes: run_service on a stack of its own, from its start to its death. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/fiber.h"
#include "tests/sim/sim.h"

/* --- edges: the world outside is the saga's ----------------------------------------------------------------------- */

static void ask(const struct msg *asked)
{
    struct said said = {.type = asked->type,
                        .key = asked->key,
                        .id = asked->id,
                        .correlation = asked->correlation,
                        .causation = asked->causation,
                        .time_ms = asked->time_ms};
    struct world *world = &sim.world;

    said.value = msg_encode(asked->type, asked->body, &world->arena);
    for (size_t i = 0; i < world->lane_count; i++)
        if (strcmp(world->lanes[i].info->service, sim.current->name) == 0 &&
            world->lanes[i].rules->kind == msg_kind(asked->type)) {
            outside_ask(&world->lanes[i], &said);
            return;
        }
    abort();
}

/* The scheduler's stack. */
static const void *main_stack;
static size_t main_stack_bytes;

/* Where the loop would be: the scheduler has it. It comes back when the process ends. */
static void give_way(void)
{
    void *own = NULL;

    fiber_leave(&own, main_stack, main_stack_bytes);
    swapcontext(&sim.current->stack, &sim.scheduler);
    fiber_arrive(own, &main_stack, &main_stack_bytes);
}

/* As main.c of the service has it. The rules are the world's: a test may have put others there. */
static struct runtime *describe(struct process *process)
{
    struct world *world = &sim.world;
    struct runtime_service service = {.name = process->name,
                                      .ordinal = process->ordinal,
                                      .batch = world->seed % 3 ? 50 : 1 + (int64_t)(world->seed / 3 % 4),
                                      .ask = ask,
                                      .loop = give_way,
                                      .base = process};

    for (size_t i = 0; i < world->lane_count; i++) {
        const struct lane_info *info = world->lanes[i].info;

        if (strcmp(info->service, process->name) != 0)
            continue;
        service.lanes[service.lane_count++] = (struct runtime_lane){.rules = world->lanes[i].rules,
                                                                    .table = world->lanes[i].rows->table,
                                                                    .shared = info->shared,
                                                                    .shared_keys = info->shared_keys};
        service.settings = info->settings;
        if (info->follows)
            service.shelf = process->shelf = shelf_open();
    }
    return runtime_open(&service);
}

/* --- life --------------------------------------------------------------------------------------------------------- */

static void live(void)
{
    fiber_arrive(NULL, &main_stack, &main_stack_bytes);
    runtime_run(sim.current->runtime);
    fiber_leave(NULL, main_stack, main_stack_bytes);
}

static void enter(struct process *process)
{
    struct process *before = sim.current;
    void *own = NULL;

    sim.current = process;
    fiber_leave(&own, process->stack_bytes, SIM_STACK_BYTES);
    swapcontext(&sim.scheduler, &process->stack);
    fiber_arrive(own, NULL, NULL);
    sim.current = before;
}

void process_start(struct process *process)
{
    if (!process->stack_bytes)
        process->stack_bytes = malloc(SIM_STACK_BYTES);
    if (!process->stack_bytes)
        abort();
    process->dying = process->paused = false;
    process->runtime = describe(process);
    getcontext(&process->stack);
    process->stack.uc_stack.ss_sp = process->stack_bytes;
    process->stack.uc_stack.ss_size = SIM_STACK_BYTES;
    process->stack.uc_link = &sim.scheduler;
    makecontext(&process->stack, live, 0);
    enter(process);
}

/* What it had sent goes its way or not; then its memory is given back, as the kernel would, without any effect. */
void process_die(struct process *process, const char *how)
{
    if (!process->runtime)
        return;
    process->dying = true;
    world_note(&sim.world, process->name, how, NULL);
    if (process->pg)
        link_die(process->pg);
    for (rd_kafka_t *client = process->clients; client; client = client_next(client))
        client_die(client);
    outside_hang_up(&sim.world, process->name);
    enter(process);
    loop_release(process);
    runtime_close(process->runtime);
    process->runtime = NULL;
    shelf_close(process->shelf);
    process->shelf = NULL;
    process->wakes_ms = sim.world.now_ms + world_roll(&sim.world, 3000);
}

bool process_may_go(const struct process *process)
{
    return process->runtime && !process->paused;
}

bool process_rests(const struct process *process)
{
    if (!process_may_go(process) || link_may_go(process->pg) || process->todo || process->done)
        return false;
    for (const rd_kafka_t *client = process->clients; client; client = client_next(client))
        if (!client_rests(client))
            return false;
    return loop_rests(process) && runtime_rests(process->runtime);
}

/* --- a turn ------------------------------------------------------------------------------------------------------- */

static void act(struct process *process, struct event *event, unsigned choice)
{
    if (event && choice == 0) {
        loop_fire(event);
        return;
    }
    choice -= event ? 1 : 0;
    if (link_may_go(process->pg)) {
        if (choice == 0) {
            link_go(process->pg);
            return;
        }
        choice--;
    }
    if (process->todo || process->done) {
        if (choice == 0) {
            aside_turn(process);
            return;
        }
        choice--;
    }
    for (rd_kafka_t *client = process->clients; client; client = client_next(client))
        if (client_choices(client) && choice-- == 0) {
            client_turn(client);
            return;
        }
}

static unsigned choices_of(struct process *process, struct event **event)
{
    unsigned count = 0, events = 0;

    *event = loop_pick(process, &events);
    count = *event ? 1 : 0;
    count += process->pg && link_may_go(process->pg);
    count += process->todo || process->done;
    for (rd_kafka_t *client = process->clients; client; client = client_next(client))
        count += client_choices(client) > 0;
    return count;
}

bool process_turn(struct process *process)
{
    struct event *event;
    unsigned count = choices_of(process, &event);
    int code;

    if (count == 0)
        return false;
    sim.current = process;
    sim.mortal = true;
    if (setjmp(sim.death) == 0) {
        act(process, event, world_roll(&sim.world, count));
        sim.mortal = false;
        sim.current = NULL;
        if (runtime_ended(process->runtime, &code)) {
            sim_faults[SIM_FENCED] += code != 0;
            process_die(process, "ends by itself");
        }
    } else {
        sim.mortal = false;
        sim.current = NULL;
        process_die(process, "dies in the middle of something");
    }
    return true;
}
