/* rebuild_views.c - shopctl rebuild views: all that they keep is dropped in one moment, written anew from the topics, compared. */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "streams/shopctl/rebuild_redis.h"
#include "streams/shopctl/replay.h"
#include "streams/shopctl/words.h"

/* A record's time is the broker's. */
enum { LOOK_EVERY_US = 200000, CLOCKS_APART_MS = 60000 };

/* In one moment, and all but who is forgotten, whose lists stay away: whoever writes the views must not have begun anew when the last of the old is deleted. */
static const char drop[] = "redis.call('DEL', 'views:mark', 'views:positions')\n"
                           "local cursor, ours = '0', {cart = true, order = true, orders = true}\n"
                           "repeat\n"
                           "  local page = redis.call('SCAN', cursor, 'COUNT', 1000)\n"
                           "  cursor = page[1]\n"
                           "  for _, key in ipairs(page[2]) do\n"
                           "    if ours[string.match(key, '^(%a+):')] then redis.call('UNLINK', key) end\n"
                           "  end\n"
                           "until cursor == '0'\n"
                           "return 1\n";

static bool is_marked(redisContext *link)
{
    /* READS */
    redisReply *reply = redisCommand(link, "EXISTS views:mark");
    bool marked = reply && reply->type == REDIS_REPLY_INTEGER && reply->integer == 1;

    freeReplyObject(reply);
    return marked;
}

/* How far they have come: the sum of their positions. */
static long long heard(redisContext *link)
{
    /* READS */
    redisReply *reply = redisCommand(link, "HVALS views:positions");
    long long sum = 0;

    for (size_t i = 0; reply && reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
        sum += strtoll(reply->element[i]->str, NULL, 10);
    freeReplyObject(reply);
    return sum;
}

/* As long as they come on, they are waited for. */
static enum exit_code follow(redisContext *link, struct rebuilding *work, long long whole)
{
    int64_t began_us = clock_steady_us(), patience_us = say_patience().tv_sec * INT64_C(1000000);
    int64_t till_us = began_us + patience_us;
    long long last = -1;
    int told = 0;

    while (!is_marked(link)) {
        long long now = heard(link);

        if (now != last)
            till_us = clock_steady_us() + patience_us;
        last = now;
        if (link->err || clock_steady_us() > till_us) {
            complain(
                "the views are not whole yet%s%s; they are written anew as soon as they run (make status; make logs S=views)",
                link->err ? ", Redis: " : "", link->err ? link->errstr : "");
            return EXIT_FAILED;
        }
        words_progress(now, whole, &told);
        usleep(LOOK_EVERY_US);
    }
    words_progress(whole, whole, &told);
    work->took_ms = (clock_steady_us() - began_us) / 1000;
    return EXIT_DONE;
}

static enum exit_code compare(redisContext *link, struct rebuilding *work, const struct views_inventory *before,
                              int64_t since_ms)
{
    struct views_inventory after;
    struct err err;
    enum status status = views_inventory_take(link, &after, &err);
    bool equal;

    if (status != ST_OK) {
        views_inventory_free(&after);
        return give_up(status, &err);
    }
    views_inventory_digest(&after, &work->after);
    equal = views_inventory_compare(before, &after, since_ms, work->tables);
    views_inventory_free(&after);
    rebuild_tell(work, equal);
    return equal ? EXIT_DONE : EXIT_REFUSED;
}

static enum exit_code drop_and_compare(redisContext *link, struct rebuilding *work,
                                       const struct views_inventory *before)
{
    const char *words[] = {"EVAL", drop, "0"};
    int64_t since_ms = clock_wall_ms() - CLOCKS_APART_MS;
    long long whole = heard(link);
    redisReply *reply = replay_views_write(link, 3, words);
    bool dropped = reply && reply->type == REDIS_REPLY_INTEGER;
    enum exit_code code = EXIT_FAILED;

    if (!dropped)
        complain("nothing was done, Redis: %s", reply ? reply->str : link->errstr);
    freeReplyObject(reply);
    if (dropped)
        code = follow(link, work, whole);
    return code == EXIT_DONE ? compare(link, work, before, since_ms) : code;
}

static enum exit_code rebuild_them(redisContext *link, struct rebuilding *work)
{
    struct views_inventory before;
    struct err err;
    enum status status = views_inventory_take(link, &before, &err);
    enum exit_code code;

    views_inventory_digest(&before, &work->before);
    if (status != ST_OK)
        code = give_up(status, &err);
    else if (work->mend.dry_run)
        code = rebuild_rehearsed(work);
    else if (!mend_agreed(&work->mend, "Until the views are whole again, pages that need them say that they are away."))
        code = EXIT_USAGE;
    else
        code = drop_and_compare(link, work, &before);
    views_inventory_free(&before);
    return code;
}

enum exit_code rebuild_views(struct rebuilding *work)
{
    struct err err;
    redisContext *link = database_redis(&err);
    enum exit_code code;

    if (!link) {
        complain("%s", err.text);
        return EXIT_FAILED;
    }
    code = rebuild_them(link, work);
    redisFree(link);
    return code;
}
