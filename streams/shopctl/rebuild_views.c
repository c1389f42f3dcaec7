/* rebuild_views.c - shopctl rebuild views: all of them are dropped at once with their mark; they are written anew, and set another
 * mark when all is there. Who is forgotten stays so meanwhile. */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "streams/shopctl/rebuild.h"
#include "streams/shopctl/replay.h"

enum { LOOK_EVERY_US = 200000, KINDS = 3 };

static const char *const kinds[KINDS] = {"cart", "order", "orders"};

/* Dropped: whatever has the views' names, theirs or not, as if Redis had been lost. How many of each there were. */
static const char drop_script[] = "redis.call('DEL', 'views:mark', 'views:positions')\n"
                                  "local counts = {}\n"
                                  "for i, kind in ipairs(ARGV) do\n"
                                  "  local keys = redis.call('KEYS', kind .. ':*')\n"
                                  "  counts[i] = #keys\n"
                                  "  for at = 1, #keys, 1000 do\n"
                                  "    redis.call('UNLINK', unpack(keys, at, math.min(at + 999, #keys)))\n"
                                  "  end\n"
                                  "end\n"
                                  "return counts\n";

static const char count_script[] = "local counts = {}\n"
                                   "for i, kind in ipairs(ARGV) do counts[i] = #redis.call('KEYS', kind .. ':*') end\n"
                                   "return counts\n";

struct views {
    redisContext *link;
    bool json;
    int64_t before[KINDS], after[KINDS];
};

static bool read_counts(const redisReply *reply, int64_t *counts)
{
    for (size_t i = 0; reply && reply->type == REDIS_REPLY_ARRAY && i < reply->elements && i < KINDS; i++)
        counts[i] = reply->element[i]->integer;
    return reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == KINDS;
}

static bool is_marked(redisContext *link)
{
    /* READS */
    redisReply *reply = redisCommand(link, "EXISTS views:mark");
    bool marked = reply && reply->type == REDIS_REPLY_INTEGER && reply->integer == 1;

    freeReplyObject(reply);
    return marked;
}

/* Fewer than before is a view that was lost, or one of which no topic tells. */
static enum exit_code tell(struct views *views, int took_ms)
{
    /* READS */
    redisReply *reply = redisCommand(views->link, "EVAL %s 0 %s %s %s", count_script, kinds[0], kinds[1], kinds[2]);
    bool fewer = false, read = read_counts(reply, views->after);

    freeReplyObject(reply);
    for (size_t i = 0; read && i < KINDS; i++) {
        fewer = fewer || views->after[i] < views->before[i];
        if (!views->json)
            printf("%-6s  %" PRId64 " before, %" PRId64 " after\n", kinds[i], views->before[i], views->after[i]);
    }
    if (views->json)
        printf("{\"service\": \"views\", \"before\": [%" PRId64 ", %" PRId64 ", %" PRId64 "], \"after\": [%" PRId64
               ", %" PRId64 ", %" PRId64 "], \"took_ms\": %d}\n",
               views->before[0], views->before[1], views->before[2], views->after[0], views->after[1], views->after[2],
               took_ms);
    else
        printf("The views are whole again; that took %d ms.\n", took_ms);
    if (fewer)
        complain("there are fewer views than before: some had expired, or no topic tells of them");
    return !read ? EXIT_FAILED : fewer ? EXIT_REFUSED : EXIT_DONE;
}

static enum exit_code follow(struct views *views)
{
    int64_t began_us = clock_steady_us(), till_us = began_us + say_patience().tv_sec * INT64_C(1000000);

    while (!is_marked(views->link)) {
        if (clock_steady_us() > till_us) {
            complain("the views are not whole yet; they are written anew as soon as they run");
            return EXIT_FAILED;
        }
        usleep(LOOK_EVERY_US);
    }
    return tell(views, (int)((clock_steady_us() - began_us) / 1000));
}

enum exit_code rebuild_views(const struct mend *mend)
{
    const char *words[] = {"EVAL", drop_script, "0", kinds[0], kinds[1], kinds[2]};
    struct err err;
    redisContext *link = database_redis(&err);
    struct views views = {.link = link, .json = mend->json};
    enum exit_code code = EXIT_FAILED;
    redisReply *reply;

    if (!link) {
        complain("%s", err.text);
        return EXIT_FAILED;
    }
    if (mend->dry_run) {
        puts("All that the views keep would be written anew; pages that need them say so meanwhile.");
        code = EXIT_DONE;
    } else if (!mend_agreed(mend, "Until the views are whole again, pages that need them say that they are away.")) {
        code = EXIT_USAGE;
    } else {
        reply = replay_views_write(link, 3 + KINDS, words);
        if (read_counts(reply, views.before))
            code = follow(&views);
        else
            complain("Redis: %s", reply ? reply->str : link->errstr);
        freeReplyObject(reply);
    }
    redisFree(link);
    return code;
}
