/* ends.c - the simulator's books over a state of the model. */
#include <stdlib.h>

#include "tests/model/model.h"
#include "tests/saga/inside.h"

/* --- the log as the books know it --------------------------------------------------------------------------------- */

struct stream *log_stream(const struct world *world, enum topic topic, const struct subject *subject)
{
    return world->streams[topic][subject->index];
}

static const struct subject *subject_of(const struct model *model, enum topic topic)
{
    switch (topic_kind(topic)) {
    case KIND_ORDER:
        return model->order;
    case KIND_PRODUCT:
        return model->product;
    case KIND_USER:
        return model->user;
    default:
        return NULL;
    }
}

static void show_stream(struct model *model, enum topic topic, uint32_t list_number, struct arena *arena)
{
    const struct subject *subject = subject_of(model, topic);
    struct stream *stream;
    size_t count;
    const uint32_t *list = model_list(model, list_number, &count);

    if (!subject)
        return;
    stream = arena_new(arena, struct stream);
    *stream = (struct stream){.topic = topic, .subject = (struct subject *)subject, .count = count};
    stream->records = arena_array(arena, count, sizeof(*stream->records));
    for (size_t i = 0; i < count; i++)
        stream->records[i] = (struct record){
            .said = model->messages[list[i]].said, .time_ms = model->messages[list[i]].time_ms, .offset = (int64_t)i};
    model->world.streams[topic][subject->index] = stream;
}

static void show_log(struct model *model, const struct state *state, struct arena *arena)
{
    memset(model->world.streams, 0, sizeof(model->world.streams));
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_COUNT; topic++)
        show_stream(model, (enum topic)topic, state->streams[topic], arena);
}

/* Pieces as what was said comes to, each word once. */
static void count_pieces(struct model *model, const struct state *state)
{
    static const enum topic topics[] = {TOPIC_CATALOG_EVENTS, TOPIC_STOCK_EVENTS};

    model->world.books->on_hand[model->product->index] = 0;
    for (size_t t = 0; t < sizeof(topics) / sizeof(topics[0]); t++) {
        size_t count;
        const uint32_t *list = model_list(model, state->streams[topics[t]], &count);

        for (size_t i = 0; i < count; i++)
            books_said(&model->world, &model->messages[list[i]].said);
    }
}

static const char *wrong_of(struct model *model)
{
    return model->world.wrong.len > 0 ? arena_copy(&model->arena, model->world.wrong).ptr : NULL;
}

/* What the books look at. */
static uint64_t hash_of(const struct state *state)
{
    struct state kept = {.product = state->product, .ledger = state->ledger, .mails = state->mails};

    memcpy(kept.rows, state->rows, sizeof(kept.rows));
    memcpy(kept.streams, state->streams, sizeof(kept.streams));
    kept.again = state->again || state->crash || state->lost || state->early || state->park;
    return hash_bytes(&kept, sizeof(kept));
}

const char *ends_check(struct model *model, const struct state *state)
{
    struct arena arena;

    if (!hash_set_add(&model->ends, hash_of(state)))
        return NULL;
    model->ended++;
    arena_init(&arena);
    model_show(model, state);
    show_log(model, state, &arena);
    /* Patience is promised to an order that nothing happened to. */
    model->world.weather.jump = state->again || state->crash || state->lost || state->early || state->park;
    count_pieces(model, state);
    books_check(&model->world);
    arena_release(&arena);
    return wrong_of(model);
}

/* --- the cart ----------------------------------------------------------------------------------------------------- */

enum { CART_INPUTS = 2 };

/* One way for a cart to hear what it can hear. */
struct cart_way {
    struct model *model;
    const struct state *state;
    uint32_t heard[32];
    int64_t offsets[32];
    size_t count;
    unsigned extras; /* still allowed: something heard again, an early deadline */
    const char *wrong;
};

static void play(struct cart_way *way, struct state *told)
{
    struct model *model = way->model;
    uint32_t deadline = 0;

    model->world.lanes[LANE_CART].rows->rows[model->user->index] = (struct str){0};
    model->world.books->shadows[model->user->index] = NULL;
    for (size_t i = 0; i <= way->count && !way->wrong; i++) {
        struct outcome outcome;
        uint32_t next = i < way->count && way->heard[i] ? way->heard[i] : deadline;

        if (!next)
            continue; /* a deadline that is not set */
        model_deliver(model, LANE_CART, next, i < way->count && way->heard[i] ? way->offsets[i] : -1, &outcome);
        way->wrong = wrong_of(model);
        if (next == deadline)
            deadline = 0;
        for (size_t r = 0; r < outcome.reminded_count; r++)
            deadline = model->messages[outcome.reminded[r]].time_ms == INT64_MIN ? 0 : outcome.reminded[r];
        for (size_t s = 0; s < outcome.said_count; s++)
            told->streams[TOPIC_CART_EVENTS] = model_add(model, told->streams[TOPIC_CART_EVENTS], outcome.said[s]);
    }
}

static void check_way(struct cart_way *way)
{
    struct state told = *way->state;
    struct arena arena;

    told.streams[TOPIC_CART_EVENTS] = 0;
    play(way, &told);
    if (way->wrong)
        return;
    arena_init(&arena);
    show_log(way->model, &told, &arena);
    books_check_carts(&way->model->world);
    way->wrong = wrong_of(way->model);
    arena_release(&arena);
}

static void walk(struct cart_way *way, size_t commands_heard, size_t checkouts_heard);

static void walk_on(struct cart_way *way, uint32_t message, size_t offset, size_t commands, size_t checkouts)
{
    way->heard[way->count] = message;
    way->offsets[way->count++] = (int64_t)offset;
    walk(way, commands, checkouts);
    way->count--;
}

/* Each next thing: a command, a word of checkout's, one that was heard, the deadline. */
static void walk(struct cart_way *way, size_t commands_heard, size_t checkouts_heard)
{
    struct model *model = way->model;
    size_t counts[CART_INPUTS];
    const uint32_t *commands = model_list(model, way->state->streams[TOPIC_CART_COMMANDS], &counts[0]);
    const uint32_t *checkouts = model_list(model, way->state->streams[TOPIC_CART_CHECKOUTS], &counts[1]);

    if (way->wrong)
        return;
    if (commands_heard < counts[0])
        walk_on(way, commands[commands_heard], commands_heard, commands_heard + 1, checkouts_heard);
    if (checkouts_heard < counts[1])
        walk_on(way, checkouts[checkouts_heard], checkouts_heard, commands_heard, checkouts_heard + 1);
    if (commands_heard == counts[0] && checkouts_heard == counts[1])
        check_way(way);
    if (way->extras == 0 || way->count == 0)
        return;
    way->extras--;
    for (size_t i = 0; i < way->count; i++)
        if (way->heard[i])
            walk_on(way, way->heard[i], (size_t)way->offsets[i], commands_heard, checkouts_heard);
    walk_on(way, 0, 0, commands_heard, checkouts_heard);
    way->extras++;
}

const char *ends_check_cart(struct model *model, const struct state *state)
{
    struct cart_way way = {.model = model, .state = state, .extras = model->bound.total > 0};
    struct state kept = {0};

    kept.streams[TOPIC_CART_CHECKOUTS] = state->streams[TOPIC_CART_CHECKOUTS];
    kept.streams[TOPIC_CART_COMMANDS] = state->streams[TOPIC_CART_COMMANDS];
    if (!hash_set_add(&model->ends, hash_bytes(&kept, sizeof(kept))))
        return NULL;
    walk(&way, 0, 0);
    model->world.lanes[LANE_CART].rows->rows[model->user->index] = (struct str){0};
    model->world.books->shadows[model->user->index] = NULL;
    return way.wrong;
}
