/* hearing.c - from records and local messages to rules: what each is, who hears it, what they say. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/counters.h"
#include "run/decode.h"
#include "run/engine.h"
#include "run/headers.h"
#include "run/schemas.h"

enum { LINES_A_SECOND = 50 };

/* The lane that hears a type: the first, and by construction the only one. */
static bool find_lane(const struct service *service, enum msg_type type, size_t *lane)
{
    for (*lane = 0; *lane < service->lane_count; ++*lane)
        if (rules_hear(service->lanes[*lane].rules, type))
            return true;
    *lane = 0;
    return false;
}

static void judge(struct heard *heard, enum fate fate, const char *reason)
{
    heard->fate = fate;
    heard->reason = reason;
}

static const char *keep(struct turn *turn, const char *text)
{
    return arena_copy(&turn->arena, str_of(text)).ptr;
}

static enum status decode_heard(struct turn *turn, struct heard *heard)
{
    struct err err = {{0}};
    int32_t schema_id = -1;
    enum status status = decode_record(turn->plans, heard->record, &turn->arena, &heard->msg, &schema_id, &err);

    if (status == ST_RETRY && schemas_given_up(turn->run, schema_id)) {
        judge(heard, FATE_PARK, "its schema is in no registry that this service reaches");
        return ST_OK;
    }
    if (status == ST_RETRY) {
        turn->unknown_schema = schema_id;
        return status;
    }
    if (status == ST_REJECT) {
        heard->msg.id = headers_coordinates_id(heard->record);
        judge(heard, FATE_DEAD, keep(turn, err.text));
    } else if (heard->msg.type == MSG_UNKNOWN) {
        judge(heard, FATE_PARK, "this version of the service does not know its type");
    }
    return ST_OK;
}

/* It was decoded once, when it was read; but nothing that a table holds is worth an abort. */
static void decode_parked(struct turn *turn, struct heard *heard)
{
    int32_t schema_id;
    struct err err = {{0}};

    if (!msg_is_deadline(heard->msg.type) && msg_decode(turn->plans, heard->local->value, &turn->arena,
                                                        &heard->msg.type, &heard->msg.body, &schema_id, &err) != ST_OK)
        judge(heard, FATE_PARK, keep(turn, err.text));
}

static void read_local(struct turn *turn, struct heard *heard)
{
    const struct local *local = heard->local;

    heard->msg = (struct msg){.type = local->type,
                              .key = local->key,
                              .id = local->id,
                              .correlation = local->correlation,
                              .causation = local->causation,
                              .traceparent = str_of(local->traceparent),
                              .time_ms = local->time_ms,
                              .topic = TOPIC_NONE,
                              .partition = local->claim->part,
                              .offset = -1};
    if (local->parked)
        decode_parked(turn, heard);
    else if (local->value.len)
        heard->msg.body = msg_decode_own(local->type, local->value, &turn->arena);
}

static bool prepare_one(struct turn *turn, struct heard *heard)
{
    char name[160];

    heard->row = NULL;
    judge(heard, FATE_HEAR, NULL);
    if (heard->local)
        read_local(turn, heard);
    else if (decode_heard(turn, heard) == ST_RETRY)
        return false;
    if (heard->fate == FATE_HEAR && !find_lane(turn->run->service, heard->msg.type, &heard->lane))
        judge(heard, FATE_SKIP, NULL);
    if (heard->refusal)
        judge(heard, FATE_PARK, heard->refusal);
    batch_name(heard, name, sizeof(name));
    if (*heard->claim->suspect && strcmp(name, heard->claim->suspect) == 0)
        judge(heard, FATE_PARK, "the process ended while it was hearing this message");
    turn->touched[heard->claim - turn->run->claims.list] = true;
    return true;
}

bool hearing_prepare(struct turn *turn)
{
    for (size_t i = 0; i < turn->count; i++)
        if (!prepare_one(turn, &turn->list[i]))
            return false;
    return true;
}

/* --- what was seen before ----------------------------------------------------------------------------------------- */

struct id_set {
    struct id *slots;
    size_t size; /* a power of two */
};

static struct id *id_slot(const struct id_set *set, const struct id *id)
{
    size_t at;

    memcpy(&at, id->bytes, sizeof(at));
    for (at &= set->size - 1; !id_is_zero(&set->slots[at]) && !id_equal(&set->slots[at], id);)
        at = (at + 1) & (set->size - 1);
    return &set->slots[at];
}

/* Ids that the inbox took are new; a second message with the same id in the same batch is not. */
static void sort_seen(struct turn *turn, const PGresult *fresh)
{
    struct id_set is_new = {.size = 64}, met = {.size = 64};

    while (is_new.size < 3 * turn->count)
        is_new.size *= 2;
    met.size = is_new.size;
    is_new.slots = arena_array(&turn->arena, is_new.size, sizeof(struct id));
    met.slots = arena_array(&turn->arena, met.size, sizeof(struct id));
    for (int row = 0; row < PQntuples(fresh); row++) {
        struct id id = result_id(fresh, row, 0);

        *id_slot(&is_new, &id) = id;
    }
    for (size_t i = 0; i < turn->count; i++) {
        struct heard *heard = &turn->list[i];
        struct id *slot = id_slot(&met, &heard->msg.id);

        if (heard->fate != FATE_HEAR)
            continue;
        if (id_is_zero(id_slot(&is_new, &heard->msg.id)) || !id_is_zero(slot))
            judge(heard, FATE_SEEN, NULL);
        *slot = heard->msg.id;
    }
}

void hearing_sort(struct turn *turn, PGresult *const *answers)
{
    if (turn->inbox_answer >= 0)
        sort_seen(turn, answers[turn->inbox_answer]);
    for (size_t i = 0; turn->taken_answer >= 0 && i < turn->count; i++) {
        struct heard *heard = &turn->list[i];

        if (heard->local && !heard->local->parked && msg_is_deadline(heard->msg.type) && heard->fate != FATE_SKIP &&
            !deadlines_taken(answers[turn->taken_answer], heard->local))
            judge(heard, FATE_SEEN, NULL);
    }
    if (turn->parked_answer >= 0)
        parking_apply(turn, answers[turn->parked_answer]);
}

/* --- rules -------------------------------------------------------------------------------------------------------- */

static void log_rule(const struct heard *heard, const struct rules *rules, int32_t state, const struct rule *rule)
{
    static int64_t second;
    static int lines;
    int64_t now = clock_steady_us() / 1000000;
    const struct msg *msg = &heard->msg;
    char id[ID_TEXT_LEN + 1];
    struct log_context where = {.topic = str_of(msg->topic == TOPIC_NONE ? NULL : topic_name(msg->topic)),
                                .key = msg->key,
                                .partition = msg->partition,
                                .offset = msg->offset};

    if (now != second) {
        second = now;
        lines = 0;
    }
    if (log_threshold() > LOG_INFO || (lines++ >= LINES_A_SECOND && log_threshold() > LOG_DEBUG))
        return;
    if (msg->traceparent.len)
        where.trace_id = (struct str){msg->traceparent.ptr + 3, 32};
    id_write(&msg->id, id);
    where.message_id = str_of(id);
    log_at(lines <= LINES_A_SECOND ? LOG_INFO : LOG_DEBUG, &where, "%s in %s: %s", msg_type_name(msg->type),
           state >= 0 && (size_t)state < rules->state_count ? rules->states[state] : "?", rule->because);
}

/* A deadline that an earlier message of the same batch has moved or taken back. */
static bool overtaken(const struct turn *turn, const struct heard *heard)
{
    if (!heard->local || !msg_is_deadline(heard->msg.type))
        return false;
    for (const struct reminder *reminder = turn->step.reminders; reminder; reminder = reminder->next)
        if (reminder->type == heard->msg.type && str_equal(reminder->key, heard->msg.key))
            return true;
    return false;
}

/* What the rule just said goes to the outbox under the claim of what it heard. */
static void collect(struct turn *turn, const struct heard *heard, struct said **said, struct said **ask)
{
    for (; *said; said = &(*said)->next) {
        counters_said((*said)->type);
        turn_say(turn, heard, &(*said)->id, topic_name(topic_of((*said)->type)), (*said)->key, (*said)->value,
                 said_headers(*said, turn->run->service->name, &turn->arena));
    }
    for (; *ask; ask = &(*ask)->next) {
        struct asked *asked = arena_new(&turn->arena, struct asked);

        *asked = (struct asked){.ask = *ask, .heard = heard};
        *turn->asked_tail = asked;
        turn->asked_tail = &asked->next;
    }
}

static void hear_one(struct turn *turn, struct heard *heard)
{
    const struct rules *rules = turn->run->service->lanes[heard->lane].rules;
    struct said **said = turn->step.said_tail, **ask = turn->step.asked_tail;
    const struct rule *rule;
    struct err err = {{0}};
    int32_t state;

    heard->row = rowset_row(&turn->own[heard->lane]->set, heard->msg.key);
    state = heard->row->state;
    turn->step.shared_context = turn->shared[heard->lane];
    if (step_hear(&turn->step, rules, &heard->msg, heard->row, &rule, &err) != ST_OK) {
        judge(heard, FATE_PARK, keep(turn, err.text));
        return;
    }
    log_rule(heard, rules, state, rule);
    collect(turn, heard, said, ask);
}

/* Where order matters, what stands behind a message that was just parked is parked too. */
static bool behind_parked(const struct turn *turn, const struct heard *heard)
{
    if (!parking_keeps_order(turn, heard))
        return false;
    for (const struct heard *earlier = turn->list; earlier < heard; earlier++)
        if (earlier->fate == FATE_PARK && parking_keeps_order(turn, earlier) &&
            str_equal(earlier->msg.key, heard->msg.key))
            return true;
    return false;
}

void *hearing_shared(void *context, struct str key)
{
    struct table_use *use = context;

    return use ? rowset_row(&use->set, key) : NULL;
}

void hearing_run(struct turn *turn)
{
    bool parked = false;

    for (size_t i = 0; i < turn->count; i++) {
        struct heard *heard = &turn->list[i];

        if (heard->fate == FATE_HEAR && parked && behind_parked(turn, heard))
            judge(heard, FATE_PARK, "a message before it is parked, and their order matters");
        if (heard->fate == FATE_HEAR && overtaken(turn, heard))
            judge(heard, FATE_SEEN, NULL);
        if (heard->fate == FATE_HEAR) {
            CRASH_POINT("step-rule", "a rule has heard a message, and nothing is saved");
            hear_one(turn, heard);
        }
        parked = parked || heard->fate == FATE_PARK;
    }
}
