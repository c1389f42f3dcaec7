/* deadlines.c - deadlines as rows: one per type and key, rung when due, and a patient one only after its key's backlog. */
#include "tests/saga/world.h"

/* The lane of the same service that hears it: another one may have set it. */
static struct lane *lane_of(struct lane *asking, enum msg_type type)
{
    struct world *world = asking->world;

    for (size_t i = 0; i < world->lane_count; i++)
        if (world->lanes[i].service == asking->service && rules_hear(world->lanes[i].rules, type))
            return &world->lanes[i];
    world_wrong(world, (struct str){0}, "nobody in %s hears %s", asking->info->service, msg_type_name(type));
    return asking;
}

/* Comes back for ever: once is enough for a story. */
static bool is_periodic(enum msg_type type)
{
    return type == MSG_TARIFF_DUE;
}

void deadline_drop(struct world *world, struct deadline *deadline)
{
    struct deadline **at = &world->deadlines;

    while (*at && *at != deadline)
        at = &(*at)->next;
    if (*at)
        *at = deadline->next;
}

void deadline_set(struct lane *asking, const struct reminder *reminder)
{
    struct world *world = asking->world;
    struct lane *lane = lane_of(asking, reminder->type);
    struct subject *subject = world_subject(world, msg_kind(reminder->type), reminder->key);
    struct deadline *deadline = world->deadlines;

    while (deadline && (deadline->lane != lane || deadline->type != reminder->type || deadline->subject != subject))
        deadline = deadline->next;
    if (deadline)
        deadline_drop(world, deadline);
    if (reminder->due_ms == INT64_MIN || (is_periodic(reminder->type) && reminder->due_ms > WORLD_START_MS))
        return;
    deadline = arena_new(&world->arena, struct deadline);
    *deadline = (struct deadline){.next = world->deadlines,
                                  .lane = lane,
                                  .type = reminder->type,
                                  .subject = subject,
                                  .due_ms = reminder->due_ms,
                                  .patient = reminder->patient,
                                  .cause = reminder->cause->id,
                                  .correlation = reminder->cause->correlation};
    world->deadlines = deadline;
}

/* As soon as it is due the ends are noted; what is written later is not waited for. */
bool deadline_may_ring(struct world *world, struct deadline *deadline)
{
    if (deadline->due_ms > world->now_ms || loss_is_behind(world, deadline->lane->service))
        return false;
    if (!deadline->patient)
        return true;
    for (const struct reading *reading = world->readings; reading; reading = reading->next) {
        size_t *end = &deadline->ends[reading->stream->topic];

        if (reading->lane != deadline->lane || reading->stream->subject != deadline->subject)
            continue;
        if (!deadline->sampled)
            *end = reading->stream->count;
        else if (reading->position < *end)
            return false;
    }
    if (deadline->sampled)
        return true;
    deadline->sampled = true;
    return deadline_may_ring(world, deadline);
}

/* A shop at rest is not waited for until its carts expire; but for every other one. */
static bool is_awaited(const struct world *world, const struct deadline *deadline)
{
    return deadline->type != MSG_CART_IDLE || !world->calm || world->seed % 2 == 0;
}

int64_t deadline_next(const struct world *world)
{
    int64_t next_ms = INT64_MAX;

    for (const struct deadline *deadline = world->deadlines; deadline; deadline = deadline->next)
        if (is_awaited(world, deadline) && deadline->due_ms > world->now_ms && deadline->due_ms < next_ms)
            next_ms = deadline->due_ms;
    return next_ms;
}

void deadline_ring(struct deadline *deadline, struct world *world)
{
    struct str key = deadline->subject->key;
    struct said said = {.type = deadline->type,
                        .key = key,
                        .id = reminder_id(&deadline->cause, deadline->type, key, deadline->due_ms),
                        .causation = deadline->cause,
                        .correlation = deadline->correlation};

    tally.deadlines++;
    deadline_drop(world, deadline); /* in the step's transaction: whatever it sets anew comes after */
    if (step_deliver(deadline->lane, deadline->subject, &said, deadline->due_ms, TOPIC_NONE, -1) == HEARD)
        return;
    deadline->next = world->deadlines; /* nothing was committed */
    world->deadlines = deadline;
}
