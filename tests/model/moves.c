/* moves.c - what can happen next, and what becomes of the state.
 *
 * Email says nothing that anybody else here hears, and only adds to its own topic: whatever it does can be moved behind
 * everything the others do without changing either. So it begins when the others have come to rest: then the logs hold all
 * that it could have heard earlier, and it hears them in every order. The cart is the same (ends.c). */
#include <stdio.h>
#include <stdlib.h>

#include "tests/model/model.h"

struct listing {
    struct model *model;
    const struct state *state;
    struct move *moves;
    size_t count;
};

static bool takes_part(const struct state *state, size_t lane)
{
    if (lane == LANE_EMAIL)
        return state->email;
    return !state->email && lane != LANE_CART && lane != LANE_TARIFF;
}

static struct move *add(struct listing *listing, enum move_kind kind, size_t lane, uint32_t message)
{
    struct move *move = &listing->moves[listing->count];

    if (++listing->count == MOVES_MAX)
        abort();
    *move = (struct move){.kind = (uint8_t)kind, .lane = (uint8_t)lane, .message = message};
    return move;
}

static bool lane_hears(const struct model *model, size_t lane, uint32_t message)
{
    return model->messages[message].hearers >> lane & 1;
}

void moves_settle(struct model *model, struct state *state)
{
    for (size_t lane = 0; lane < MODEL_LANES; lane++)
        for (size_t i = 0; i < model->topic_counts[lane]; i++) {
            enum topic topic = model->topics[lane][i];
            uint8_t *position = &state->positions[lane][topic];
            size_t count;
            const uint32_t *list = model_list(model, state->streams[topic], &count);

            while (*position < count && !lane_hears(model, lane, list[*position]))
                ++*position;
        }
}

/* --- what can happen ---------------------------------------------------------------------------------------------- */

static bool may(const struct state *state, const struct bound *bound, unsigned used, unsigned most)
{
    unsigned all = (unsigned)state->again + state->crash + state->lost + state->early + state->park;

    return used < most && all < bound->total;
}

static void list_hearing(struct listing *listing, size_t lane)
{
    const struct state *state = listing->state;
    const struct bound *bound = &listing->model->bound;
    bool again = may(state, bound, state->again, bound->again) && listing->model->world.lanes[lane].forgetful;
    bool park = may(state, bound, state->park, bound->park) && lane != LANE_PRODUCT;

    for (size_t t = 0; t < listing->model->topic_counts[lane]; t++) {
        enum topic topic = listing->model->topics[lane][t];
        uint8_t position = state->positions[lane][topic];
        size_t count;
        const uint32_t *list = model_list(listing->model, state->streams[topic], &count);

        if (position < count) {
            add(listing, MOVE_HEAR, lane, list[position])->topic = (uint8_t)topic;
            if (park)
                add(listing, MOVE_PARK, lane, list[position])->topic = (uint8_t)topic;
        }
        for (uint8_t i = 0; again && i < position; i++)
            if (lane_hears(listing->model, lane, list[i]))
                add(listing, MOVE_AGAIN, lane, list[i])->topic = (uint8_t)topic;
    }
}

static void list_set(struct listing *listing, uint32_t set, enum move_kind kind)
{
    size_t count;
    const uint32_t *list = model_list(listing->model, set, &count);

    for (size_t i = 0; i < count; i++)
        if (takes_part(listing->state, listing->model->messages[list[i]].lane))
            add(listing, kind, listing->model->messages[list[i]].lane, list[i]);
}

static void list_asks(struct listing *listing)
{
    const struct state *state = listing->state;
    const struct bound *bound = &listing->model->bound;
    size_t before = listing->count;

    list_set(listing, state->calls, MOVE_DO);
    for (size_t i = before, end = listing->count; i < end && may(state, bound, state->lost, bound->lost); i++) {
        struct move move = listing->moves[i];

        if (listing->model->messages[move.message].said.type == MSG_OPEN_ADDRESS)
            continue; /* no line that could be bad */
        add(listing, MOVE_LOSE_ASK, move.lane, move.message);
        add(listing, MOVE_LOSE_ANSWER, move.lane, move.message);
    }
    list_set(listing, state->answers, MOVE_ANSWER);
    list_set(listing, state->orphans, MOVE_ORPHAN_DO);
    list_set(listing, state->orphans, MOVE_ORPHAN_DROP);
}

/* Who has nothing under way outside has nothing to lose but what is in the database. */
static void list_crashes(struct listing *listing)
{
    const struct state *state = listing->state;
    unsigned lanes = 0;
    size_t count;
    const uint32_t *list;

    if (!may(state, &listing->model->bound, state->crash, listing->model->bound.crash))
        return;
    list = model_list(listing->model, state->calls, &count);
    for (size_t i = 0; i < count; i++)
        lanes |= 1u << listing->model->messages[list[i]].lane;
    list = model_list(listing->model, state->answers, &count);
    for (size_t i = 0; i < count; i++)
        lanes |= 1u << listing->model->messages[list[i]].lane;
    for (size_t lane = 0; lane < MODEL_LANES; lane++)
        if (lanes >> lane & 1)
            add(listing, MOVE_CRASH, lane, 0);
}

static bool is_due(const struct model *model, const struct message *message)
{
    return message->time_ms <= WORLD_START_MS && (message->lane != LANE_PRODUCT || model->bound.pages);
}

bool moves_at_rest(const struct move *moves, size_t count)
{
    while (count > 0)
        if (moves[--count].kind < MOVE_LOSE_ASK)
            return false;
    return true;
}

/* What is due at once rings whenever it likes; the next one when nothing else can happen; any other one is early. */
static void list_deadlines(struct listing *listing)
{
    const struct model *model = listing->model;
    const struct state *state = listing->state;
    bool at_rest = moves_at_rest(listing->moves, listing->count),
         early = may(state, &model->bound, state->early, model->bound.early);
    int64_t first_ms = INT64_MAX;
    size_t count;
    const uint32_t *list = model_list(model, state->deadlines, &count);

    for (size_t i = 0; i < count; i++)
        if (takes_part(state, model->messages[list[i]].lane) && model->messages[list[i]].time_ms < first_ms)
            first_ms = model->messages[list[i]].time_ms;
    for (size_t i = 0; i < count; i++) {
        const struct message *message = &model->messages[list[i]];

        if (!takes_part(state, message->lane))
            continue;
        if (is_due(model, message) || (at_rest && message->time_ms == first_ms))
            add(listing, MOVE_RING, message->lane, list[i]);
        else if (early)
            add(listing, MOVE_EARLY, message->lane, list[i]);
    }
}

size_t moves_list(struct model *model, const struct state *state, struct move *moves)
{
    struct listing listing = {.model = model, .state = state, .moves = moves};

    for (size_t lane = 0; lane < MODEL_LANES; lane++)
        if (takes_part(state, lane) && (lane != LANE_PRODUCT || model->bound.pages))
            list_hearing(&listing, lane);
    list_set(&listing, state->parked, MOVE_UNPARK);
    list_asks(&listing);
    if (takes_part(state, LANE_PRODUCT) && !model->bound.pages && moves_at_rest(moves, listing.count))
        list_hearing(&listing, LANE_PRODUCT);
    list_deadlines(&listing);
    list_crashes(&listing);
    return listing.count;
}

/* --- what it leads to --------------------------------------------------------------------------------------------- */

static const char *say(struct model *model, struct state *state, uint32_t message)
{
    const struct said *said = &model->messages[message].said;
    enum topic topic = topic_of(said->type);
    unsigned ends = 0;
    size_t count;
    const uint32_t *list = model_list(model, state->streams[topic], &count);

    for (size_t i = 0; i < count; i++) {
        const struct said *old = &model->messages[list[i]].said;

        if (id_equal(&old->id, &said->id))
            return old->type == said->type && str_equal(old->value, said->value)
                       ? NULL /* who hears it twice drops it */
                       : "one id was said twice, with different content";
    }
    state->streams[topic] = model_add(model, state->streams[topic], message);
    list = model_list(model, state->streams[topic], &count);
    for (size_t i = 0; topic == TOPIC_ORDER_EVENTS && i < count; i++) {
        enum msg_type type = model->messages[list[i]].said.type;

        ends += type == MSG_ORDER_CONFIRMED || type == MSG_ORDER_CANCELLED || type == MSG_ORDER_REJECTED;
    }
    return ends > 1 ? "the order has more than one end" : NULL;
}

static void remind(struct model *model, struct state *state, uint32_t number)
{
    const struct message *message = &model->messages[number];
    size_t count;
    const uint32_t *list = model_list(model, state->deadlines, &count);

    for (size_t i = 0; i < count; i++) {
        const struct said *old = &model->messages[list[i]].said;

        if (old->type == message->said.type && str_equal(old->key, message->said.key)) {
            state->deadlines = model_remove(model, state->deadlines, list[i]);
            break;
        }
    }
    if (message->time_ms != INT64_MIN)
        state->deadlines = model_put(model, state->deadlines, number);
}

static const char *hear(struct model *model, const struct move *move, struct state *state)
{
    const struct outcome outcome = *model_step(model, state, move->lane, move->message);
    const char *wrong = outcome.wrong;

    if (move->lane != LANE_PRODUCT)
        state->rows[move->lane] = outcome.row;
    if (move->lane == LANE_RESERVATION || move->lane == LANE_PRODUCT)
        state->product = outcome.product;
    for (size_t i = 0; i < outcome.reminded_count; i++)
        remind(model, state, outcome.reminded[i]);
    for (size_t i = 0; i < outcome.said_count && !wrong; i++)
        wrong = say(model, state, outcome.said[i]);
    for (size_t i = 0; i < outcome.asked_count; i++)
        state->calls = model_put(model, state->calls, outcome.asked[i]);
    return wrong;
}

static const char *ask(struct model *model, const struct move *move, struct state *state)
{
    const struct reply reply = *model_ask(model, state, move->message);

    if (move->kind == MOVE_ORPHAN_DO)
        state->orphans = model_remove(model, state->orphans, move->message);
    else
        state->calls = model_remove(model, state->calls, move->message);
    if (move->kind != MOVE_LOSE_ASK) {
        state->ledger = reply.ledger;
        state->mails = reply.mails;
    }
    if (move->kind == MOVE_DO)
        state->answers = model_put(model, state->answers, reply.answer);
    else if (move->kind != MOVE_ORPHAN_DO)
        state->answers = model_put(model, state->answers, reply.silence);
    state->lost = (uint8_t)(state->lost + (move->kind == MOVE_LOSE_ASK || move->kind == MOVE_LOSE_ANSWER));
    return reply.wrong;
}

static const char *crash(struct model *model, const struct move *move, struct state *state)
{
    size_t count;
    const uint32_t *list = model_list(model, state->calls, &count);

    for (size_t i = 0; i < count; i++)
        if (model->messages[list[i]].lane == move->lane)
            state->orphans = model_put(model, state->orphans, list[i]);
    list = model_list(model, state->orphans, &count);
    for (size_t i = 0; i < count; i++)
        if (model->messages[list[i]].lane == move->lane)
            state->calls = model_remove(model, state->calls, list[i]);
    list = model_list(model, state->answers, &count);
    for (size_t i = 0; i < count; i++)
        if (model->messages[list[i]].lane == move->lane)
            state->answers = model_remove(model, state->answers, list[i]);
    state->crash++;
    return NULL;
}

/* The same message may be heard twice at once, and parked by two lanes: the set holds it once, with its lane. */
static uint32_t for_lane(struct model *model, const struct move *move)
{
    const struct message message = model->messages[move->message];

    return model_message(model, &message.said, message.time_ms, move->lane);
}

const char *moves_take(struct model *model, const struct move *move, struct state *state)
{
    switch ((enum move_kind)move->kind) {
    case MOVE_HEAR:
        state->positions[move->lane][move->topic]++;
        return hear(model, move, state);
    case MOVE_PARK:
        state->positions[move->lane][move->topic]++;
        state->park++;
        state->parked = model_put(model, state->parked, for_lane(model, move));
        return NULL;
    case MOVE_UNPARK:
        state->parked = model_remove(model, state->parked, move->message);
        return hear(model, move, state);
    case MOVE_AGAIN:
        state->again++;
        return hear(model, move, state);
    case MOVE_ANSWER:
        state->answers = model_remove(model, state->answers, move->message);
        return hear(model, move, state);
    case MOVE_EARLY:
        state->early++;
        state->deadlines = model_remove(model, state->deadlines, move->message);
        return hear(model, move, state);
    case MOVE_RING:
        state->deadlines = model_remove(model, state->deadlines, move->message);
        return hear(model, move, state);
    case MOVE_ORPHAN_DROP:
        state->orphans = model_remove(model, state->orphans, move->message);
        return NULL;
    case MOVE_CRASH:
        return crash(model, move, state);
    default:
        return ask(model, move, state);
    }
}

void moves_print(struct model *model, const struct state *before, const struct move *move)
{
    static const char *const verbs[] = {"hears",
                                        "is answered by whom it asked:",
                                        "hears the answer",
                                        "hears its deadline",
                                        "is dead, and is asked for all the same:",
                                        "is dead, and its ask never arrived:",
                                        "hears what was parked:",
                                        "asks, and the ask is lost:",
                                        "asks, and the answer is lost:",
                                        "dies, with its asks under way",
                                        "hears its deadline early",
                                        "hears again",
                                        "parks"};
    const struct lane *lane = &model->world.lanes[move->lane];
    const struct said *said = &model->messages[move->message].said;
    bool hears = move->kind == MOVE_HEAR || move->kind == MOVE_ANSWER || move->kind == MOVE_RING ||
                 move->kind == MOVE_UNPARK || move->kind == MOVE_EARLY || move->kind == MOVE_AGAIN;

    printf("  %-9s %s", lane->rules->name, verbs[move->kind]);
    if (move->kind != MOVE_CRASH)
        printf(" %s", msg_type_name(said->type));
    if (hears) {
        const struct rule *rule = model_step(model, before, move->lane, move->message)->rule;

        printf(" in %s: %s", rule ? lane->rules->states[rule->state] : "?", rule ? rule->because : "no rule");
    }
    printf("\n");
}
