/* search.c - depth first through all states, each once. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/model/model.h"

enum { DEPTH_MAX = 1000 };

struct frame {
    struct state state;
    struct move moves[MOVES_MAX];
    size_t count, next;
    bool rested; /* its books were looked at */
};

/* Of what email goes on from, only what it can still hear or say makes a difference. */
static uint64_t hash_of(const struct state *state)
{
    struct state kept = {.email = 1, .ledger = state->ledger, .mails = state->mails};

    if (!state->email)
        return hash_bytes(state, sizeof(*state));
    kept.rows[LANE_EMAIL] = state->rows[LANE_EMAIL];
    kept.streams[TOPIC_ORDER_EVENTS] = state->streams[TOPIC_ORDER_EVENTS];
    kept.streams[TOPIC_PAYMENT_EVENTS] = state->streams[TOPIC_PAYMENT_EVENTS];
    kept.streams[TOPIC_SHIPMENT_EVENTS] = state->streams[TOPIC_SHIPMENT_EVENTS];
    kept.streams[TOPIC_EMAIL_EVENTS] = state->streams[TOPIC_EMAIL_EVENTS];
    kept.deadlines = state->deadlines;
    kept.calls = state->calls;
    kept.orphans = state->orphans;
    kept.answers = state->answers;
    kept.parked = state->parked;
    kept.again = state->again;
    kept.crash = state->crash;
    kept.lost = state->lost;
    kept.early = state->early;
    kept.park = state->park;
    memcpy(kept.positions[LANE_EMAIL], state->positions[LANE_EMAIL], sizeof(kept.positions[0]));
    return hash_bytes(&kept, sizeof(kept));
}

static const char *note_end(struct model *model, const struct state *state)
{
    struct rest *rest = &model->rests[model->rest_now];

    if (!rest->said)
        *rest = (struct rest){state->rows[LANE_EMAIL], state->streams[TOPIC_EMAIL_EVENTS], state->mails};
    return ends_check(model, state);
}

/* The same logs as somewhere before: email comes to the same ends as it did there, of which one stands for all. */
static const char *end_as_before(struct model *model, const struct state *state, uint32_t number)
{
    struct state ended = *state;

    ended.rows[LANE_EMAIL] = model->rests[number].row;
    ended.streams[TOPIC_EMAIL_EVENTS] = model->rests[number].said;
    ended.mails = model->rests[number].mails;
    return ends_check(model, &ended);
}

/* The number of what email hears; its end there is not known yet when that is new. */
static uint32_t rest_number(struct model *model, const struct state *state)
{
    const uint32_t name[] = {state->streams[TOPIC_ORDER_EVENTS], state->streams[TOPIC_PAYMENT_EVENTS],
                             state->streams[TOPIC_SHIPMENT_EVENTS], state->ledger};
    uint32_t number = intern(&model->rest_names, name, sizeof(name));

    while (number >= model->rest_room) {
        model->rest_room = 2 * number + 64;
        model->rests = realloc(model->rests, model->rest_room * sizeof(*model->rests));
        if (!model->rests)
            abort();
    }
    return number;
}

static void print_way(struct model *model, const struct frame *frames, size_t depth, const char *wrong)
{
    const struct scene *scene = &model->scene;

    printf("commands %s, cards %s, card %s, stock %d, address %s, mailbox %s: %s\n", scene->commands, scene->cards,
           scene->card, (int)scene->stock, scene->address, scene->mailbox, wrong);
    for (size_t i = 0; i <= depth; i++)
        if (frames[i].next > 0 && frames[i].count > 0)
            moves_print(model, &frames[i].state, &frames[i].moves[frames[i].next - 1]);
}

/* False: it was visited before. */
static bool enter(struct model *model, struct frame *frame, const struct state *state)
{
    frame->state = *state;
    moves_settle(model, &frame->state);
    if (!hash_set_add(&model->visited, hash_of(&frame->state)))
        return false;
    model->states++;
    frame->next = 0;
    frame->count = moves_list(model, &frame->state, frame->moves);
    return true;
}

/* At rest: the books; or everybody but email is, whose turn is a state of its own below this one (*down). */
static const char *come_to_rest(struct model *model, struct frame *frame, struct frame *below, bool *down)
{
    struct state next = frame->state;
    uint32_t known = model->rest_names.count;
    const char *wrong;

    *down = false;
    if (frame->state.email)
        return note_end(model, &frame->state);
    model->rest_now = rest_number(model, &frame->state);
    if (model->rest_now < known) {
        wrong = end_as_before(model, &frame->state, model->rest_now);
    } else {
        model->rests[model->rest_now] = (struct rest){0};
        wrong = ends_check_cart(model, &frame->state);
    }
    next.email = 1;
    *down = !wrong && enter(model, below, &next);
    return wrong;
}

static const char *search(struct model *model, struct frame *frames, size_t *depth)
{
    const char *wrong;
    bool down;

    for (;;) {
        struct frame *frame = &frames[*depth];
        struct state next = frame->state;

        if (frame->next == 0 && moves_at_rest(frame->moves, frame->count) && !frame->rested) {
            frame->rested = true;
            wrong = come_to_rest(model, frame, &frames[*depth + 1], &down);
            if (wrong)
                return wrong;
            if (down && ++*depth)
                frames[*depth].rested = false;
            continue;
        }
        if (frame->next == frame->count) {
            if (*depth == 0)
                return NULL;
            --*depth;
            continue;
        }
        model->transitions++;
        wrong = moves_take(model, &frame->moves[frame->next++], &next);
        if (wrong)
            return wrong;
        if (*depth + 2 == DEPTH_MAX)
            return "it does not come to rest";
        frames[*depth + 1].rested = false;
        if (enter(model, &frames[*depth + 1], &next) && ++*depth > model->deepest)
            model->deepest = *depth;
    }
}

bool model_search(struct model *model, const struct state *first, bool quietly)
{
    struct frame *frames = calloc(DEPTH_MAX, sizeof(*frames));
    size_t depth = 0;
    const char *wrong = NULL;

    if (!frames)
        abort();
    if (enter(model, &frames[0], first))
        wrong = search(model, frames, &depth);
    if (wrong) {
        model->wrong = arena_copy(&model->arena, str_of(wrong));
        if (!quietly)
            print_way(model, frames, depth, wrong);
    }
    free(frames);
    return !wrong;
}
