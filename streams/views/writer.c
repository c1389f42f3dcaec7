/* writer.c - one batch in flight, so that a position is never kept before what stands in front of it. */
#include "streams/views/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/metrics.h"
#include "streams/views/scripts.h"

enum { PARTITIONS_MAX = 64, TICK_S = 1, QUIET_US = 60 * 1000000 };

enum writer_state {
    WRITER_AWAY,     /* no connection, or one that refuses: asked again soon */
    WRITER_ASKING,   /* what Redis holds */
    WRITER_FREE,     /* adding to a batch */
    WRITER_IN_FLIGHT /* waiting for a batch to be kept */
};

struct position {
    int64_t next;
    bool moved; /* since the last batch */
};

struct writer {
    struct redis *redis;
    const struct view_keep *keep;
    struct writer_hooks hooks;
    void *context;
    enum writer_state state;
    bool whole, sent_whole;      /* the mark is set; it is being set by the batch in flight */
    char token[ID_TEXT_LEN + 1]; /* of this incarnation of the views */
    char script_sha[41];         /* the server's name for batch_script */
    struct position positions[TOPIC_COUNT][PARTITIONS_MAX];
    struct arena arena; /* of the batch */
    struct str *words;
    size_t word_count, word_room;
    int64_t oldest_ms, sent_us; /* of the batch */
    int64_t quiet_until_us;     /* one line a minute about an outage */
    struct event *tick;
    struct err last;
    struct metric *records, *rebuilds, *delay, *batch;
};

static void add_word(struct writer *writer, struct str word)
{
    if (writer->word_count == writer->word_room) {
        writer->word_room = writer->word_room ? writer->word_room * 2 : 256;
        writer->words = reallocarray(writer->words, writer->word_room, sizeof(*writer->words));
        if (!writer->words)
            abort();
    }
    writer->words[writer->word_count++] = word;
}

static void add_op(struct writer *writer, const char *op, struct str key, struct str a, struct str b, struct str until)
{
    add_word(writer, str_of(op));
    add_word(writer, key);
    add_word(writer, a);
    add_word(writer, b);
    add_word(writer, until);
}

static struct str number(struct writer *writer, int64_t value)
{
    return arena_printf(&writer->arena, "%" PRId64, value);
}

static void forget_batch(struct writer *writer)
{
    arena_clear(&writer->arena);
    writer->word_count = 0;
    writer->oldest_ms = 0;
}

/* --- what Redis holds ------------------------------------------------------------------------------------------------ */

static void go_away(struct writer *writer, const char *why)
{
    bool told = writer->state == WRITER_AWAY;

    err_set(&writer->last, ST_RETRY, "%s", why);
    if (clock_steady_us() >= writer->quiet_until_us) {
        log_warning("the views stand still: %s", why);
        writer->quiet_until_us = clock_steady_us() + QUIET_US;
    }
    writer->state = WRITER_AWAY;
    forget_batch(writer);
    if (!told)
        writer->hooks.stop(writer->context);
}

static const char *failure(const redisReply *reply)
{
    if (!reply)
        return "Redis does not answer";
    return reply->type == REDIS_REPLY_ERROR ? reply->str : NULL;
}

static void take_position(struct writer *writer, struct str field, struct str value)
{
    const char *slash = memchr(field.ptr, '/', field.len);
    enum topic topic = slash ? topic_named((struct str){field.ptr, (size_t)(slash - field.ptr)}) : TOPIC_NONE;
    long partition = slash ? strtol(slash + 1, NULL, 10) : -1;

    if (topic != TOPIC_NONE && partition >= 0 && partition < PARTITIONS_MAX)
        writer->positions[topic][partition].next = strtoll(value.ptr, NULL, 10);
}

static void clear_positions(struct writer *writer)
{
    for (size_t topic = 0; topic < TOPIC_COUNT; topic++)
        for (size_t p = 0; p < PARTITIONS_MAX; p++)
            writer->positions[topic][p] = (struct position){.next = -1};
}

/* False when the reply is none that the script gives. */
static bool take_answer(struct writer *writer, const redisReply *reply)
{
    const redisReply *token = reply->elements > 0 ? reply->element[0] : NULL;
    const redisReply *list = reply->elements > 1 ? reply->element[1] : NULL;

    clear_positions(writer);
    if (!token || token->type != REDIS_REPLY_STRING || token->len != ID_TEXT_LEN)
        return false;
    memcpy(writer->token, token->str, ID_TEXT_LEN);
    writer->whole = list != NULL;
    for (size_t i = 0; list && i + 1 < list->elements; i += 2)
        take_position(writer, (struct str){list->element[i]->str, (size_t)list->element[i]->len},
                      (struct str){list->element[i + 1]->str, (size_t)list->element[i + 1]->len});
    return true;
}

static void asked(void *context, const redisReply *reply)
{
    struct writer *writer = context;

    if (writer->state != WRITER_ASKING)
        return;
    if (failure(reply) || !writer->script_sha[0] || !take_answer(writer, reply)) {
        go_away(writer, failure(reply) ? failure(reply)
                                       : "somebody else wrote views:mark: delete it, and everything is written anew");
        return;
    }
    writer->state = WRITER_FREE;
    if (!writer->whole) {
        metric_add(writer->rebuilds, 1);
        log_info("Redis holds no views: everything is written anew");
    }
    writer->hooks.begin(writer->context);
}

static void loaded(void *context, const redisReply *reply)
{
    struct writer *writer = context;

    writer->script_sha[0] = '\0';
    if (reply && reply->type == REDIS_REPLY_STRING && reply->len == sizeof(writer->script_sha) - 1)
        memcpy(writer->script_sha, reply->str, sizeof(writer->script_sha));
}

static void ask(struct writer *writer)
{
    struct id token = id_random();

    writer->state = WRITER_ASKING;
    id_write(&token, writer->token);
    redis_words(writer->redis, READS, loaded, writer, STR("SCRIPT"), STR("LOAD"), str_of(batch_script));
    redis_words(writer->redis,
                EFFECT("views-ask", "views are looked for, and their rebuilding begun where there are none"), asked,
                writer, STR("EVAL"), str_of(ask_script), STR("0"), str_of(writer->token));
}

/* --- batches ----------------------------------------------------------------------------------------------------------- */

static void note_kept(struct writer *writer)
{
    metric_observe(writer->batch, (double)(clock_steady_us() - writer->sent_us) / 1e6);
    if (writer->whole && writer->oldest_ms > 0)
        metric_observe(writer->delay, (double)(clock_wall_ms() - writer->oldest_ms) / 1e3);
    if (writer->sent_whole && !writer->whole) {
        writer->whole = true;
        log_info("the views are whole");
    }
    forget_batch(writer);
}

static void answered(void *context, const redisReply *reply)
{
    struct writer *writer = context;

    if (writer->state != WRITER_IN_FLIGHT)
        return;
    if (failure(reply)) {
        go_away(writer, failure(reply));
        return;
    }
    if (reply->type == REDIS_REPLY_STRING && strcmp(reply->str, "kept") == 0) {
        note_kept(writer);
        writer->state = WRITER_FREE;
        writer->hooks.kept(writer->context);
        return;
    }
    go_away(writer, "Redis has lost the views");
    ask(writer);
}

static void send_batch(struct writer *writer, const struct effect *effect)
{
    writer->state = WRITER_IN_FLIGHT;
    writer->sent_us = clock_steady_us();
    redis_command(writer->redis, effect, answered, writer, writer->words, writer->word_count);
}

static void begin_batch(struct writer *writer)
{
    add_word(writer, STR("EVALSHA"));
    add_word(writer, str_of(writer->script_sha));
    add_word(writer, STR("0"));
    add_word(writer, writer->whole ? STR("views:mark") : STR("views:rebuilding"));
    add_word(writer, str_of(writer->token));
}

void writer_add(struct writer *writer, const struct msg *msg, struct str value)
{
    struct position *position = &writer->positions[msg->topic][msg->partition];
    struct view view;
    struct str until;

    if (writer->state != WRITER_FREE || msg->partition >= PARTITIONS_MAX)
        return;
    if (writer->word_count == 0)
        begin_batch(writer);
    view_of(msg, value, writer->keep, &writer->arena, &view);
    until = number(writer, view.until_ms);
    if (view.kind == VIEW_FORGOTTEN)
        add_op(writer, "forget", view.key, view.list, STR(""), until);
    else if (view.list.len > 0)
        add_op(writer, "list", view.list, view.member, number(writer, view.time_ms), until);
    if (view.kind == VIEW_CART)
        add_op(writer, "cart", view.key, number(writer, view.version), view.value, until);
    if (view.kind == VIEW_EVENT)
        add_op(writer, "event", view.key, view.field, view.value, until);
    position->next = msg->offset + 1;
    position->moved = true;
    if (writer->oldest_ms == 0 || msg->time_ms < writer->oldest_ms)
        writer->oldest_ms = msg->time_ms;
    metric_add(writer->records, 1);
}

static void add_positions(struct writer *writer)
{
    for (size_t i = 0; i < view_topic_count; i++)
        for (int p = 0; p < PARTITIONS_MAX; p++) {
            struct position *position = &writer->positions[view_topics[i]][p];

            if (position->moved)
                add_op(writer, "position", arena_printf(&writer->arena, "%s/%d", topic_name(view_topics[i]), p),
                       number(writer, position->next), STR(""), STR("0"));
            position->moved = false;
        }
}

bool writer_flush(struct writer *writer, bool whole)
{
    bool mark = whole && !writer->whole;

    if (writer->state != WRITER_FREE)
        return true;
    if (writer->word_count == 0 && !mark)
        return false;
    if (writer->word_count == 0)
        begin_batch(writer);
    add_positions(writer);
    if (mark)
        add_op(writer, "mark", STR(""), STR(""), STR(""), STR("0"));
    writer->sent_whole = whole;
    send_batch(writer, mark ? EFFECT("views-mark", "a batch is written with the mark that the views are whole")
                            : EFFECT("views-batch", "a batch of carts, stories and positions is written"));
    return true;
}

/* --- opening and closing ----------------------------------------------------------------------------------------------- */

static void probed(void *context, const redisReply *reply)
{
    struct writer *writer = context;
    bool ours = reply && reply->type == REDIS_REPLY_STRING && strcmp(reply->str, writer->token) == 0;

    if (!reply || reply->type == REDIS_REPLY_ERROR || ours || !writer->whole || writer->state < WRITER_FREE)
        return;
    go_away(writer, "Redis has lost the views");
    ask(writer);
}

/* Who shows the views sees by this that they are being written; a beat that was not taken is missed there. */
static void beat(struct writer *writer)
{
    redis_words(writer->redis, EFFECT("views-alive", "it is said that the views are being written"), NULL, NULL,
                STR("SET"), STR("views:alive"), STR("1"), STR("PX"), STR(WRITER_ALIVE_MS));
}

/* Once a second: ask again, or look whether the views are still there although nothing is being written. */
static void tick(evutil_socket_t fd, short what, void *context)
{
    struct writer *writer = context;

    (void)fd;
    (void)what;
    if (writer->whole && writer->state >= WRITER_FREE)
        beat(writer);
    if (writer->state == WRITER_AWAY && redis_connected(writer->redis))
        ask(writer);
    else if (writer->state == WRITER_FREE && writer->whole)
        redis_words(writer->redis, READS, probed, writer, STR("GET"), STR("views:mark"));
}

static void changed(void *context, bool connected)
{
    struct writer *writer = context;

    if (!connected)
        go_away(writer, "Redis is away");
    else if (writer->state == WRITER_AWAY)
        ask(writer);
}

struct writer *writer_open(struct event_base *base, struct redis *redis, const struct view_keep *keep,
                           const struct writer_hooks *hooks, void *context)
{
    struct writer *writer = calloc(1, sizeof(*writer));
    struct timeval often = {TICK_S, 0};

    if (!writer)
        abort();
    *writer = (struct writer){.redis = redis, .keep = keep, .hooks = *hooks, .context = context};
    arena_init(&writer->arena);
    err_set(&writer->last, ST_RETRY, "Redis has not answered yet");
    writer->records = metric_counter("shop_views_records_total", "Records that were put into the views.", NULL);
    writer->rebuilds = metric_counter("shop_views_rebuilds_total", "How often everything was written anew.", NULL);
    writer->batch = metric_histogram("shop_views_batch_seconds", "From sending a batch to its being kept.", NULL);
    writer->delay = metric_histogram("shop_views_delay_seconds", "From the log to the view, of a batch's oldest.",
                                     NULL);
    writer->tick = event_new(base, -1, EV_PERSIST, tick, writer);
    if (!writer->tick)
        abort();
    event_add(writer->tick, &often);
    redis_on_change(redis, changed, writer);
    if (redis_connected(redis))
        ask(writer);
    return writer;
}

void writer_close(struct writer *writer)
{
    if (!writer)
        return;
    redis_on_change(writer->redis, NULL, NULL);
    event_free(writer->tick);
    arena_release(&writer->arena);
    free(writer->words);
    free(writer);
}

int64_t writer_position(const struct writer *writer, enum topic topic, int32_t partition)
{
    return partition < PARTITIONS_MAX ? writer->positions[topic][partition].next : -1;
}

bool writer_ready(void *context, struct err *why)
{
    const struct writer *writer = context;

    if (writer->state == WRITER_AWAY || writer->state == WRITER_ASKING)
        err_set(why, ST_RETRY, "nothing can be written: %s", writer->last.text);
    else if (!writer->whole)
        err_set(why, ST_RETRY, "the views are being written anew");
    return writer->whole && (writer->state == WRITER_FREE || writer->state == WRITER_IN_FLIGHT);
}
