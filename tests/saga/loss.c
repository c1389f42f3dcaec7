/* loss.c - a service loses its database and makes it again: it takes over what it has said, then hears the others anew.
 *
 * At the end of a story nothing is open, so what comes of it must be what was there before, but for what is said to pass;
 * nobody may be asked, and nothing said. Commands may have expired by then. */
#include <stdlib.h>

#include "services/checkout/checkout.h"
#include "services/payment/payment.h"
#include "tests/saga/inside.h"

enum { WEEK_AND_A_DAY_MS = 8 * 24 * 3600 * 1000 };

bool loss_is_behind(const struct world *world, struct service *service)
{
    for (const struct reading *reading = world->readings; service->rebuilding && reading; reading = reading->next)
        if (reading->lane && reading->lane->service == service && reading->position < reading->stream->count)
            return true;
    return service->rebuilding = false;
}

static bool said_before(const struct stream *stream, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (id_equal(&stream->records[i].said.id, &stream->records[at].said.id))
            return true;
    return false;
}

static bool is_own(const struct lane *lane, const struct stream *stream)
{
    return stream && topic_kind(stream->topic) == lane->rules->kind && stream->count > 0 &&
           rules_adoption(lane->rules, stream->records[0].said.type);
}

static void drop_everything(struct world *world, struct service *service)
{
    for (struct deadline *deadline = world->deadlines, *next; deadline; deadline = next) {
        next = deadline->next;
        if (deadline->lane->service == service)
            deadline_drop(world, deadline);
    }
    for (size_t i = 0; i < world->lane_count; i++) {
        struct lane *lane = &world->lanes[i];

        if (lane->service != service)
            continue;
        memset(lane->rows->rows, 0, sizeof(lane->rows->rows));
        memset(lane->inboxes, 0, sizeof(lane->inboxes));
    }
}

static void fold(struct world *world, struct service *service)
{
    for (size_t i = 0; i < world->lane_count; i++)
        for (size_t at = 0; world->lanes[i].service == service && at < world->subject_count; at++)
            for (size_t topic = 0; topic < TOPIC_COUNT; topic++) {
                const struct stream *stream = log_stream(world, (enum topic)topic, &world->subjects[at]);

                for (size_t r = 0; is_own(&world->lanes[i], stream) && r < stream->count; r++)
                    if (!said_before(stream, r))
                        step_take_over(&world->lanes[i], &world->subjects[at], &stream->records[r]);
            }
}

static void hear_again(struct world *world, const struct service *service)
{
    for (struct reading *reading = world->readings; reading; reading = reading->next) {
        const struct topic_info *info = topic_info(reading->stream->topic);

        if (!reading->lane || reading->lane->service != service)
            continue;
        reading->position = 0;
        while (reading->position < reading->stream->count && info->retention_ms != TOPIC_FOR_EVER && !info->compacted &&
               reading->stream->records[reading->position].time_ms < world->now_ms - info->retention_ms)
            reading->position++;
    }
}

/* By this service: the others' deadlines ring meanwhile. */
static size_t count_said(struct world *world, const struct service *service)
{
    size_t count = 0;

    for (size_t i = 0; i < world->lane_count; i++)
        for (size_t at = 0; world->lanes[i].service == service && at < world->subject_count; at++)
            for (size_t topic = 0; topic < TOPIC_COUNT; topic++) {
                const struct stream *stream = log_stream(world, (enum topic)topic, &world->subjects[at]);

                for (size_t r = 0; stream && r < stream->count; r++)
                    count += rules_adoption(world->lanes[i].rules, stream->records[r].said.type) != NULL;
            }
    return count;
}

/* What was made by commands alone may expire with them: a cancellation before its order, a card without one. */
static bool may_expire(const struct lane *lane, struct str packed, struct arena *arena)
{
    const struct row *row = row_unpack(lane->rows->table, (struct str){0}, packed, arena);
    const struct payment *payment = (const struct payment *)(const void *)row;

    if (lane->info->rules == &checkout_rules)
        return row->state == CHECKOUT_UNWANTED;
    return lane->info->rules == &payment_rules && row->state == PAYMENT_COLLECTING && !payment->placed &&
           !payment->reserved;
}

static void compare(struct world *world, const struct lane *lane, const struct str *before)
{
    for (size_t i = 0; i < world->subject_count; i++) {
        const struct subject *subject = &world->subjects[i];
        const char *difference;

        if (subject->kind != lane->rules->kind || may_expire(lane, before[i], &world->arena))
            continue;
        difference = row_difference(lane->rows->table, before[i], lane->rows->rows[i], &world->arena);
        if (difference)
            world_wrong(world, subject->key, "%s lost its database, and made another row of it: %s", lane->rules->name,
                        difference);
    }
}

static void lose(struct world *world, struct service *service)
{
    struct str before[WORLD_LANES][WORLD_SUBJECTS];
    size_t said = count_said(world, service);

    for (size_t i = 0; i < world->lane_count; i++)
        memcpy(before[i], world->lanes[i].rows->rows, sizeof(before[i]));
    world_note(world, service->name, "loses its database", NULL);
    drop_everything(world, service);
    service->rebuilding = true;
    fold(world, service);
    hear_again(world, service);
    world_run(world);
    for (size_t i = 0; i < world->lane_count; i++)
        if (world->lanes[i].service == service)
            compare(world, &world->lanes[i], before[i]);
    if (count_said(world, service) != said)
        world_wrong(world, (struct str){0}, "%s lost its database, and said something new", service->name);
}

void loss_of_each(struct world *world)
{
    if (world->seed % 2 == 0)
        world->now_ms += WEEK_AND_A_DAY_MS;
    world->timeless = true; /* a cart that expires meanwhile is another one, and rightly so */
    for (size_t i = 0; i < world->service_count && world->wrong.len == 0; i++)
        lose(world, &world->services[i]);
}
