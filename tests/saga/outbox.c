/* outbox.c - between the commit and the log: what is produced late, and what is produced again. */
#include "tests/saga/world.h"

enum { KEPT_PERCENT = 30 };

void outbox_put(struct world *world, struct service *service, const char *who, const struct said *said)
{
    struct outgoing *outgoing = arena_new(&world->arena, struct outgoing);

    *outgoing = (struct outgoing){
        .service = service, .said = *said, .who = who, .weight = world_chance(world, 25) ? 1 : 24};
    outgoing->said.next = NULL;
    outgoing->said.key = arena_copy(&world->arena, said->key);
    outgoing->said.value = arena_copy(&world->arena, said->value);
    *world->outbox_tail = outgoing;
    world->outbox_tail = &outgoing->next;
}

static bool same_stream(const struct said *a, const struct said *b)
{
    return topic_of(a->type) == topic_of(b->type) && str_equal(a->key, b->key);
}

bool outbox_may_produce(const struct world *world, const struct outgoing *outgoing)
{
    if (outgoing->produced)
        return false;
    for (const struct outgoing *before = world->outbox; before != outgoing; before = before->next)
        if (!before->produced && before->service == outgoing->service && same_stream(&before->said, &outgoing->said))
            return false;
    return true;
}

static void drop(struct world *world, struct outgoing *outgoing)
{
    struct outgoing **at = &world->outbox;

    while (*at != outgoing)
        at = &(*at)->next;
    *at = outgoing->next;
    if (!*at)
        world->outbox_tail = at;
}

void outbox_produce(struct outgoing *outgoing, struct world *world)
{
    log_append(world, outgoing->service, outgoing->who, &outgoing->said);
    outgoing->produced = true;
    if (!outgoing->service || world->calm || !world_chance(world, KEPT_PERCENT))
        drop(world, outgoing);
}

void outbox_again(struct world *world, const struct service *service)
{
    for (struct outgoing *outgoing = world->outbox; outgoing; outgoing = outgoing->next)
        if (outgoing->service == service)
            outgoing->produced = world->loses_outboxes;
}
