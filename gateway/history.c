/* history.c - the ids first, then the story of each. What is away is away: an empty list is never shown instead. */
#include "gateway/history.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/money.h"
#include "gateway/timeline.h"

struct reading {
    struct visit *visit; /* NULL: nobody waits any more */
    size_t count;        /* rows */
    history_fn *then;
    struct history *history; /* in the request's arena */
    struct shown_order_row *rows;
    bool marked, failed;
    size_t next; /* the row whose story comes next */
};

static void let_go(void *waiter)
{
    struct reading *reading = waiter;

    reading->visit = NULL;
}

static void finish(struct reading *reading)
{
    struct visit *visit = reading->visit;

    if (visit) {
        visit->request->let_go = NULL;
        reading->history->away = reading->failed || !reading->marked;
        if (reading->history->away)
            reading->history->rows.count = reading->history->total = 0;
        reading->then(visit, reading->history);
    }
    free(reading);
}

/* --- a row ---------------------------------------------------------------------------------------------------------------- */

static struct str words_of(const struct timeline *timeline)
{
    switch (timeline->order.state) {
    case SHOWN_ORDER_STATE_CONFIRMED:
        return STR("Complete");
    case SHOWN_ORDER_STATE_CANCELLED:
        return timeline->order.refunded ? STR("Cancelled, refunded") : STR("Cancelled");
    case SHOWN_ORDER_STATE_REJECTED:
        return STR("Not taken");
    case SHOWN_ORDER_STATE_OPEN:
        break;
    }
    return STR("On its way");
}

static void fill_row(struct shown_order_row *row, const struct story *story, struct arena *arena)
{
    struct timeline timeline = timeline_of(story, row->id, clock_wall_ms(), arena);

    row->state = timeline.order.state;
    row->text = words_of(&timeline);
    if (timeline.placed_ms) {
        row->placed = time_day(timeline.placed_ms, arena);
        row->placed_iso = time_iso(timeline.placed_ms, arena);
    }
    if (timeline.content) {
        row->total = money_text(timeline.content->total_minor, timeline.content->currency, arena);
        for (size_t i = 0; i < timeline.content->lines.count; i++)
            row->things += timeline.content->lines.items[i].quantity;
    }
}

/* --- reading -------------------------------------------------------------------------------------------------------------- */

static bool is_usable(struct reading *reading, const redisReply *reply, int type)
{
    reading->failed = reading->failed || reply == NULL || reply->type == REDIS_REPLY_ERROR;
    return reading->visit && !reading->failed && reply->type == type;
}

static void on_story(void *context, const redisReply *reply)
{
    struct reading *reading = context;
    struct story story = {.count = 0};

    if (is_usable(reading, reply, REDIS_REPLY_ARRAY)) {
        struct arena *arena = reading->visit->arena;

        for (size_t i = 0; i + 1 < reply->elements; i += 2)
            story_add(&story, reading->visit->gateway->plans,
                      (struct str){reply->element[i]->str, reply->element[i]->len},
                      (struct str){reply->element[i + 1]->str, reply->element[i + 1]->len}, arena);
        story_sort(&story);
        fill_row(&reading->rows[reading->next], &story, arena);
    }
    if (++reading->next == reading->count)
        finish(reading);
}

static void on_mark(void *context, const redisReply *reply)
{
    struct reading *reading = context;

    reading->marked = is_usable(reading, reply, REDIS_REPLY_STRING);
}

static void on_total(void *context, const redisReply *reply)
{
    struct reading *reading = context;

    if (is_usable(reading, reply, REDIS_REPLY_INTEGER))
        reading->history->total = (size_t)reply->integer;
}

static void on_ids(void *context, const redisReply *reply)
{
    struct reading *reading = context;
    struct arena *arena;

    if (!is_usable(reading, reply, REDIS_REPLY_ARRAY) || reply->elements == 0) {
        finish(reading);
        return;
    }
    arena = reading->visit->arena;
    reading->count = reply->elements;
    reading->rows = arena_array(arena, reading->count, sizeof *reading->rows);
    reading->history->rows = (struct shown_order_row_list){reading->rows, reading->count};
    for (size_t i = 0; i < reading->count; i++) {
        reading->rows[i].id = arena_copy(arena, (struct str){reply->element[i]->str, reply->element[i]->len});
        redis_words(reading->visit->gateway->redis, READS, on_story, reading, STR("HGETALL"),
                    views_order_key(reading->rows[i].id, arena));
    }
}

void history_look(struct visit *visit, struct str user_id, size_t first, size_t count, history_fn *then)
{
    struct reading *reading = calloc(1, sizeof *reading);
    struct redis *redis = visit->gateway->redis;
    struct arena *arena = visit->arena;
    struct str key = arena_printf(arena, "orders:" STR_FMT, STR_ARG(user_id));

    if (reading == NULL)
        abort();
    *reading = (struct reading){.visit = visit, .then = then, .history = arena_new(arena, struct history)};
    visit->request->let_go = let_go;
    visit->request->waiter = reading;
    redis_words(redis, READS, on_mark, reading, STR("GET"), STR("views:mark"));
    redis_words(redis, READS, on_total, reading, STR("ZCARD"), key);
    redis_words(redis, READS, on_ids, reading, STR("ZREVRANGE"), key, arena_printf(arena, "%zu", first),
                arena_printf(arena, "%zu", first + count - 1));
}
