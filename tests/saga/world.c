/* world.c - a world from its seed: services without rows, an empty log, the weather. */
#include "tests/saga/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/saga/books.h"

enum { RULES_MAX = 256 };

struct tally tally;

static size_t rules_run[WORLD_LANES][RULES_MAX];

void tally_rule(const struct lane *lane, const struct rule *rule)
{
    rules_run[lane - lane->world->lanes][rule - lane->rules->table]++;
}

size_t tally_of_rule(size_t lane, size_t rule)
{
    return rules_run[lane][rule];
}

/* --- chance ------------------------------------------------------------------------------------------------------- */

unsigned world_roll(struct world *world, unsigned options)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return (unsigned)((world->random >> 11) % options);
}

bool world_chance(struct world *world, unsigned percent)
{
    return world_roll(world, 100) < percent;
}

static unsigned one_of(struct world *world, unsigned a, unsigned b, unsigned c)
{
    unsigned which = world_roll(world, 3);

    return which == 0 ? a : which == 1 ? b : c;
}

/* A quarter of all stories are undisturbed. */
static void choose_weather(struct world *world)
{
    struct weather *weather = &world->weather;

    *weather = (struct weather){.fair = world_chance(world, 25)};
    if (weather->fair)
        return;
    *weather = (struct weather){.rollback = one_of(world, 0, 20, 100),
                                .crash = one_of(world, 0, 5, 40),
                                .forget = one_of(world, 0, 5, 40),
                                .park = one_of(world, 0, 0, 40),
                                .jump = one_of(world, 0, 3, 30),
                                .loss_percent = one_of(world, 0, 10, 50),
                                .twice_percent = one_of(world, 0, 10, 40),
                                .away_until = world->seed % 5 == 0 ? 100 + world->seed / 5 % 900 : 0,
                                .calm_after = 200 + world_roll(world, 1500)};
}

/* --- beginning and end -------------------------------------------------------------------------------------------- */

static struct service *service_named(struct world *world, const struct lane_info *info)
{
    struct service *service = world->services;

    for (size_t i = 0; i < world->service_count; i++, service++)
        if (strcmp(service->name, info->service) == 0)
            return service;
    *service = (struct service){.name = info->service, .settings = info->settings};
    if (info->follows)
        service->memory = service->shelf = shelf_open();
    world->service_count++;
    return service;
}

static struct stored *stored_in(struct world *world, const struct table *table)
{
    struct stored *stored = world->tables;

    if (!table)
        return NULL;
    for (size_t i = 0; i < world->table_count; i++, stored++)
        if (stored->table == table)
            return stored;
    stored->table = table;
    world->table_count++;
    return stored;
}

void world_init(struct world *world, uint64_t seed)
{
    memset(world, 0, sizeof(*world));
    world->seed = seed;
    world->random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    world->now_ms = WORLD_START_MS;
    world->outbox_tail = &world->outbox;
    world->notes_tail = &world->notes;
    arena_init(&world->arena);
    arena_init(&world->step_arenas[0]);
    arena_init(&world->step_arenas[1]);
    for (size_t i = 0; i < lane_info_count; i++)
        world->lanes[i] = (struct lane){.world = world,
                                        .info = &lane_infos[i],
                                        .rules = lane_infos[i].rules,
                                        .service = service_named(world, &lane_infos[i]),
                                        .rows = stored_in(world, lane_infos[i].table),
                                        .shared = stored_in(world, lane_infos[i].shared),
                                        .forgetful = lane_infos[i].forgetful};
    world->lane_count = lane_info_count;
    choose_weather(world);
    for (size_t i = 0; i < world->service_count && !world->weather.fair; i++)
        world->services[i].skew_ms = world_chance(world, 20) ? (int64_t)world_roll(world, 10000) - 5000 : 0;
    books_open(world);
    shop_open(world);
}

void world_release(struct world *world)
{
    shop_close(world);
    for (size_t i = 0; i < world->service_count; i++)
        shelf_close(world->services[i].shelf);
    arena_release(&world->arena);
    arena_release(&world->step_arenas[0]);
    arena_release(&world->step_arenas[1]);
}

/* --- small things ------------------------------------------------------------------------------------------------- */

void world_wrong(struct world *world, struct str key, const char *format, ...)
{
    char text[512];
    va_list args;

    if (world->wrong.len > 0)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    world->wrong = arena_copy(&world->arena, str_of(text));
    world->wrong_key = arena_copy(&world->arena, key);
}

struct subject *world_subject(struct world *world, enum kind kind, struct str key)
{
    struct subject *subject = world->subjects;

    for (size_t i = 0; i < world->subject_count; i++, subject++)
        if (subject->kind == kind && str_equal(subject->key, key))
            return subject;
    if (world->subject_count == WORLD_SUBJECTS)
        abort();
    *subject = (struct subject){.kind = kind, .key = arena_copy(&world->arena, key), .index = world->subject_count++};
    return subject;
}

struct lane *world_lane(struct world *world, const struct rules *rules)
{
    for (size_t i = 0; i < world->lane_count; i++)
        if (world->lanes[i].info->rules == rules)
            return &world->lanes[i];
    abort();
}

struct note *world_note(struct world *world, const char *who, const char *verb, const struct said *said)
{
    struct note *note = arena_new(&world->arena, struct note);

    *note = (struct note){.time_ms = world->now_ms, .who = who, .verb = verb};
    if (said) {
        note->type = said->type;
        note->key = said->key;
        note->value = said->value;
    }
    *world->notes_tail = note;
    world->notes_tail = &note->next;
    return note;
}
