/* why_verdict.c - what an order waits for: the first obstacle on its way, looked for from the worst to the most usual. */
#include <inttypes.h>
#include <string.h>

#include "streams/shopctl/shopctl.h"
#include "streams/shopctl/why.h"

static void note_end(struct why *why)
{
    for (size_t i = 0; i < why->told_count; i++) {
        const struct told *told = &why->told[i];

        if (told->msg.topic == TOPIC_ORDER_EVENTS &&
            (told->msg.type == MSG_ORDER_CONFIRMED || told->msg.type == MSG_ORDER_CANCELLED ||
             told->msg.type == MSG_ORDER_REJECTED))
            why->end = told;
    }
}

static int64_t last_ms(const struct why *why)
{
    for (size_t i = why->told_count; i > 0; i--)
        if (!why->told[i - 1].dead && why->told[i - 1].msg.topic != TOPIC_AUDIT_FINDINGS)
            return why->told[i - 1].msg.time_ms;
    return 0;
}

/* A message that somebody could not take. */
static bool is_parked(struct why *why)
{
    for (size_t i = 0; i < why->witness_count; i++) {
        const struct witness *witness = &why->witnesses[i];

        if (!witness->role || !witness->role->works || PQntuples(witness->parked) == 0)
            continue;
        why->waits_for = arena_printf(&why->arena, "a person: %s has parked %s (%s); shopctl parked show, then redrive",
                                      witness->database->name, PQgetvalue(witness->parked, 0, 1),
                                      PQgetvalue(witness->parked, 0, 2));
        why->since_ms = database_long(witness->parked, 0, 3);
        return true;
    }
    return false;
}

/* A message that somebody who works on the order has not heard. */
static bool is_unheard(struct why *why)
{
    for (size_t i = 0; i < why->told_count; i++)
        for (size_t k = 0; k < why->look.stand_count; k++) {
            const struct told *told = &why->told[i];
            const struct stand *stand = &why->look.stands[k];
            const struct role *role = role_of(stand->reader->name);
            struct str reason;

            if (told->dead || !role || !role->works || stand->topic != told->msg.topic ||
                stand->part != told->msg.partition || stand->position > told->msg.offset)
                continue;
            reason = look_reason(stand->reader, &why->arena);
            why->waits_for = arena_printf(&why->arena, "%s to hear %s: " STR_FMT, role->service,
                                          msg_type_name(told->msg.type), STR_ARG(reason));
            why->since_ms = told->msg.time_ms;
            return true;
        }
    return false;
}

/* Something that was decided, and has not reached Kafka. */
static bool is_unsent(struct why *why)
{
    for (size_t i = 0; i < why->witness_count; i++) {
        const struct witness *witness = &why->witnesses[i];

        if (PQntuples(witness->outbox) == 0)
            continue;
        why->waits_for = arena_printf(&why->arena, "Kafka to take %s, which %s has decided",
                                      PQgetvalue(witness->outbox, 0, 1), witness->database->name);
        why->since_ms = last_ms(why);
        return true;
    }
    return false;
}

/* A database that is away: nobody can say how far its service is. */
static bool is_away(struct why *why)
{
    for (size_t i = 0; i < why->witness_count; i++) {
        const struct witness *witness = &why->witnesses[i];

        if (!witness->role || !witness->role->works || witness->database->link)
            continue;
        why->waits_for = arena_printf(&why->arena, "perhaps %s: its database is away (%s)", witness->database->name,
                                      witness->database->why.text);
        why->since_ms = last_ms(why);
        return true;
    }
    return false;
}

static const struct witness *witness_named(const struct why *why, const char *service)
{
    for (size_t i = 0; i < why->witness_count; i++)
        if (strcmp(why->witnesses[i].database->name, service) == 0)
            return &why->witnesses[i];
    return NULL;
}

/* What a service's state says, in the order of the work. The end is checkout's to say, so it comes last but for mails. */
static bool is_in_a_state(struct why *why)
{
    for (size_t i = 0; i < role_count; i++) {
        const struct witness *witness = witness_named(why, roles[i].service);
        const char *waits = NULL;

        if (witness && witness->state >= 0 && (size_t)witness->state < roles[i].state_count)
            waits = roles[i].states[witness->state].waits;
        if (!waits)
            continue;
        why->waits_for = str_of(waits);
        why->since_ms = last_ms(why);
        return true;
    }
    return false;
}

/* The deadline that rings first, of those who work on it; before its end that is how it would end. */
static void find_next(struct why *why)
{
    for (size_t i = 0; i < why->witness_count; i++) {
        const struct witness *witness = &why->witnesses[i];

        if (witness->role && !witness->role->works)
            continue;
        for (int row = 0; row < PQntuples(witness->deadlines); row++) {
            int64_t due_ms = database_long(witness->deadlines, row, 1);
            struct str type = database_text(witness->deadlines, row, 0);

            if (why->due_ms && why->due_ms <= due_ms)
                continue;
            why->due_ms = due_ms;
            why->next = arena_printf(&why->arena, STR_FMT " of %s: %s", STR_ARG(type), witness->database->name,
                                     why_outcome(type));
        }
    }
}

/* Checkout's own deadline is in what it said: known even when its database is away. */
static void find_last(struct why *why)
{
    for (size_t i = 0; i < why->told_count && !why->end; i++)
        if (why->told[i].msg.type == MSG_ORDER_PLACED)
            why->gives_up_ms = ((const struct order_placed *)why->told[i].msg.body)->deadline_ms;
    if (why->gives_up_ms && !why->due_ms) {
        why->due_ms = why->gives_up_ms;
        why->next = arena_printf(&why->arena, "OrderOverdue of checkout: %s", why_outcome(STR("OrderOverdue")));
    }
}

void why_judge(struct why *why)
{
    note_end(why);
    if (!is_parked(why) && !is_unheard(why) && !is_unsent(why) && !is_in_a_state(why) && !why->end)
        (void)is_away(why);
    find_next(why);
    find_last(why);
}
