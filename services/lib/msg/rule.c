/* rule.c - finding the rule, running it, and collecting what it said. */
#include "msg/rule.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

const struct rule *rules_find(const struct rules *rules, int32_t state, enum msg_type hears)
{
    for (size_t i = 0; i < rules->rule_count; i++)
        if (rules->table[i].state == state && rules->table[i].hears == hears)
            return &rules->table[i];
    return NULL;
}

bool rules_hear(const struct rules *rules, enum msg_type type)
{
    for (size_t i = 0; i < rules->rule_count; i++)
        if (rules->table[i].hears == type)
            return true;
    return false;
}

const struct adoption *rules_adoption(const struct rules *rules, enum msg_type said)
{
    for (size_t i = 0; i < rules->adoption_count; i++)
        if (rules->adoptions[i].said == said)
            return &rules->adoptions[i];
    return NULL;
}

struct id reminder_id(const struct id *cause, enum msg_type deadline, struct str key, int64_t due_ms)
{
    char name[160];
    int len = snprintf(name, sizeof(name), "%s|%" PRId64 "|" STR_FMT, msg_type_name(deadline), due_ms, STR_ARG(key));

    return id_named(cause, (struct str){name, len < (int)sizeof(name) ? (size_t)len : sizeof(name) - 1});
}

void step_init(struct step *step, struct arena *arena, const void *memory, const void *settings)
{
    *step = (struct step){.arena = arena, .memory = memory, .settings = settings};
    step->said_tail = &step->said;
    step->asked_tail = &step->asked;
    step->reminders_tail = &step->reminders;
}

void step_turn_to(struct step *step, const struct msg *heard)
{
    step->heard = heard;
    step->now_ms = heard->time_ms;
    step->count = 0;
    step->asked_before = 0;
}

enum status step_hear(struct step *step, const struct rules *rules, const struct msg *heard, struct row *row,
                      const struct rule **ran, struct err *err)
{
    const struct rule *rule = rules_find(rules, row->state, heard->type);

    if (ran)
        *ran = rule;
    if (!rule)
        return err_set(err, ST_REJECT, "%s has no rule for %s in state %s", rules->name, msg_type_name(heard->type),
                       row->state >= 0 && (size_t)row->state < rules->state_count ? rules->states[row->state] : "?");
    step_turn_to(step, heard);
    if (rule->then) {
        rule->then(step, row);
        row->changed = true;
    }
    return ST_OK;
}

enum { SAID_AT_ONCE_MAX = 64 };

/* The id of what is said as the count-th of its step. */
static struct id said_id(const struct id *heard, enum msg_type type, unsigned count)
{
    char name[96];
    int len = snprintf(name, sizeof(name), "%s:%u", msg_type_name(type), count);

    return id_named(heard, (struct str){name, (size_t)len});
}

enum status step_adopt(struct step *step, const struct rules *rules, const struct msg *said, struct row *row,
                       struct err *err)
{
    const struct adoption *adoption = rules_adoption(rules, said->type);
    struct msg *heard = arena_new(step->arena, struct msg);
    struct id id;

    if (!adoption)
        return err_set(err, ST_REJECT, "%s does not know what became of its %s", rules->name,
                       msg_type_name(said->type));
    *heard = *said;
    heard->id = said->causation;
    heard->time_ms = said->said_ms;
    step->heard = heard;
    step->now_ms = heard->time_ms;
    step->count = 0;
    step->asked_before = 0;
    do
        id = said_id(&heard->id, said->type, step->count++);
    while (!id_equal(&id, &said->id) && step->count < SAID_AT_ONCE_MAX);
    if (adoption->then) {
        adoption->then(step, row);
        row->changed = true;
    }
    return ST_OK;
}

/* The same trace, with a span that follows from the message's own id. */
static struct str follow_trace(struct step *step, const struct id *id)
{
    struct str parent = step->heard->traceparent;
    char span[ID_TEXT_LEN + 1];
    struct str trace;

    if (parent.len != MSG_TRACEPARENT_LEN)
        return (struct str){0};
    trace = arena_copy(step->arena, parent);
    for (size_t i = 0; i < 8; i++)
        snprintf(span + 2 * i, 3, "%02x", id->bytes[i]);
    memcpy((char *)(uintptr_t)trace.ptr + 36, span, 16);
    return trace;
}

static struct said *collect(struct step *step, enum msg_type type, const void *body)
{
    struct said *said = arena_new(step->arena, struct said);

    said->type = type;
    said->key = arena_copy(step->arena, msg_key(type, body));
    said->value = msg_encode(type, body, step->arena);
    said->id = said_id(&step->heard->id, type, step->count++);
    said->correlation = step->heard->correlation;
    said->causation = step->heard->id;
    said->traceparent = follow_trace(step, &said->id);
    said->time_ms = step->now_ms;
    return said;
}

void step_say(struct step *step, enum msg_type type, const void *body)
{
    struct said *said = collect(step, type, body);

    *step->said_tail = said;
    step->said_tail = &said->next;
}

void step_ask(struct step *step, enum msg_type type, const void *body)
{
    struct said *asked = collect(step, type, body);

    asked->before = step->asked_before;
    *step->asked_tail = asked;
    step->asked_tail = &asked->next;
}

void step_asked_before(struct step *step, int32_t times)
{
    step->asked_before = times;
}

static void add_reminder(struct step *step, enum msg_type deadline, struct str key, int64_t due_ms, bool patient)
{
    struct reminder *reminder = arena_new(step->arena, struct reminder);

    *reminder = (struct reminder){.type = deadline,
                                  .key = arena_copy(step->arena, key),
                                  .due_ms = due_ms,
                                  .patient = patient,
                                  .cause = step->heard};
    *step->reminders_tail = reminder;
    step->reminders_tail = &reminder->next;
}

void step_remind(struct step *step, enum msg_type deadline, struct str key, int64_t due_ms)
{
    add_reminder(step, deadline, key, due_ms, true);
}

void step_remind_soon(struct step *step, enum msg_type deadline, struct str key, int64_t due_ms)
{
    add_reminder(step, deadline, key, due_ms, false);
}

void step_forget(struct step *step, enum msg_type deadline, struct str key)
{
    add_reminder(step, deadline, key, INT64_MIN, false);
}

void *step_shared(struct step *step, struct str key)
{
    void *row = step->shared ? step->shared(step->shared_context, key) : NULL;

    if (!row) {
        fprintf(stderr, "step_shared: row " STR_FMT " was not announced by shared_keys\n", STR_ARG(key));
        abort();
    }
    return row;
}
