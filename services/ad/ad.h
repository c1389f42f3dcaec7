/* ad.h - the words of advertising: a campaign with its budget, and what one visitor was shown of it.
 *
 * Two lanes share the ads' rows: ad (the keeper's commands, the pace, and what pages are told) and impression (visitors, who
 * spend). Money is in millionths of a US dollar, micros; a day is one of UTC, counted from 1970. */
#ifndef AD_AD_H
#define AD_AD_H

#include "msg/rule.h"
#include "store/table.h"

enum ad_state { AD_UNKNOWN, AD_RUNNING, AD_STOPPED };

enum {
    AD_HOUR_MS = 60 * 60 * 1000,
    AD_DAY_MS = 24 * AD_HOUR_MS,
    AD_PACE_MS = 60 * 1000,      /* how often the share is looked at, and pages are told what was spent */
    AD_ALWAYS_PPM = 1000000,     /* a share: of a million chances, so many are taken */
    AD_FIRST_SHARE_PPM = 100000, /* of a campaign that nobody has seen yet */
    AD_LEAST_SHARE_PPM = 1000,   /* less would tell nothing about how much there is to be had */
    AD_ID_BYTES = 40,            /* of a-z, 0-9 and - : it stands in links and cookies */
    AD_TEXT_BYTES = 200,
    AD_WORDS = 32, /* keywords, and categories, of a campaign */
};

/* Its key is the ad id. */
struct ad {
    struct row row;
    struct str text, product_id;
    struct str keywords, categories; /* separated by commas */
    int32_t weight;
    int64_t from_ms, until_ms;
    int64_t daily_budget_micros, impression_micros, click_micros;
    int32_t session_cap;
    int32_t share_ppm; /* as pages were told, above 0 also while nothing is left of the day's budget */
    int64_t day;       /* that spent_today_micros is of */
    int64_t spent_today_micros;
    int64_t paced_ms, paced_micros;            /* the last look at the pace, and what had been spent of the day then */
    int64_t watched_ms;                        /* since when the demand is watched; 0: not yet */
    int64_t demand_micros;                     /* what an hour would cost if every chance were taken */
    int64_t impressions, clicks, spent_micros; /* since the campaign began */
    int64_t version;                           /* of the last AdUpdated; 0 before the first */
    int64_t told_impressions, told_clicks;     /* what that said ... */
    int32_t told_share_ppm;                    /* ... and the share, 0 when the budget was spent */
    int64_t seen_version;                      /* the greatest AdUpdated that came back from the topic */
    int64_t folded_ms; /* the counts up to then came with an AdUpdated of a life that was lost; 0: they did not */
};

/* Nothing is left of the budget of the row's day. */
bool ad_is_spent(const struct ad *ad);

/* Adds what an impression or a click of that moment costs, as far as its day's budget reaches: what goes beyond is not
 * charged. A moment of a day that is over costs nothing: what was left of that day's budget is not kept. */
void ad_spend(struct ad *ad, int64_t at_ms, int64_t micros);

/* Whether what was seen or followed then is counted already, because the ad's counts are those of an AdUpdated of a life that
 * was lost. */
bool ad_has_counted(const struct ad *ad, int64_t at_ms);

/* A look at what was spent since the last one: sets the share so that what is left lasts until the day, or the campaign, ends.
 * It becomes at most twice, and at least half, of what it was; looks within half of AD_PACE_MS change nothing. */
void ad_pace(struct ad *ad, int64_t now_ms);

/* Its day begins, if the row is still at another. */
void ad_turn_day(struct ad *ad, int64_t now_ms);

enum visitor_state { VISITOR_NEW, VISITOR_KNOWN };

enum { VISITOR_IMPRESSIONS = 40 }; /* a click comes soon, or from a page that was left open, or not at all */

/* Its key is the session id. */
struct visitor {
    struct row row;
    struct str shown; /* "<impression id> <ad id>\n" each, the newest last, with '+' for ' ' once it was followed */
    int64_t seen_ms;  /* when they were last shown one; 0: nothing is known of them */
};

struct key_list;

/* The ad that this message is about. */
void impression_ads(const struct msg *heard, const void *row, struct key_list *keys);

extern const struct rules ad_rules, impression_rules;

/* For struct lane: a keeper's command that nobody will hear is answered as refused. */
void ad_refuse(struct step *step, void *row);

extern const struct table ad_table, visitor_table;

#endif
