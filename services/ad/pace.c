/* pace.c - how a day's budget is spent: counted exactly, and stretched over the day. Arithmetic only. */
#include "services/ad/ad.h"

static int64_t less(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

bool ad_is_spent(const struct ad *ad)
{
    return ad->spent_today_micros >= ad->daily_budget_micros;
}

bool ad_has_counted(const struct ad *ad, int64_t at_ms)
{
    return at_ms <= ad->folded_ms;
}

void ad_turn_day(struct ad *ad, int64_t now_ms)
{
    int64_t day = now_ms / AD_DAY_MS;

    if (day <= ad->day)
        return;
    ad->day = day;
    ad->spent_today_micros = 0;
    ad->paced_ms = now_ms;
    ad->paced_micros = 0;
}

void ad_spend(struct ad *ad, int64_t at_ms, int64_t micros)
{
    int64_t charged;

    ad_turn_day(ad, at_ms);
    if (at_ms / AD_DAY_MS < ad->day) /* heard late: its day's account is closed, and nobody knows what was left in it */
        return;
    charged = less(micros, ad->daily_budget_micros - ad->spent_today_micros);
    if (charged < 0) /* the keeper has lowered the budget since */
        charged = 0;
    ad->spent_today_micros += charged;
    ad->spent_micros += charged;
}

/* What the campaign would spend in an hour if it took every chance: the mean of its first hour, then of about the last. */
static int64_t demand_of(const struct ad *ad, int64_t now_ms, int64_t elapsed_ms)
{
    double window_ms = (double)less(now_ms - ad->watched_ms, AD_HOUR_MS);
    double taken = (double)ad->share_ppm / AD_ALWAYS_PPM;
    double seen = (double)(ad->spent_today_micros - ad->paced_micros) / taken * AD_HOUR_MS / (double)elapsed_ms;
    double weight = (double)elapsed_ms / window_ms;

    return (int64_t)((double)ad->demand_micros + (seen - (double)ad->demand_micros) * (weight < 1 ? weight : 1));
}

static int32_t share_for(const struct ad *ad, int64_t now_ms)
{
    int64_t end_ms = less((ad->day + 1) * AD_DAY_MS, ad->until_ms);
    double left = (double)(ad->daily_budget_micros - ad->spent_today_micros);
    double wanted = left * AD_HOUR_MS / (double)(end_ms - now_ms); /* an hour */
    double share = ad->demand_micros > 0 ? wanted / (double)ad->demand_micros * AD_ALWAYS_PPM : AD_ALWAYS_PPM;

    if (share > 2.0 * ad->share_ppm)
        share = 2.0 * ad->share_ppm;
    if (share < 0.5 * ad->share_ppm)
        share = 0.5 * ad->share_ppm;
    if (share > AD_ALWAYS_PPM)
        share = AD_ALWAYS_PPM;
    return share < AD_LEAST_SHARE_PPM ? AD_LEAST_SHARE_PPM : (int32_t)share;
}

void ad_pace(struct ad *ad, int64_t now_ms)
{
    int64_t elapsed_ms;

    ad_turn_day(ad, now_ms);
    elapsed_ms = now_ms - ad->paced_ms;
    if (now_ms < ad->from_ms || now_ms >= ad->until_ms || elapsed_ms < AD_PACE_MS / 2)
        return;
    if (!ad_is_spent(ad)) { /* while nothing is left nothing is shown, and nothing seen of the demand */
        if (ad->watched_ms == 0)
            ad->watched_ms = ad->paced_ms;
        ad->demand_micros = demand_of(ad, now_ms, elapsed_ms);
        ad->share_ppm = share_for(ad, now_ms);
    }
    ad->paced_ms = now_ms;
    ad->paced_micros = ad->spent_today_micros;
}
