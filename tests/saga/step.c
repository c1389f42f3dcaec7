/* step.c - one message to one row: inbox, load, rule, save, outbox, deadlines, and then the asks.
 *
 * Each step runs twice from the same row, and both must come to the same bytes: only the first is committed. */
#include <stdlib.h>

#include "services/catalog/catalog.h"
#include "tests/saga/books.h"

enum { SHARED_MAX = 32 };

struct key_list {
    struct str keys[SHARED_MAX];
    size_t count;
    struct arena *arena;
};

/* The runtime's own, where that is linked. */
void key_list_add(struct key_list *keys, struct str key);

void key_list_add(struct key_list *keys, struct str key)
{
    for (size_t i = 0; i < keys->count; i++)
        if (str_equal(keys->keys[i], key))
            return;
    if (keys->count == SHARED_MAX)
        abort();
    keys->keys[keys->count++] = arena_copy(keys->arena, key);
}

/* One run of a step. */
struct run_once {
    struct lane *lane;
    struct arena *arena;
    struct msg heard;
    struct step step;
    struct row *row;
    const struct rule *rule;
    int32_t was;
    struct str packed;
    struct key_list announced;
    struct row *shared[SHARED_MAX]; /* of announced keys, loaded when asked for */
    enum status status;
    struct err err;
};

static struct str *stored_shared(const struct lane *lane, struct str key)
{
    return &lane->shared->rows[world_subject(lane->world, KIND_PRODUCT, key)->index];
}

static void *lend_shared(void *context, struct str key)
{
    struct run_once *run = context;

    for (size_t i = 0; i < run->announced.count; i++) {
        if (!str_equal(run->announced.keys[i], key))
            continue;
        if (!run->shared[i])
            run->shared[i] = row_unpack(run->lane->shared->table, run->announced.keys[i],
                                        *stored_shared(run->lane, key), run->arena);
        return run->shared[i];
    }
    return NULL;
}

void *step_row(const struct lane *lane, const struct subject *subject, struct arena *arena)
{
    return row_unpack(lane->rows->table, subject->key, lane->rows->rows[subject->index], arena);
}

void *step_shared_row(const struct lane *lane, const struct subject *subject, struct arena *arena)
{
    return row_unpack(lane->shared->table, subject->key, lane->shared->rows[subject->index], arena);
}

static void run_step(struct run_once *run, struct lane *lane, struct subject *subject, const struct said *said)
{
    struct service *service = lane->service;

    run->lane = lane;
    run->announced.arena = run->arena;
    if (said->value.len > 0)
        run->heard.body = msg_decode_own(said->type, arena_copy(run->arena, said->value), run->arena);
    run->row = step_row(lane, subject, run->arena);
    run->was = run->row->state;
    step_init(&run->step, run->arena, service->memory, service->settings);
    if (lane->shared) {
        run->step.shared = lend_shared;
        run->step.shared_context = run;
        lane->info->shared_keys(&run->heard, run->row, &run->announced);
    }
    run->status = step_hear(&run->step, lane->rules, &run->heard, run->row, &run->rule, &run->err);
    run->packed = row_pack(lane->rows->table, run->row, run->arena);
}

/* --- the same twice ----------------------------------------------------------------------------------------------- */

static bool same_said(const struct said *a, const struct said *b)
{
    for (; a && b; a = a->next, b = b->next)
        if (a->type != b->type || !str_equal(a->key, b->key) || !str_equal(a->value, b->value) ||
            !id_equal(&a->id, &b->id) || !id_equal(&a->correlation, &b->correlation) ||
            !id_equal(&a->causation, &b->causation) || a->time_ms != b->time_ms)
            return false;
    return a == b;
}

static bool same_reminders(const struct reminder *a, const struct reminder *b)
{
    for (; a && b; a = a->next, b = b->next)
        if (a->type != b->type || !str_equal(a->key, b->key) || a->due_ms != b->due_ms || a->patient != b->patient)
            return false;
    return a == b;
}

static bool same_shared(const struct run_once *a, const struct run_once *b)
{
    for (size_t i = 0; i < a->announced.count; i++) {
        if (!a->shared[i] != !b->shared[i] || (a->shared[i] && a->shared[i]->changed != b->shared[i]->changed))
            return false;
        if (a->shared[i] && !str_equal(row_pack(a->lane->shared->table, a->shared[i], a->arena),
                                       row_pack(a->lane->shared->table, b->shared[i], b->arena)))
            return false;
    }
    return a->announced.count == b->announced.count;
}

static bool came_to_the_same(const struct run_once *a, const struct run_once *b)
{
    return a->rule == b->rule && str_equal(a->packed, b->packed) && same_said(a->step.said, b->step.said) &&
           same_said(a->step.asked, b->step.asked) && same_reminders(a->step.reminders, b->step.reminders) &&
           same_shared(a, b);
}

/* --- commit ------------------------------------------------------------------------------------------------------- */

static void save_shared(struct run_once *run)
{
    for (size_t i = 0; i < run->announced.count; i++)
        if (run->shared[i] && run->shared[i]->changed)
            *stored_shared(run->lane, run->announced.keys[i]) = row_pack(run->lane->shared->table, run->shared[i],
                                                                         &run->lane->world->arena);
}

static void note_hearing(const struct run_once *run, const struct said *said)
{
    const char *const *states = run->lane->rules->states;
    struct note *note = world_note(run->lane->world, run->lane->info->service, "hears", said);

    note->was = states[run->was];
    note->is = states[run->row->state];
    note->because = run->rule->because;
}

static void commit(struct run_once *run, struct subject *subject, const struct said *heard)
{
    struct lane *lane = run->lane;
    struct world *world = lane->world;
    struct said at_its_time = *heard;

    at_its_time.time_ms = run->heard.time_ms;
    note_hearing(run, heard);
    tally_rule(lane, run->rule);
    if (run->row->changed)
        lane->rows->rows[subject->index] = arena_copy(&world->arena, run->packed);
    save_shared(run);
    for (const struct reminder *reminder = run->step.reminders; reminder; reminder = reminder->next)
        deadline_set(lane, reminder);
    for (const struct said *said = run->step.said; said; said = said->next) {
        books_said(world, said);
        outbox_put(world, lane->service, lane->info->service, said);
    }
    books_heard(lane, subject, &at_its_time);
}

/* --- what can happen around it ------------------------------------------------------------------------------------ */

static bool falls(struct world *world, unsigned per_thousand)
{
    return !world->calm && per_thousand > 0 && world_roll(world, 1000) < per_thousand;
}

void step_crash(struct world *world, struct service *service)
{
    tally.crashes++;
    world_note(world, service->name, "dies, and starts again", NULL);
    outside_hang_up(world, service->name);
    outbox_again(world, service);
    for (struct deadline *deadline = world->deadlines; deadline; deadline = deadline->next)
        if (deadline->lane->service == service)
            deadline->sampled = false;
    if (service->shelf) {
        shelf_close(service->shelf);
        service->memory = service->shelf = shelf_open();
        log_follow_all(world, service);
    }
}

static bool run_twice(struct run_once runs[2], struct lane *lane, struct subject *subject, const struct said *said)
{
    struct world *world = lane->world;

    for (int i = 0; i < 2; i++)
        run_step(&runs[i], lane, subject, said);
    if (runs[0].status != ST_OK)
        world_wrong(world, subject->key, "%s", runs[0].err.text);
    else if (!came_to_the_same(&runs[0], &runs[1]))
        world_wrong(world, subject->key, "%s hears %s, and the second time it comes to something else",
                    lane->info->service, msg_type_name(said->type));
    return world->wrong.len == 0;
}

enum heard step_deliver(struct lane *lane, struct subject *subject, const struct said *said, int64_t time_ms,
                        enum topic topic, int64_t offset)
{
    struct world *world = lane->world;
    struct run_once runs[2] = {{.arena = &world->step_arenas[0]}, {.arena = &world->step_arenas[1]}};

    if (!rules_hear(lane->rules, said->type))
        return HEARD;
    for (int i = 0; i < 2; i++) {
        arena_clear(runs[i].arena);
        runs[i].heard = (struct msg){.type = said->type,
                                     .key = arena_copy(runs[i].arena, subject->key),
                                     .id = said->id,
                                     .correlation = said->correlation,
                                     .causation = said->causation,
                                     .time_ms = time_ms,
                                     .topic = topic,
                                     .offset = offset};
    }
    if (!run_twice(runs, lane, subject, said))
        return HEARD;
    if (falls(world, world->weather.rollback)) {
        tally.rollbacks++;
        return ROLLED_BACK;
    }
    if (falls(world, world->weather.crash)) {
        step_crash(world, lane->service);
        return DIED;
    }
    commit(&runs[0], subject, said);
    if (falls(world, world->weather.crash)) { /* the asks were never made: their deadlines make them again */
        step_crash(world, lane->service);
        return HEARD;
    }
    for (const struct said *asked = runs[0].step.asked; asked; asked = asked->next)
        if (!lane->service->rebuilding) /* its deadline asks */
            outside_ask(lane, asked);
    return HEARD;
}

static bool seen(const struct inbox *inbox, const struct id *id)
{
    for (size_t i = 0; i < inbox->count; i++)
        if (id_equal(&inbox->ids[i], id))
            return true;
    return false;
}

static void remember(struct world *world, struct inbox *inbox, const struct id *id)
{
    if (inbox->count == inbox->room) {
        struct id *old = inbox->ids;

        inbox->room = inbox->room ? 2 * inbox->room : 16;
        inbox->ids = arena_array(&world->arena, inbox->room, sizeof(*old));
        if (inbox->count > 0)
            memcpy(inbox->ids, old, inbox->count * sizeof(*old));
    }
    inbox->ids[inbox->count++] = *id;
}

static bool stands_there(const struct world *world, const struct said *said)
{
    for (size_t i = 0; i < world->subject_count; i++) {
        const struct subject *subject = &world->subjects[i];
        const struct stream *stream = world->streams[topic_of(said->type)][subject->index];

        for (size_t r = 0; stream && str_equal(subject->key, said->key) && r < stream->count; r++)
            if (id_equal(&stream->records[r].said.id, &said->id))
                return true;
    }
    return false;
}

/* Its cause counts as heard. What it said in the same breath elsewhere is said again, unless it stands there. */
void step_take_over(struct lane *lane, struct subject *subject, const struct record *record)
{
    struct world *world = lane->world;
    struct run_once run = {.lane = lane, .arena = &world->step_arenas[0]};

    arena_clear(run.arena);
    run.announced.arena = run.arena;
    run.heard = (struct msg){.type = record->said.type,
                             .key = subject->key,
                             .id = record->said.id,
                             .correlation = record->said.correlation,
                             .causation = record->said.causation,
                             .body = msg_decode_own(record->said.type, record->said.value, run.arena),
                             .time_ms = record->time_ms,
                             .said_ms = record->said.time_ms};
    run.row = step_row(lane, subject, run.arena);
    step_init(&run.step, run.arena, lane->service->memory, lane->service->settings);
    if (lane->shared) {
        run.step.shared = lend_shared;
        run.step.shared_context = &run;
        lane->info->shared_keys(&run.heard, run.row, &run.announced);
    }
    if (step_adopt(&run.step, lane->rules, &run.heard, run.row, &run.err) != ST_OK) {
        world_wrong(world, subject->key, "%s", run.err.text);
        return;
    }
    if (run.row->changed)
        lane->rows->rows[subject->index] = row_pack(lane->rows->table, run.row, &world->arena);
    save_shared(&run);
    for (const struct reminder *reminder = run.step.reminders; reminder; reminder = reminder->next)
        deadline_set(lane, reminder);
    for (const struct said *said = run.step.said; said; said = said->next)
        if (!stands_there(world, said))
            outbox_put(world, lane->service, lane->info->service, said);
    remember(world, &lane->inboxes[subject->index], &record->said.causation);
}

/* --- readers ------------------------------------------------------------------------------------------------------ */

/* True when the lane is done with it. */
static bool hear(struct lane *lane, const struct stream *stream, size_t at)
{
    const struct record *record = &stream->records[at];
    struct inbox *inbox = &lane->inboxes[stream->subject->index];

    if (seen(inbox, &record->said.id)) {
        tally.repeats_dropped++;
        return true;
    }
    if (step_deliver(lane, stream->subject, &record->said, record->time_ms, stream->topic, record->offset) != HEARD)
        return false;
    remember(lane->world, inbox, &record->said.id);
    return true;
}

/* Of these the order matters: the runtime parks the whole key with what comes behind, which is hearing it later. (Catalog says
 * nothing of an order whose cancellation it hears first, and hears them the other way round once it has lost its database.) */
static bool may_park(const struct reading *reading)
{
    enum topic topic = reading->stream->topic;

    return topic != TOPIC_CART_COMMANDS && topic != TOPIC_CATALOG_COMMANDS &&
           (topic != TOPIC_ORDER_EVENTS || reading->lane->rules != &reservation_rules) &&
           rules_hear(reading->lane->rules, reading->stream->records[reading->position].said.type);
}

static void park(const struct reading *reading)
{
    struct world *world = reading->world;
    struct parked *parked = arena_new(&world->arena, struct parked);

    *parked = (struct parked){world->parked, reading->lane, reading->stream, reading->position};
    world->parked = parked;
    tally.parked++;
    world_note(world, reading->lane->info->service, "parks", &reading->stream->records[reading->position].said);
}

void step_read(struct reading *reading, struct world *world)
{
    if (falls(world, world->weather.park) && may_park(reading)) {
        park(reading);
        reading->position++;
    } else if (hear(reading->lane, reading->stream, reading->position)) {
        reading->position++;
    }
}

void step_unpark(struct parked *parked, struct world *world)
{
    struct parked **at = &world->parked;

    if (!hear(parked->lane, parked->stream, parked->at))
        return;
    while (*at != parked)
        at = &(*at)->next;
    *at = parked->next;
}

void step_replay(struct lane *lane, struct subject *subject)
{
    struct world *world = lane->world;
    struct note *note;

    tally.forgotten++;
    lane->inboxes[subject->index].count = 0;
    for (struct reading *reading = world->readings; reading; reading = reading->next)
        if (reading->lane == lane && reading->stream->subject == subject)
            reading->position = 0;
    note = world_note(world, lane->info->service, "forgets what it has heard, and hears it again", NULL);
    note->key = subject->key;
}
