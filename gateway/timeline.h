/* timeline.h - an order's story as a page shows it: how far it is, what it waits for, how it ended. */
#ifndef GATEWAY_TIMELINE_H
#define GATEWAY_TIMELINE_H

#include "gateway/story.h"
#include "pages/types.h"

struct timeline {
    struct shown_order order;
    const struct order *content; /* what was ordered; NULL while nobody has told it */
    struct str user_id;          /* whose it is; empty while nobody has told it */
    int64_t placed_ms;           /* 0: not placed yet */
    bool over;                   /* nothing will be added that a page would wait for */
};

/* Everything in the arena. now_ms: so that what waits can say for how long. */
struct timeline timeline_of(const struct story *story, struct str order_id, int64_t now_ms, struct arena *arena);

/* "14:03:07", "31 January 2026, 14:03 UTC" and "2026-01-31T14:03:07Z", in the arena. */
struct str time_text(int64_t time_ms, struct arena *arena);
struct str time_day(int64_t time_ms, struct arena *arena);
struct str time_iso(int64_t time_ms, struct arena *arena);

#endif
