/* hearing.c - from records and local messages to rules: what each is, who hears it, what they say. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "msg/say.h"
#include "run/counters.h"
#include "run/decode.h"
#include "run/engine.h"
#include "run/headers.h"
#include "run/idset.h"
#include "run/replay.h"
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

/* What is not of the log was decoded once, when it was read; but nothing that a table holds is worth an abort. */
static enum status decode_heard(struct turn *turn, struct heard *heard)
{
    struct err err = {{0}};
    int32_t schema_id = -1;
    enum status status = heard->local
                             ? decode_body(turn->plans, heard->local->value, &turn->arena, &heard->msg, &schema_id,
                                           &err)
                             : decode_record(turn->plans, heard->record, &turn->arena, &heard->msg, &schema_id, &err);

    if (status == ST_RETRY && schemas_given_up(turn->run, schema_id)) {
        judge(heard, FATE_PARK, "its schema is in no registry that this service reaches");
        return ST_OK;
    }
    if (status == ST_RETRY) {
        turn->unknown_schema = schema_id;
        return status;
    }
    if (status == ST_REJECT && heard->local) {
        judge(heard, FATE_PARK, keep(turn, err.text));
    } else if (status == ST_REJECT) {
        heard->msg.id = headers_coordinates_id(heard->record);
        judge(heard, FATE_DEAD, keep(turn, err.text));
    } else if (heard->msg.type == MSG_UNKNOWN) {
        judge(heard, FATE_PARK, "this version of the service does not know its type");
    }
    return ST_OK;
}

static enum status read_local(struct turn *turn, struct heard *heard)
{
    const struct local *local = heard->local;

    heard->msg = (struct msg){.type = local->type,
                              .key = local->key,
                              .id = local->id,
                              .correlation = local->correlation,
                              .causation = local->causation,
                              .traceparent = str_of(local->traceparent),
                              .time_ms = local->time_ms,
                              .topic = local->parked ? local->parked->topic : TOPIC_NONE,
                              .partition = local->claim->part,
                              .offset = local->parked ? local->parked->offset : -1};
    if (msg_is_deadline(local->type))
        return ST_OK;
    if (local->parked)
        return decode_heard(turn, heard);
    if (local->value.len)
        heard->msg.body = msg_decode_own(local->type, local->value, &turn->arena);
    return ST_OK;
}

/* Events are told to everybody who hears; a command waits for its answer. */
static bool is_command(enum topic topic)
{
    static const char ending[] = ".commands";
    const char *name = topic == TOPIC_NONE ? "" : topic_name(topic);
    size_t len = strlen(name);

    return len >= sizeof(ending) && strcmp(name + len - (sizeof(ending) - 1), ending) == 0;
}

static void give_up(struct turn *turn, struct heard *heard)
{
    heard->answered = heard->fate == FATE_HEAR && is_command(heard->msg.topic) &&
                      turn->run->service->lanes[heard->lane].refuse != NULL;
    judge(heard, FATE_DROP, heard->local->parked->drop_reason);
}

static bool prepare_one(struct turn *turn, struct heard *heard)
{
    char name[160];

    heard->row = NULL;
    heard->behind = heard->answered = false;
    judge(heard, FATE_HEAR, NULL);
    if ((heard->local ? read_local(turn, heard) : decode_heard(turn, heard)) == ST_RETRY)
        return false;
    if (heard->fate == FATE_HEAR &&
        !(turn->run->claims.folding ? folding_lane : find_lane)(turn->run->service, heard->msg.type, &heard->lane))
        judge(heard, FATE_SKIP, NULL);
    if (heard->local && heard->local->parked && heard->local->parked->drop_reason[0])
        give_up(turn, heard);
    replay_judge(heard);
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

/* Ids that the inbox took are new; a second message with the same id in the same batch is not. What was heard before is not
 * parked either: parking takes the id out of the inbox, and it would be heard twice. */
static void sort_seen(struct turn *turn, const PGresult *fresh)
{
    struct id_set is_new, met;

    id_set_init(&is_new, fresh, turn->count, &turn->arena);
    id_set_init(&met, NULL, turn->count, &turn->arena);
    for (size_t i = 0; i < turn->count; i++) {
        struct heard *heard = &turn->list[i];

        if (heard->fate != FATE_HEAR && heard->fate != FATE_DROP && heard->fate != FATE_PARK)
            continue;
        if (!id_set_has(&is_new, &heard->msg.id) || id_set_has(&met, &heard->msg.id)) {
            heard->answered = false;
            if (heard->fate != FATE_DROP)
                judge(heard, FATE_SEEN, NULL);
        }
        id_set_add(&met, &heard->msg.id);
    }
}

void hearing_sort(struct turn *turn, PGresult *const *answers)
{
    if (turn->run->claims.folding)
        folding_sort(turn, answers);
    else if (turn->inbox_answer >= 0)
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

/* The past is heard again, and nobody outside is to be asked because of it. */
static bool is_fenced(const struct heard *heard)
{
    if (heard->replayed)
        return !heard->stream->replay.effects;
    return heard->local && heard->local->parked && heard->local->parked->fenced;
}

/* What the rule would have asked is not asked, so nothing of what it did may stand: the row would wait for an answer, and
 * its deadline would ask. */
static void undo(struct turn *turn, struct heard *heard, const void *row, const struct step *before)
{
    memcpy(heard->row, row, turn->run->service->lanes[heard->lane].rules->row_size);
    turn->step = *before;
    *turn->step.said_tail = *turn->step.asked_tail = NULL;
    *turn->step.reminders_tail = NULL;
    heard->undone = true;
    counters_fenced();
    log_info("%s is not heard again: it would ask somebody outside", msg_type_name(heard->msg.type));
}

static void hear_one(struct turn *turn, struct heard *heard)
{
    const struct rules *rules = turn->run->service->lanes[heard->lane].rules;
    struct said **said = turn->step.said_tail, **ask = turn->step.asked_tail;
    const struct step before = turn->step;
    const void *row_before = NULL;
    const struct rule *rule = NULL;
    struct err err = {{0}};
    enum status status;
    int32_t state;

    heard->row = rowset_row(&turn->own[heard->lane]->set, heard->msg.key);
    state = heard->row->state;
    turn->step.shared_context = turn->shared[heard->lane];
    if (is_fenced(heard))
        row_before = arena_copy(&turn->arena, (struct str){(const char *)heard->row, rules->row_size}).ptr;
    if (turn->run->claims.folding)
        status = step_adopt(&turn->step, rules, &heard->msg, heard->row, &err);
    else
        status = step_hear(&turn->step, rules, &heard->msg, heard->row, &rule, &err);
    if (status != ST_OK) {
        judge(heard, FATE_PARK, keep(turn, err.text));
        return;
    }
    if (row_before && *ask) {
        undo(turn, heard, row_before, &before);
        return;
    }
    if (rule)
        log_rule(heard, rules, state, rule);
    collect(turn, heard, said, ask);
}

/* Nobody hears it: who waits for its answer is refused, and everybody is told. */
static void drop(struct turn *turn, struct heard *heard)
{
    const struct parked *parked = heard->local->parked;
    struct said **said = turn->step.said_tail, **ask = turn->step.asked_tail;

    step_turn_to(&turn->step, &heard->msg);
    if (heard->answered) {
        heard->row = rowset_row(&turn->own[heard->lane]->set, heard->msg.key);
        turn->run->service->lanes[heard->lane].refuse(&turn->step, heard->row);
        heard->row->changed = true;
    }
    say_message_dropped(
        &turn->step,
        &(struct message_dropped){.reader = str_of(turn->run->service->name),
                                  .message_id = id_text(&heard->msg.id, &turn->arena),
                                  .topic = str_of(parked->topic == TOPIC_NONE ? NULL : topic_name(parked->topic)),
                                  .partition = heard->msg.partition,
                                  .position = parked->offset,
                                  .message_type = str_of(msg_type_name(heard->msg.type)),
                                  .message_key = parking_plain(heard->msg.key, &turn->arena),
                                  .parked_because = str_of(parked->reason),
                                  .dropped_because = str_of(parked->drop_reason),
                                  .dropped_by = str_of(parked->drop_by),
                                  .answered = heard->answered});
    collect(turn, heard, said, ask);
}

/* Where order matters, what stands behind a message that was just parked waits too. */
static bool behind_parked(const struct turn *turn, const struct heard *heard)
{
    if (!parking_keeps_order(heard))
        return false;
    for (const struct heard *earlier = turn->list; earlier < heard; earlier++)
        if ((earlier->fate == FATE_PARK || earlier->fate == FATE_WAIT) && parking_keeps_order(earlier) &&
            earlier->claim->kind == heard->claim->kind && str_equal(earlier->msg.key, heard->msg.key))
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

        if ((heard->fate == FATE_HEAR || heard->fate == FATE_DROP) && parked && behind_parked(turn, heard))
            parking_wait(heard);
        if (heard->fate == FATE_HEAR && overtaken(turn, heard))
            judge(heard, FATE_SEEN, NULL);
        if (heard->fate == FATE_HEAR) {
            CRASH_POINT("step-rule", "a rule has heard a message, and nothing is saved");
            hear_one(turn, heard);
        }
        if (heard->fate == FATE_DROP)
            drop(turn, heard);
        parked = parked || heard->fate == FATE_PARK || heard->fate == FATE_WAIT;
    }
}
