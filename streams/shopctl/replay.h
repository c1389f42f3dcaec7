/* replay.h - the words of shopctl replay: which reader hears which ranges again. */
#ifndef SHOPCTL_REPLAY_H
#define SHOPCTL_REPLAY_H

#include "streams/shopctl/mend.h"
#include "streams/shopctl/tape.h"

enum { REPLAY_RANGES_MAX = 256 };

/* A place in the past: a time, or an offset of one partition. */
struct replay_place {
    bool given;
    int64_t time_ms; /* used when topic is TOPIC_NONE */
    enum topic topic;
    int32_t part;
    int64_t offset;
};

struct replay_range {
    enum topic topic;
    int32_t part;
    int64_t from, to, position;
};

struct replay_plan {
    struct mend mend; /* its reader, by, yes, dry_run, databases, arena */
    struct replay_place from, to;
    enum topic topic; /* only this one; TOPIC_NONE: all that may be */
    const char *key;
    bool effects;
    struct database *database; /* NULL: the views */
    struct tape *tape;
    struct replay_range ranges[REPLAY_RANGES_MAX];
    size_t count;
};

/* "2026-11-22T10:00:00Z", "90m" ago, "beginning", or "order.events/3/177"; false: none of them. */
bool replay_place_read(const char *text, int64_t now_ms, struct replay_place *place);

/* Why this reader may not be set back, in a sentence; NULL: it may. */
const char *replay_forbidden(const char *reader);

/* Fills the ranges: what lies in the log between the places, was heard by this reader, and may be heard again. */
enum exit_code replay_ranges(struct replay_plan *plan);

/* replay_views.c: sets the views' positions in Redis back, and follows them. */
enum exit_code replay_views_positions(struct replay_plan *plan);
enum exit_code replay_views(struct replay_plan *plan);

/* A command that moves the views' mark or positions. */
struct redisReply *replay_views_write(struct redisContext *link, int count, const char **words);

#endif
