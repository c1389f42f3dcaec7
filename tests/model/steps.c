/* steps.c - a step and an ask, worked out once by the simulator's code and remembered by number. */
#include <stdio.h>
#include <stdlib.h>

#include "services/catalog/catalog.h"
#include "tests/model/model.h"
#include "tests/saga/inside.h"

enum { PLENTY = 1000000 };

/* The model whose step runs: the simulator's functions below are told the world only. */
static struct model *current;

/* --- lists of messages -------------------------------------------------------------------------------------------- */

const uint32_t *model_list(const struct model *model, uint32_t list, size_t *count)
{
    struct str bytes = interned_text(&model->lists, list);

    *count = bytes.len / sizeof(uint32_t);
    return (const uint32_t *)(const void *)bytes.ptr;
}

enum { LIST_MAX = 64 };

static uint32_t number_list(struct model *model, const uint32_t *items, size_t count)
{
    return intern(&model->lists, items, count * sizeof(*items));
}

static size_t copy_list(const struct model *model, uint32_t list, uint32_t items[LIST_MAX])
{
    size_t count;
    const uint32_t *old = model_list(model, list, &count);

    if (count + 1 > LIST_MAX)
        abort();
    if (count > 0)
        memcpy(items, old, count * sizeof(*items));
    return count;
}

uint32_t model_add(struct model *model, uint32_t list, uint32_t message)
{
    uint32_t items[LIST_MAX];
    size_t count = copy_list(model, list, items);

    items[count++] = message;
    return number_list(model, items, count);
}

uint32_t model_put(struct model *model, uint32_t list, uint32_t message)
{
    uint32_t items[LIST_MAX];
    size_t count = copy_list(model, list, items), at = 0;

    while (at < count && items[at] < message)
        at++;
    if (at < count && items[at] == message)
        return list;
    memmove(&items[at + 1], &items[at], (count - at) * sizeof(*items));
    items[at] = message;
    return number_list(model, items, count + 1);
}

uint32_t model_remove(struct model *model, uint32_t list, uint32_t message)
{
    uint32_t items[LIST_MAX];
    size_t count = copy_list(model, list, items), kept = 0;

    for (size_t i = 0; i < count; i++)
        if (items[i] != message)
            items[kept++] = items[i];
    return number_list(model, items, kept);
}

/* --- messages ----------------------------------------------------------------------------------------------------- */

static void *widened(void *list, uint32_t *room, uint32_t wanted, size_t size)
{
    void *wider;

    if (wanted < *room)
        return list;
    *room = 2 * wanted + 64;
    wider = realloc(list, *room * size);
    if (!wider)
        abort();
    return wider;
}

uint32_t model_message(struct model *model, const struct said *said, int64_t time_ms, size_t lane)
{
    struct {
        int32_t type, lane;
        struct id id, causation, correlation;
        int64_t time_ms;
        size_t key_len;
    } head;
    char bytes[16384];
    size_t len = sizeof(head);
    uint32_t number, known = model->names.count;

    memset(&head, 0, sizeof(head));
    head.type = (int32_t)said->type;
    head.lane = (int32_t)lane;
    head.id = said->id;
    head.causation = said->causation;
    head.correlation = said->correlation;
    head.time_ms = time_ms;
    head.key_len = said->key.len;
    if (len + said->key.len + said->value.len > sizeof(bytes))
        abort();
    memcpy(bytes, &head, len);
    memcpy(bytes + len, said->key.ptr, said->key.len);
    len += said->key.len;
    if (said->value.len > 0)
        memcpy(bytes + len, said->value.ptr, said->value.len);
    number = intern(&model->names, bytes, len + said->value.len);
    if (number < known)
        return number;
    model->messages = widened(model->messages, &model->message_room, number, sizeof(*model->messages));
    model->messages[number] = (struct message){.said = *said, .time_ms = time_ms, .lane = lane};
    for (size_t i = 0; i < model->world.lane_count; i++)
        model->messages[number].hearers |= (unsigned)rules_hear(model->world.lanes[i].rules, said->type) << i;
    model->messages[number].said.next = NULL;
    model->messages[number].said.key = arena_copy(&model->arena, said->key);
    model->messages[number].said.value = arena_copy(&model->arena, said->value);
    return number;
}

/* --- what the simulator's step calls ------------------------------------------------------------------------------ */

static uint32_t *next_place(uint32_t *list, size_t *count, size_t size)
{
    if (*count == size)
        abort();
    return &list[(*count)++];
}

void outbox_put(struct world *world, struct service *service, const char *who, const struct said *said)
{
    struct outcome *outcome = current->filling;

    (void)service;
    (void)who;
    *next_place(outcome->said, &outcome->said_count, MODEL_SAID) = model_message(current, said, world->now_ms, 0);
}

static size_t lane_for(const struct lane *asking, enum msg_type type)
{
    const struct world *world = asking->world;

    for (size_t i = 0; i < world->lane_count; i++)
        if (world->lanes[i].service == asking->service && rules_hear(world->lanes[i].rules, type))
            return i;
    abort();
}

void deadline_set(struct lane *asking, const struct reminder *reminder)
{
    struct outcome *outcome = current->filling;
    struct said said = {.type = reminder->type, .key = reminder->key};

    if (reminder->due_ms != INT64_MIN) {
        said.id = reminder_id(&reminder->cause->id, reminder->type, reminder->key, reminder->due_ms);
        said.causation = reminder->cause->id;
        said.correlation = reminder->cause->correlation;
    }
    *next_place(outcome->reminded, &outcome->reminded_count,
                MODEL_REMINDED) = model_message(current, &said, reminder->due_ms, lane_for(asking, reminder->type));
}

/* Crashes are moves of their own here. */
void outbox_again(struct world *world, const struct service *service)
{
    (void)world;
    (void)service;
}

void log_follow_all(struct world *world, struct service *service)
{
    (void)world;
    (void)service;
}

/* --- a step ------------------------------------------------------------------------------------------------------- */

static struct subject *subject_of(struct model *model, size_t lane)
{
    if (lane == LANE_TARIFF)
        return world_subject(&model->world, KIND_CARRIER, STR("flat"));
    return lane == LANE_PRODUCT ? model->product : lane == LANE_CART ? model->user : model->order;
}

static void lay_out(struct model *model, const struct state *state, size_t lane)
{
    struct world *world = &model->world;
    struct lane *at = &world->lanes[lane];

    if (lane != LANE_PRODUCT)
        at->rows->rows[subject_of(model, lane)->index] = interned_text(&model->texts, state->rows[lane]);
    world->lanes[LANE_PRODUCT].rows->rows[model->product->index] = interned_text(&model->texts, state->product);
    world->books->on_hand[model->product->index] = PLENTY;
}

static uint32_t row_number(struct model *model, size_t lane)
{
    struct str row = model->world.lanes[lane].rows->rows[subject_of(model, lane)->index];

    return intern(&model->texts, row.ptr, row.len);
}

/* Pieces on the shelf, at any time. */
static const char *check_shelf(struct model *model)
{
    const struct product *product = step_row(&model->world.lanes[LANE_PRODUCT], model->product,
                                             &model->world.step_arenas[0]);

    return product->on_hand < 0 ? "stock is below nothing" : NULL;
}

static void take_results(struct model *model, size_t lane, struct outcome *outcome)
{
    struct world *world = &model->world;

    for (const struct call *call = world->calls; call; call = call->next)
        *next_place(outcome->asked, &outcome->asked_count, MODEL_ASKED) = model_message(model, &call->ask,
                                                                                        world->now_ms, lane);
    outcome->product = row_number(model, LANE_PRODUCT);
    outcome->row = lane == LANE_PRODUCT ? outcome->product : row_number(model, lane);
    outcome->wrong = check_shelf(model);
    if (world->wrong.len > 0)
        outcome->wrong = arena_copy(&model->arena, world->wrong).ptr;
}

void model_deliver(struct model *model, size_t lane, uint32_t number, int64_t offset, struct outcome *outcome)
{
    const struct message message = model->messages[number]; /* the list may move meanwhile */
    struct lane *at = &model->world.lanes[lane];
    const struct row *row;

    *outcome = (struct outcome){0};
    current = model;
    model->filling = outcome;
    model->world.calls = NULL;
    model->world.answers = NULL;
    model->world.wrong = (struct str){0};
    row = step_row(at, subject_of(model, lane), &model->world.step_arenas[0]);
    outcome->rule = rules_find(at->rules, row->state, message.said.type);
    step_deliver(at, subject_of(model, lane), &message.said, message.time_ms,
                 offset < 0 ? TOPIC_NONE : topic_of(message.said.type), offset);
    take_results(model, lane, outcome);
}

const struct outcome *model_step(struct model *model, const struct state *state, size_t lane, uint32_t message)
{
    uint32_t shared = lane == LANE_RESERVATION || lane == LANE_PRODUCT ? state->product : 0;
    uint32_t name[4] = {(uint32_t)lane, state->rows[lane], shared, message};
    enum msg_type type = model->messages[message].said.type;
    uint32_t known = model->step_names.count;
    uint32_t number = intern(&model->step_names, name, sizeof(name));
    struct outcome outcome;

    if (number < known)
        return &model->outcomes[number];
    lay_out(model, state, lane);
    model_deliver(model, lane, message, topic_of(type) == TOPIC_NONE ? -1 : 0, &outcome);
    model->outcomes = widened(model->outcomes, &model->outcome_room, number, sizeof(*model->outcomes));
    model->outcomes[number] = outcome;
    return &model->outcomes[number];
}

/* --- an ask ------------------------------------------------------------------------------------------------------- */

static uint32_t ledger_number(struct model *model, const struct ledger *ledger)
{
    char name[512];
    int len = snprintf(name, sizeof(name), "%d %lld %lld %lld %u %u " STR_FMT, (int)ledger->state,
                       (long long)ledger->asked_minor, (long long)ledger->charged_minor,
                       (long long)ledger->refunded_minor, ledger->charges, ledger->asks, STR_ARG(ledger->card));
    uint32_t known = model->ledger_names.count;
    uint32_t number = intern(&model->ledger_names, name, (size_t)len);

    if (number < known)
        return number;
    model->ledgers = widened(model->ledgers, &model->ledger_room, number, sizeof(*model->ledgers));
    model->ledgers[number] = *ledger;
    model->ledgers[number].card = arena_copy(&model->arena, ledger->card);
    return number;
}

/* The ask arrives (or does not: lost), and is answered. */
static uint32_t call_out(struct model *model, uint32_t ask, bool lost)
{
    const struct message message = model->messages[ask];
    struct world *world = &model->world;
    struct call call = {.lane = &world->lanes[message.lane], .ask = message.said};

    world->calls = &call;
    world->answers = NULL;
    world->wrong = (struct str){0};
    world->calm = !lost;
    world->weather.loss_percent = lost ? 100 : 0;
    outside_do(&call, world);
    world->calm = true;
    world->calls = NULL;
    return model_message(model, &world->answers->said, world->now_ms, message.lane);
}

static void lay_out_outside(struct model *model, const struct state *state)
{
    struct outside *outside = &model->world.outside;
    size_t count;
    const uint32_t *mails = model_list(model, state->mails, &count);

    memset(&outside->mailbags[model->order->index], 0, sizeof(outside->mailbags[0]));
    for (size_t i = 0; i < count; i++)
        call_out(model, mails[i], false);
    outside->ledgers[model->order->index] = state->ledger ? model->ledgers[state->ledger] : (struct ledger){0};
}

static void ask_outside(struct model *model, const struct state *state, uint32_t ask, struct reply *reply)
{
    enum msg_type type = model->messages[ask].said.type;
    struct world *world = &model->world;

    lay_out_outside(model, state);
    *reply = (struct reply){.ledger = state->ledger, .mails = state->mails};
    reply->answer = call_out(model, ask, false);
    if (world->wrong.len > 0)
        reply->wrong = arena_copy(&model->arena, world->wrong).ptr;
    if (world->outside.ledgers[model->order->index].charges > 1)
        reply->wrong = "the acquirer charged more than once";
    if (type == MSG_SEND_EMAIL)
        reply->mails = model_put(model, state->mails, ask);
    else if (type != MSG_OPEN_ADDRESS)
        reply->ledger = ledger_number(model, &world->outside.ledgers[model->order->index]);
    reply->silence = type == MSG_OPEN_ADDRESS ? reply->answer : call_out(model, ask, true);
}

const struct reply *model_ask(struct model *model, const struct state *state, uint32_t ask)
{
    uint32_t name[3] = {ask, state->ledger, state->mails};
    uint32_t known = model->reply_names.count;
    uint32_t number = intern(&model->reply_names, name, sizeof(name));
    struct reply reply;

    if (number < known)
        return &model->replies[number];
    ask_outside(model, state, ask, &reply);
    model->replies = widened(model->replies, &model->reply_room, number, sizeof(*model->replies));
    model->replies[number] = reply;
    return &model->replies[number];
}

void model_show(struct model *model, const struct state *state)
{
    for (size_t lane = 0; lane < MODEL_LANES; lane++)
        if (lane != LANE_CART && lane != LANE_TARIFF)
            lay_out(model, state, lane);
    lay_out_outside(model, state);
    model->world.wrong = (struct str){0};
}
