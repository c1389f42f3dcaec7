/* ad_report.c - what the ad service has said of its campaigns last. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "streams/shopctl/ad.h"
#include "streams/shopctl/words.h"

enum { CAMPAIGNS = 4096, DAY_MS = 24 * 60 * 60 * 1000 };

struct report {
    struct arena *arena;
    const struct ad_updated *items[CAMPAIGNS];
    size_t count;
};

static void learn(void *context, const struct msg *heard)
{
    struct report *report = context;
    const struct ad_updated *ad = heard->body;
    size_t at = 0;

    while (at < report->count && !str_equal(report->items[at]->ad_id, ad->ad_id))
        at++;
    if (at == CAMPAIGNS || (at < report->count && report->items[at]->version >= ad->version))
        return;
    report->items[at] = msg_decode_own(heard->type, msg_encode(heard->type, ad, report->arena), report->arena);
    report->count += at == report->count;
}

static int by_id(const void *a, const void *b)
{
    return str_compare((*(const struct ad_updated *const *)a)->ad_id, (*(const struct ad_updated *const *)b)->ad_id);
}

static bool is_wanted(const struct ad_call *call, struct str ad_id)
{
    for (size_t i = 0; i < call->operand_count; i++)
        if (str_is(ad_id, call->operands[i]))
            return true;
    return call->operand_count == 0;
}

static const char *condition(const struct ad_updated *ad, int64_t now_ms)
{
    if (ad->stopped)
        return "stopped";
    if (now_ms < ad->from_ms)
        return "waits";
    if (now_ms >= ad->until_ms)
        return "over";
    return ad->share_ppm == 0 ? "spent" : "runs";
}

/* What it says of today counts for nothing tomorrow: the service tells of a new day when somebody has seen the ad. */
static int64_t spent_today(const struct ad_updated *ad, int64_t now_ms)
{
    int64_t day_ms;
    char day[16];

    snprintf(day, sizeof(day), STR_FMT, STR_ARG(ad->day));
    return words_read_time(day, &day_ms) && day_ms / DAY_MS == now_ms / DAY_MS ? ad->spent_today_micros : 0;
}

static void put_ad(const struct ad_updated *ad, int64_t now_ms)
{
    double rate = ad->impressions ? 100.0 * (double)ad->clicks / (double)ad->impressions : 0;

    printf("%-24.*s %-8s %11" PRId64 " %8" PRId64 " %6.2f%% %10.4f %10.4f %8.2f %6.1f%%\n", STR_ARG(ad->ad_id),
           condition(ad, now_ms), ad->impressions, ad->clicks, rate, (double)ad->spent_micros / 1e6,
           (double)spent_today(ad, now_ms) / 1e6, (double)ad->daily_budget_micros / 1e6, (double)ad->share_ppm / 1e4);
}

static void put_json(const struct ad_updated *ad, bool first, int64_t now_ms, struct arena *arena)
{
    struct str json = msg_json(MSG_AD_UPDATED, ad, arena);

    printf("%s\n  {\"condition\":\"%s\",\"campaign\":" STR_FMT "}", first ? "" : ",", condition(ad, now_ms),
           STR_ARG(json));
}

enum exit_code ad_report(const struct ad_call *call, struct arena *arena)
{
    static const enum topic topics[] = {TOPIC_AD_STATE};
    struct report *report = arena_new(arena, struct report);
    int64_t now_ms = clock_wall_ms();
    size_t shown = 0, wanted = 0;
    struct err err;
    enum status status = say_open(&err);

    report->arena = arena;
    if (status == ST_OK)
        status = hear_all(topics, 1, learn, report, &err);
    if (status != ST_OK)
        return give_up(status, &err);
    for (size_t i = 0; i < report->count; i++)
        wanted += is_wanted(call, report->items[i]->ad_id);
    if (wanted == 0 && call->operand_count) {
        complain("there is no such campaign");
        return EXIT_REFUSED;
    }
    qsort(report->items, report->count, sizeof(report->items[0]), by_id);
    if (call->json)
        printf("[");
    else
        printf("%-24s %-8s %11s %8s %7s %10s %10s %8s %7s\n", "CAMPAIGN", "STATE", "IMPRESSIONS", "CLICKS", "RATE",
               "SPENT $", "TODAY $", "BUDGET", "SHARE");
    for (size_t i = 0; i < report->count; i++) {
        if (!is_wanted(call, report->items[i]->ad_id))
            continue;
        if (call->json)
            put_json(report->items[i], shown == 0, now_ms, arena);
        else
            put_ad(report->items[i], now_ms);
        shown++;
    }
    if (call->json)
        printf("%s]\n", shown ? "\n" : "");
    return EXIT_DONE;
}
