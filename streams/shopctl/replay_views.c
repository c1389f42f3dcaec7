/* replay_views.c - the views keep their positions in Redis: they are set back under another mark, so that a batch that is
 * under way is lost, and the views ask where to go on. What they write twice is the same. */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "streams/shopctl/replay.h"
#include "streams/shopctl/words.h"

enum { LOOK_EVERY_US = 300000 };

/* ARGV: the new mark; then fields of views:positions and their offsets. Not while everything is written anew. */
static const char set_back[] =
    "if redis.call('EXISTS', 'views:mark') == 0 then return 'rebuilding' end\n"
    "for i = 2, #ARGV, 2 do redis.call('HSET', 'views:positions', ARGV[i], ARGV[i + 1]) end\n"
    "redis.call('SET', 'views:mark', ARGV[1])\n"
    "return 'set'\n";

static redisContext *connect_redis(void)
{
    struct err err;
    redisContext *link = database_redis(&err);

    if (!link)
        complain("%s", err.text);
    return link;
}

static void take_position(struct replay_plan *plan, const char *field, const char *value)
{
    const char *slash = strchr(field, '/');

    if (slash && plan->count < REPLAY_RANGES_MAX)
        plan->ranges[plan->count++] = (struct replay_range){
            .topic = topic_named((struct str){field, (size_t)(slash - field)}),
            .part = (int32_t)strtol(slash + 1, NULL, 10),
            .position = strtoll(value, NULL, 10)};
}

enum exit_code replay_views_positions(struct replay_plan *plan)
{
    redisContext *link = connect_redis();
    /* READS */
    redisReply *reply = link ? redisCommand(link, "HGETALL views:positions") : NULL;
    bool read = reply && reply->type == REDIS_REPLY_ARRAY;

    for (size_t i = 0; read && i + 1 < reply->elements; i += 2)
        take_position(plan, reply->element[i]->str, reply->element[i + 1]->str);
    freeReplyObject(reply);
    if (link)
        redisFree(link);
    return read ? EXIT_DONE : EXIT_FAILED;
}

redisReply *replay_views_write(redisContext *link, int count, const char **words)
{
    redisReply *reply;

    CRASH_POINT("replay-views.before", "the views' positions are set back: not begun yet");
    reply = redisCommandArgv(link, count, words, NULL);
    CRASH_POINT("replay-views.answered", "the views' positions are set back: answered, not told");
    return reply;
}

static redisReply *move(redisContext *link, struct replay_plan *plan)
{
    const char *words[2 * REPLAY_RANGES_MAX + 4];
    struct id mark = id_random();
    char text[ID_TEXT_LEN + 1] = "";
    int count = 4;

    id_write(&mark, text);
    text[ID_TEXT_LEN] = '\0';
    words[0] = "EVAL";
    words[1] = set_back;
    words[2] = "0";
    words[3] = text;
    for (size_t i = 0; i < plan->count; i++) {
        const struct replay_range *range = &plan->ranges[i];

        words[count++] = arena_printf(&plan->mend.arena, "%s/%d", topic_name(range->topic), (int)range->part).ptr;
        words[count++] = arena_printf(&plan->mend.arena, "%" PRId64, range->from).ptr;
    }
    return replay_views_write(link, count, words);
}

/* How many records are still to be heard until everything stands where it stood. */
static int64_t left(redisContext *link, const struct replay_plan *plan)
{
    int64_t sum = 0;

    for (size_t i = 0; i < plan->count; i++) {
        const struct replay_range *range = &plan->ranges[i];
        /* READS */
        redisReply *reply = redisCommand(link, "HGET views:positions %s/%d", topic_name(range->topic),
                                         (int)range->part);
        int64_t at = reply && reply->type == REDIS_REPLY_STRING ? strtoll(reply->str, NULL, 10) : range->from;

        sum += at < range->position ? range->position - at : 0;
        freeReplyObject(reply);
    }
    return sum;
}

static enum exit_code follow(redisContext *link, struct replay_plan *plan)
{
    int64_t patience_us = say_patience().tv_sec * INT64_C(1000000), till_us = clock_steady_us() + patience_us;
    int64_t before = left(link, plan), now = before, whole = before;
    int told = 0;

    while (now && clock_steady_us() < till_us) {
        usleep(LOOK_EVERY_US);
        now = left(link, plan);
        if (now < before)
            till_us = clock_steady_us() + patience_us;
        before = now;
        words_progress(whole - now, whole, &told);
    }
    if (!now)
        mend_outcome(&plan->mend, "The views have heard all of it again.");
    else
        complain("%" PRId64 " records are left; the views hear them as soon as they run", now);
    return now ? EXIT_FAILED : EXIT_DONE;
}

enum exit_code replay_views(struct replay_plan *plan)
{
    redisContext *link = connect_redis();
    redisReply *reply = link ? move(link, plan) : NULL;
    bool moved = reply && reply->type == REDIS_REPLY_STRING && strcmp(reply->str, "set") == 0;
    enum exit_code code = EXIT_FAILED;

    if (moved)
        code = follow(link, plan);
    else
        complain("%s",
                 reply && reply->type == REDIS_REPLY_ERROR ? reply->str : "the views are being written anew already");
    freeReplyObject(reply);
    if (link)
        redisFree(link);
    return code;
}
