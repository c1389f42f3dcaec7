/* rehearsal.c - rows, deadlines and an outbox in memory, around the step that the services run. */
#include "tests/rehearsal/rehearsal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/rehearsal/inside.h"

struct kept_row {
    struct kept_row *next;
    struct row *row;
};

struct key_list {
    struct key_list *next;
    struct str key;
    struct arena *arena;
};

/* The runtime's own, where that is linked. */
__attribute__((weak)) void key_list_add(struct key_list *keys, struct str key);

__attribute__((weak)) void key_list_add(struct key_list *keys, struct str key)
{
    struct key_list *item = arena_new(keys->arena, struct key_list);

    *item = (struct key_list){.next = keys->next, .key = arena_copy(keys->arena, key)};
    keys->next = item;
}

void rehearsal_init(struct rehearsal *r, const struct rules *rules, const void *memory, const void *settings)
{
    *r = (struct rehearsal){.rules = rules, .memory = memory, .settings = settings};
    arena_init(&r->arena);
    rehearsal_clear(r);
}

void rehearsal_release(struct rehearsal *r)
{
    arena_release(&r->arena);
}

void rehearsal_clear(struct rehearsal *r)
{
    arena_clear(&r->arena);
    r->said = r->asked = NULL;
    r->said_tail = &r->said;
    r->asked_tail = &r->asked;
    r->rows = r->shared_rows = NULL;
    r->reminders = NULL;
    r->heard_count = r->later_count = 0;
    r->now_ms = REHEARSAL_START_MS;
    r->next_offset = 0;
    r->next_name = 0;
}

static struct row *find_row(const struct kept_row *kept, struct str key)
{
    for (; kept; kept = kept->next)
        if (str_equal(kept->row->key, key))
            return kept->row;
    return NULL;
}

static struct row *keep_row(struct rehearsal *r, struct kept_row **kept, struct str key, size_t size)
{
    struct kept_row *item = arena_new(&r->arena, struct kept_row);

    item->row = arena_alloc(&r->arena, size);
    item->row->key = arena_copy(&r->arena, key);
    item->next = *kept;
    *kept = item;
    return item->row;
}

void *rehearsal_shared(struct rehearsal *r, struct str key)
{
    struct row *row = find_row(r->shared_rows, key);

    if (row)
        return row;
    row = keep_row(r, &r->shared_rows, key, r->shared_size);
    if (r->shared_fresh)
        r->shared_fresh(row);
    return row;
}

/* What step_shared asks: only rows that were announced for this message. */
static void *lend_shared(void *context, struct str key)
{
    struct rehearsal *r = context;

    if (r->shared_keys) {
        const struct key_list *item = r->announced->next;

        while (item && !str_equal(item->key, key))
            item = item->next;
        if (!item)
            return NULL;
    }
    return rehearsal_shared(r, key);
}

struct msg *rehearsal_message(struct rehearsal *r, const struct play *play)
{
    static const char parent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    struct msg *msg = arena_new(&r->arena, struct msg);
    struct id space = {.bytes = "rehearsal of it"};
    struct str name;

    if (play->name)
        name = arena_printf(&r->arena, "%s:%s", msg_type_name(play->type), play->name);
    else
        name = arena_printf(&r->arena, "%s:#%u", msg_type_name(play->type), r->next_name++);
    *msg = (struct msg){.type = play->type,
                        .id = id_named(&space, name),
                        .traceparent = {parent, MSG_TRACEPARENT_LEN},
                        .time_ms = play->time_ms ? play->time_ms : r->now_ms,
                        .offset = r->next_offset++};
    if (play->body)
        msg->body = msg_decode_own(play->type, msg_encode(play->type, play->body, &r->arena), &r->arena);
    msg->key = arena_copy(&r->arena, play->key.len || !msg->body ? play->key : msg_key(play->type, msg->body));
    msg->correlation = msg->causation = msg->id;
    return msg;
}

/* Appends what is new; the same id must have the same bytes. */
static void collect(struct said *news, struct said ***tail, struct said *all)
{
    for (struct said *next; news; news = next) {
        const struct said *old = all;

        next = news->next;
        while (old && !id_equal(&old->id, &news->id))
            old = old->next;
        if (old && (old->type != news->type || !str_equal(old->value, news->value)))
            fail_msg("%s was said twice from one message, with different content", msg_type_name(news->type));
        if (old)
            continue;
        news->next = NULL;
        **tail = news;
        *tail = &news->next;
        all = all ? all : news;
    }
}

static void remember_reminders(struct rehearsal *r, const struct reminder *news)
{
    for (; news; news = news->next) {
        struct kept_reminder *kept = r->reminders;

        while (kept && (kept->type != news->type || !str_equal(kept->key, news->key)))
            kept = kept->next;
        if (!kept) {
            kept = arena_new(&r->arena, struct kept_reminder);
            *kept = (struct kept_reminder){.next = r->reminders, .type = news->type, .key = news->key};
            r->reminders = kept;
        }
        kept->due_ms = news->due_ms;
    }
}

static void tell_edge(struct rehearsal *r, const struct said *asked)
{
    for (; asked && r->answer; asked = asked->next)
        r->answer(r, asked, msg_decode_own(asked->type, asked->value, &r->arena));
}

static bool heard_before(struct rehearsal *r, const struct id *id)
{
    for (size_t i = 0; i < r->heard_count; i++)
        if (id_equal(&r->heard_ids[i], id))
            return true;
    assert_true(r->heard_count < REHEARSAL_HEARD);
    r->heard_ids[r->heard_count++] = *id;
    return false;
}

void rehearsal_deliver(struct rehearsal *r, const struct msg *msg)
{
    struct row *row = find_row(r->rows, msg->key);
    const struct rule *rule;
    struct step step;
    struct err err;

    if (heard_before(r, &msg->id) && r->drops_repeats)
        return;
    if (!row)
        row = keep_row(r, &r->rows, msg->key, r->rules->row_size);
    step_init(&step, &r->arena, r->memory, r->settings);
    step.shared = r->shared_size ? lend_shared : NULL;
    step.shared_context = r;
    r->announced = arena_new(&r->arena, struct key_list);
    r->announced->arena = &r->arena;
    if (r->shared_keys)
        r->shared_keys(msg, row, r->announced);
    if (step_hear(&step, r->rules, msg, row, &rule, &err) != ST_OK)
        fail_msg("%s", err.text);
    rehearsal_note(r->rules, rule, row->state, &step);
    remember_reminders(r, step.reminders);
    tell_edge(r, step.asked);
    collect(step.said, &r->said_tail, r->said);
    collect(step.asked, &r->asked_tail, r->asked);
}

static void adopt(struct rehearsal *r, const struct said *said)
{
    struct row *row = find_row(r->rows, said->key);
    struct msg msg = {.type = said->type,
                      .id = said->id,
                      .key = said->key,
                      .correlation = said->correlation,
                      .causation = said->causation,
                      .traceparent = said->traceparent,
                      .time_ms = said->time_ms,
                      .said_ms = said->time_ms,
                      .body = msg_decode_own(said->type, said->value, &r->arena)};
    struct step step;
    struct err err;

    if (!row)
        row = keep_row(r, &r->rows, said->key, r->rules->row_size);
    step_init(&step, &r->arena, r->memory, r->settings);
    if (step_adopt(&step, r->rules, &msg, row, &err) != ST_OK)
        fail_msg("%s", err.text);
    remember_reminders(r, step.reminders);
}

void rehearsal_fold(struct rehearsal *r)
{
    r->rows = NULL;
    r->reminders = NULL;
    for (int life = 0; life < 2; life++)
        for (const struct said *said = r->said; said; said = said->next)
            adopt(r, said);
}

void rehearsal_play(struct rehearsal *r, const struct play *play)
{
    rehearsal_deliver(r, rehearsal_message(r, play));
}

void rehearsal_hear(struct rehearsal *r, enum msg_type type, const void *body, const char *name)
{
    rehearsal_play(r, &(struct play){.type = type, .body = body, .name = name});
}

void rehearsal_later(struct rehearsal *r, const struct play *play)
{
    assert_true(r->later_count < REHEARSAL_PILE);
    r->later[r->later_count++] = rehearsal_message(r, play);
}

void rehearsal_settle(struct rehearsal *r)
{
    while (r->later_count > 0) {
        const struct msg *msg = r->later[0];

        memmove(r->later, r->later + 1, --r->later_count * sizeof(r->later[0]));
        rehearsal_deliver(r, msg);
    }
}

struct msg *rehearsal_ringing(struct rehearsal *r, struct kept_reminder *kept)
{
    char name[ID_TEXT_LEN + 64];
    struct play play = {.type = kept->type, .key = kept->key, .name = name, .time_ms = kept->due_ms};

    snprintf(name, sizeof(name), STR_FMT "@%lld", STR_ARG(kept->key), (long long)kept->due_ms);
    kept->due_ms = INT64_MIN;
    kept->rung++;
    return rehearsal_message(r, &play);
}

void rehearsal_ring(struct rehearsal *r, enum msg_type deadline, struct str key)
{
    for (struct kept_reminder *kept = r->reminders; kept; kept = kept->next)
        if (kept->type == deadline && str_equal(kept->key, key) && kept->due_ms != INT64_MIN) {
            if (kept->due_ms > r->now_ms)
                r->now_ms = kept->due_ms;
            rehearsal_deliver(r, rehearsal_ringing(r, kept));
            return;
        }
    fail_msg("%s is not set for " STR_FMT, msg_type_name(deadline), STR_ARG(key));
}

int64_t rehearsal_due(const struct rehearsal *r, enum msg_type deadline, struct str key)
{
    for (const struct kept_reminder *kept = r->reminders; kept; kept = kept->next)
        if (kept->type == deadline && str_equal(kept->key, key))
            return kept->due_ms;
    return INT64_MIN;
}

const void *rehearsal_row(const struct rehearsal *r, struct str key)
{
    return find_row(r->rows, key);
}

int32_t rehearsal_state(const struct rehearsal *r, struct str key)
{
    const struct row *row = find_row(r->rows, key);

    return row ? row->state : 0;
}

static size_t count_type(const struct said *said, enum msg_type type)
{
    size_t count = 0;

    for (; said; said = said->next)
        count += said->type == type;
    return count;
}

static const void *last_body(struct rehearsal *r, const struct said *said, enum msg_type type)
{
    const struct said *last = NULL;

    for (; said; said = said->next)
        if (said->type == type)
            last = said;
    return last ? msg_decode_own(type, last->value, &r->arena) : NULL;
}

size_t rehearsal_said(const struct rehearsal *r, enum msg_type type)
{
    return count_type(r->said, type);
}

size_t rehearsal_asked(const struct rehearsal *r, enum msg_type type)
{
    return count_type(r->asked, type);
}

const void *rehearsal_last(struct rehearsal *r, enum msg_type type)
{
    return last_body(r, r->said, type);
}

const void *rehearsal_last_asked(struct rehearsal *r, enum msg_type type)
{
    return last_body(r, r->asked, type);
}

static int compare_lines(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

struct str rehearsal_outcome(struct rehearsal *r)
{
    struct str lines[REHEARSAL_HEARD], text = {0};
    size_t count = 0;

    for (const struct kept_row *kept = r->rows; kept && count < REHEARSAL_HEARD; kept = kept->next)
        lines[count++] = arena_printf(&r->arena, "row " STR_FMT " %s", STR_ARG(kept->row->key),
                                      r->rules->states[kept->row->state]);
    for (const struct said *said = r->said; said && count < REHEARSAL_HEARD; said = said->next) {
        const void *body = msg_decode_own(said->type, said->value, &r->arena);
        struct str json = msg_json(said->type, body, &r->arena);

        lines[count++] = arena_printf(&r->arena, "%s " STR_FMT, msg_type_name(said->type), STR_ARG(json));
    }
    assert_true(count < REHEARSAL_HEARD);
    qsort(lines, count, sizeof(lines[0]), compare_lines);
    for (size_t i = 0; i < count; i++)
        text = arena_printf(&r->arena, STR_FMT STR_FMT "\n", STR_ARG(text), STR_ARG(lines[i]));
    return text;
}
