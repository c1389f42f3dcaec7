/* rebuild_views.c - shopctl rebuild views: without their mark the views are written anew, and set another when all is there. */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "streams/shopctl/rebuild.h"
#include "streams/shopctl/replay.h"

enum { LOOK_EVERY_US = 200000 };

static bool is_marked(redisContext *link)
{
    /* READS */
    redisReply *reply = redisCommand(link, "EXISTS views:mark");
    bool marked = reply && reply->type == REDIS_REPLY_INTEGER && reply->integer == 1;

    freeReplyObject(reply);
    return marked;
}

static enum exit_code follow(redisContext *link)
{
    int64_t began_us = clock_steady_us(), till_us = began_us + say_patience().tv_sec * INT64_C(1000000);

    while (!is_marked(link)) {
        if (clock_steady_us() > till_us) {
            complain("the views are not whole yet; they are written anew as soon as they run");
            return EXIT_FAILED;
        }
        usleep(LOOK_EVERY_US);
    }
    printf("The views are whole again; that took %d ms.\n", (int)((clock_steady_us() - began_us) / 1000));
    return EXIT_DONE;
}

enum exit_code rebuild_views(const struct mend *mend)
{
    const char *words[] = {"DEL", "views:mark"};
    struct err err;
    redisContext *link = database_redis(&err);
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
        reply = replay_views_write(link, 2, words);
        if (reply && reply->type == REDIS_REPLY_INTEGER)
            code = follow(link);
        else
            complain("Redis: %s", reply ? reply->str : link->errstr);
        freeReplyObject(reply);
    }
    redisFree(link);
    return code;
}
