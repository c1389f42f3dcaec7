/* runtime.c - one service's struct service and struct run; and of program.c and counters.c what a process on paper needs. */
#include "tests/sim/runtime.h"

#include <stdlib.h>

#include "run/counters.h"
#include "run/engine.h"

struct runtime {
    struct service service; /* first: what a run knows is a runtime's */
    struct runtime_service given;
    struct lane lanes[RUNTIME_LANES];
    struct rules rules[RUNTIME_LANES]; /* without adoptions: here no database is lost */
    struct run *run;
};

/* Whose run_service is entered or left. */
static struct runtime *entered;

static const enum topic shelved[] = {TOPIC_PRODUCT_STATE, TOPIC_RATES_STATE, TOPIC_SHIPPING_TARIFFS};

static const struct standing tariffs[] = {
    {MSG_TARIFF_DUE, "flat"}, {MSG_TARIFF_DUE, "snail"}, {MSG_TARIFF_DUE, "heron"}, {MSG_TARIFF_DUE, "otter"}};

static void ask(struct run *run, const struct msg *asked)
{
    ((const struct runtime *)run->service)->given.ask(asked);
}

static void learn(void *memory, const struct msg *heard)
{
    shelf_learn(memory, heard->type, heard->body);
}

struct runtime *runtime_open(const struct runtime_service *given)
{
    struct runtime *runtime = calloc(1, sizeof(*runtime));

    if (!runtime)
        abort();
    runtime->given = *given;
    runtime->service = (struct service){.name = given->name,
                                        .lanes = runtime->lanes,
                                        .lane_count = given->lane_count,
                                        .settings_values = given->settings,
                                        .ask = ask};
    for (size_t i = 0; i < given->lane_count; i++) {
        runtime->rules[i] = *given->lanes[i].rules;
        runtime->rules[i].adoptions = NULL;
        runtime->rules[i].adoption_count = 0;
        runtime->lanes[i] = (struct lane){.rules = &runtime->rules[i],
                                          .table = given->lanes[i].table,
                                          .shared = given->lanes[i].shared,
                                          .shared_keys = given->lanes[i].shared_keys};
        if (!rules_hear(given->lanes[i].rules, MSG_TARIFF_DUE))
            continue;
        runtime->service.standing = tariffs;
        runtime->service.standing_count = sizeof(tariffs) / sizeof(tariffs[0]);
    }
    if (given->shelf) {
        runtime->service.follows = shelved;
        runtime->service.follow_count = sizeof(shelved) / sizeof(shelved[0]);
        runtime->service.memory = given->shelf;
        runtime->service.learn = learn;
    }
    return runtime;
}

void runtime_run(struct runtime *runtime)
{
    char name[] = "sim", *argv[] = {name, NULL};

    entered = runtime;
    run_service(&runtime->service, 1, argv);
    runtime->run = NULL;
}

void runtime_close(struct runtime *runtime)
{
    free(runtime);
}

bool runtime_ended(const struct runtime *runtime, int *code)
{
    if (!runtime->run || !runtime->run->program.ended)
        return false;
    *code = runtime->run->program.exit_code;
    return true;
}

bool runtime_rests(const struct runtime *runtime)
{
    const struct run *run = runtime->run;

    return run && run->state == ENGINE_STEPPING && !run->busy && !run->reassign && !evtimer_pending(run->wait, NULL) &&
           !run->turn->batch.count && !run->local.first && !run->deadlines.patient.first && !run->outbox.unanswered &&
           !run->outbox.filling && !run->outbox.done_count && !run->outbox.again_us;
}

void runtime_answer(struct runtime *runtime, const struct msg *asked, enum msg_type type, const void *body,
                    int64_t time_ms)
{
    run_answer(runtime->run, asked, type, body, time_ms);
}

size_t runtime_heard(const struct runtime *runtime, struct runtime_heard *list, size_t room)
{
    const struct turn *turn = runtime->run->turn;
    size_t count = 0;

    for (size_t i = 0; i < turn->count; i++) {
        const struct heard *heard = &turn->list[i];

        if (heard->fate != FATE_HEAR)
            continue;
        if (count == room)
            abort();
        list[count++] = (struct runtime_heard){
            .rules = runtime->given.lanes[heard->lane].rules,
            .type = heard->msg.type,
            .id = heard->msg.id,
            .key = heard->msg.key,
            .value = heard->record ? (struct str){heard->record->payload, heard->record->len} : heard->local->value,
            .time_ms = heard->msg.time_ms};
    }
    return count;
}

struct str runtime_headers(const struct said *said, const char *source, struct arena *arena)
{
    return said_headers(said, source, arena);
}

/* --- program.h ---------------------------------------------------------------------------------------------------- */

bool program_begin(struct program *program, int argc, char **argv, int *exit_code)
{
    struct run *run = program->context;
    struct err err;

    (void)argc;
    (void)argv;
    (void)exit_code;
    if (config_load(program->settings, program->setting_count, &err) != ST_OK)
        abort();
    entered->run = run;
    run->settings.ordinal = entered->given.ordinal ? "1" : "0";
    run->settings.batch = entered->given.batch;
    program->base = entered->given.base;
    return true;
}

int program_loop(struct program *program)
{
    entered->given.loop();
    return program->exit_code;
}

void program_end(struct program *program, int exit_code)
{
    if (!program->ended)
        program->exit_code = exit_code;
    program->ended = true;
}

void program_close(struct program *program)
{
    (void)program;
}

void admin_check(struct admin *admin, const char *name, admin_check_fn *check, void *context)
{
    (void)admin;
    (void)name;
    (void)check;
    (void)context;
}

/* --- counters.h: nobody reads them -------------------------------------------------------------------------------- */

void counters_open(struct run *run)
{
    (void)run;
}

void counters_heard(enum msg_type type)
{
    (void)type;
}

void counters_said(enum msg_type type)
{
    (void)type;
}

void counters_step(double seconds, size_t messages)
{
    (void)seconds;
    (void)messages;
}

void counters_parked(void)
{
}

void counters_dead_letter(void)
{
}

void counters_seen(void)
{
}

void counters_retry(void)
{
}

void counters_dropped(void)
{
}

void counters_fenced(void)
{
}
