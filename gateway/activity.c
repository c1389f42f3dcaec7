/* activity.c - what visitors look at and follow, told to Kafka on the way. A page is never later or other for it. */
#include "gateway/activity.h"

#include "run/metrics.h"

static struct metric *written, *dropped_away, *dropped_full, *lost;

DEFINE_EFFECT(noting, "activity-say", "what a visitor looked at is produced");

static void on_report(struct ticket *ticket, enum status status, int64_t offset)
{
    struct activity *activity = (struct activity *)ticket;

    (void)offset;
    effect_answered(&noting);
    activity->open--;
    metric_add(status == ST_OK ? written : lost, 1);
}

void activity_init(struct activity *activity, struct producer *producer)
{
    static const char help[] = "Records of visitors' activity that were not written, by reason.";

    *activity = (struct activity){.ticket = {on_report}, .producer = producer};
    written = metric_counter("shop_activity_written_total", "Records of visitors' activity that the broker has.", NULL);
    dropped_away = metric_counter("shop_activity_dropped_total", help, "reason=\"away\"");
    dropped_full = metric_counter("shop_activity_dropped_total", help, "reason=\"full\"");
    lost = metric_counter("shop_activity_dropped_total", help, "reason=\"unknown\"");
}

bool activity_say(struct activity *activity, const struct session *visitor, enum msg_type type, const void *body,
                  struct id id)
{
    struct arena arena;
    struct err err;
    bool taken;

    if (visitor->fresh)
        return false;
    if (!producer_ready(activity->producer, &err)) {
        metric_add(dropped_away, 1);
        return false;
    }
    if (activity->open >= ACTIVITY_OPEN_MAX) {
        metric_add(dropped_full, 1);
        return false;
    }
    arena_init(&arena);
    taken = producer_say(activity->producer, &noting, voice_compose(type, body, id, id, (struct str){NULL, 0}, &arena),
                         &activity->ticket, &err) == ST_OK;
    arena_release(&arena);
    activity->open += taken;
    metric_add(taken ? NULL : dropped_full, 1);
    return taken;
}
