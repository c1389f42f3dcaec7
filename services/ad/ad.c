/* ad.c - campaigns: run and stopped by the keeper, paced by the minute, told to the pages.
 *
 * AdUpdated is said here and nowhere else, by the one owner of the ads' partition, so its version rises by one. */
#include "services/ad/ad.h"

#include <time.h>

#include "msg/commas.h"
#include "msg/say.h"
#include "msg/utf8.h"

/* --- what pages and reports are told ------------------------------------------------------------------------------ */

static struct str day_text(struct step *step, int64_t day)
{
    time_t at = (time_t)(day * (AD_DAY_MS / 1000));
    struct tm date;

    gmtime_r(&at, &date);
    return arena_printf(step->arena, "%04d-%02d-%02d", date.tm_year + 1900, date.tm_mon + 1, date.tm_mday);
}

/* Over, stopped or spent: nothing is shown. */
static int32_t share_now(const struct ad *row, int64_t now_ms)
{
    return row->row.state != AD_RUNNING || now_ms >= row->until_ms || ad_is_spent(row) ? 0 : row->share_ppm;
}

static void tell(struct step *step, struct ad *row)
{
    row->told_share_ppm = share_now(row, step->now_ms);
    row->told_impressions = row->impressions;
    row->told_clicks = row->clicks;
    say_ad_updated(step, &(struct ad_updated){.ad_id = row->row.key,
                                              .version = row->version,
                                              .text = row->text,
                                              .product_id = row->product_id,
                                              .keywords = commas_split(row->keywords, step->arena),
                                              .categories = commas_split(row->categories, step->arena),
                                              .weight = row->weight,
                                              .from_ms = row->from_ms,
                                              .until_ms = row->until_ms,
                                              .daily_budget_micros = row->daily_budget_micros,
                                              .impression_micros = row->impression_micros,
                                              .click_micros = row->click_micros,
                                              .session_cap = row->session_cap,
                                              .stopped = row->row.state == AD_STOPPED,
                                              .share_ppm = row->told_share_ppm,
                                              .day = day_text(step, row->day),
                                              .spent_today_micros = row->spent_today_micros,
                                              .impressions = row->impressions,
                                              .clicks = row->clicks,
                                              .spent_micros = row->spent_micros});
}

static void show(struct step *step, struct ad *row)
{
    row->version++;
    tell(step, row);
}

/* --- the keeper's commands ---------------------------------------------------------------------------------------- */

static void refuse(struct step *step, const struct ad *row, const char *detail)
{
    say_campaign_refused(step, &(struct campaign_refused){.ad_id = row->row.key,
                                                          .command = str_of(msg_type_name(step->heard->type)),
                                                          .detail = str_of(detail)});
}

static bool is_ad_id(struct str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!(id.ptr[i] >= 'a' && id.ptr[i] <= 'z') && !(id.ptr[i] >= '0' && id.ptr[i] <= '9') && id.ptr[i] != '-')
            return false;
    return id.len > 0 && id.len <= AD_ID_BYTES;
}

static bool are_words(struct str_list list)
{
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].len == 0 || list.items[i].len > AD_ID_BYTES || !utf8_plain(list.items[i]) ||
            memchr(list.items[i].ptr, ',', list.items[i].len))
            return false;
    return list.count <= AD_WORDS;
}

/* What is wrong with a campaign; NULL when it can be run. */
static const char *fault_of(const struct run_campaign *heard)
{
    if (!is_ad_id(heard->ad_id))
        return "An ad's id is 1 to 40 of a-z, 0-9 and '-'.";
    if (heard->text.len == 0 || heard->text.len > AD_TEXT_BYTES || !utf8_plain(heard->text))
        return "An ad's text has 1 to 200 bytes, on one line, without control characters.";
    if (heard->product_id.len == 0 || !utf8_plain(heard->product_id))
        return "An ad leads to a product.";
    if (!are_words(heard->keywords) || !are_words(heard->categories))
        return "An ad has at most 32 keywords and 32 categories, each of 1 to 40 bytes without a comma.";
    if (heard->weight < 1)
        return "A weight is 1 or more.";
    if (heard->from_ms < 0 || heard->until_ms <= heard->from_ms)
        return "A campaign ends after it has begun.";
    if (heard->daily_budget_micros < 1 || heard->impression_micros < 0 || heard->click_micros < 0)
        return "A budget is more than nothing, and a price not less.";
    if (heard->session_cap < 0)
        return "A cap is 0, for none, or more.";
    return NULL;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The next look: in a minute, when it begins, or when the day does; none when it is over. */
static void remind(struct step *step, const struct ad *row)
{
    int64_t now_ms = step->now_ms, midnight_ms = (now_ms / AD_DAY_MS + 1) * AD_DAY_MS;
    int64_t next_ms = now_ms + AD_PACE_MS < midnight_ms ? now_ms + AD_PACE_MS : midnight_ms;

    if (now_ms < row->until_ms)
        step_remind_soon(step, MSG_AD_DUE, row->row.key, later(next_ms, row->from_ms));
}

static void run_it(struct step *step, void *data)
{
    struct ad *row = data;
    const struct run_campaign *heard = step->heard->body;
    const char *fault = fault_of(heard);

    if (fault) {
        refuse(step, row, fault);
        return;
    }
    if (row->row.state == AD_UNKNOWN)
        row->share_ppm = AD_FIRST_SHARE_PPM;
    row->row.state = AD_RUNNING;
    row->text = heard->text;
    row->product_id = heard->product_id;
    row->keywords = commas_join(heard->keywords, step->arena);
    row->categories = commas_join(heard->categories, step->arena);
    row->weight = heard->weight;
    row->from_ms = heard->from_ms;
    row->until_ms = heard->until_ms;
    row->daily_budget_micros = heard->daily_budget_micros;
    row->impression_micros = heard->impression_micros;
    row->click_micros = heard->click_micros;
    row->session_cap = heard->session_cap;
    ad_turn_day(row, step->now_ms);
    show(step, row);
    remind(step, row);
}

static void stop(struct step *step, void *data)
{
    struct ad *row = data;

    row->row.state = AD_STOPPED;
    show(step, row);
}

void ad_refuse(struct step *step, void *row)
{
    refuse(step, row, "It could not be taken, was parked, and is given up: nothing was changed.");
}

static void refuse_unknown(struct step *step, void *data)
{
    refuse(step, data, "There is no campaign of this id.");
}

static void refuse_stopped(struct step *step, void *data)
{
    refuse(step, data, "The campaign is stopped already.");
}

/* --- the pace ----------------------------------------------------------------------------------------------------- */

static bool has_news(const struct ad *row, int64_t now_ms)
{
    return row->impressions != row->told_impressions || row->clicks != row->told_clicks ||
           share_now(row, now_ms) != row->told_share_ppm;
}

static void pace(struct step *step, void *data)
{
    struct ad *row = data;

    ad_pace(row, step->now_ms);
    if (has_news(row, step->now_ms))
        show(step, row);
    remind(step, row);
}

static void tell_last_news(struct step *step, void *data)
{
    if (has_news(data, step->now_ms))
        show(step, data);
}

/* --- what the topic of states holds ------------------------------------------------------------------------------- */

/* Compaction keeps the last record of an ad, not the greatest version: the last must be the greatest. A version that this
 * database never gave is of a life that it has lost; ours go on above it, or no reader would take them. */
static void note_told(struct step *step, void *data)
{
    struct ad *row = data;
    const struct ad_updated *heard = step->heard->body;

    if (heard->version > row->version) {
        row->version = heard->version;
        if (row->row.state != AD_UNKNOWN)
            show(step, row);
    } else if (heard->version < row->seen_version && row->row.state != AD_UNKNOWN) {
        tell(step, row);
    }
    row->seen_version = later(row->seen_version, heard->version);
}

/* --- what was said in a life that was lost ------------------------------------------------------------------------ */

/* The day of "YYYY-MM-DD", counted from 1970; 0 when it is none. */
static int64_t day_of(struct str text)
{
    struct tm date = {0};
    char copy[16] = "";

    memcpy(copy, text.ptr, text.len < sizeof(copy) ? text.len : 0);
    return strptime(copy, "%Y-%m-%d", &date) ? (int64_t)timegm(&date) / (AD_DAY_MS / 1000) : 0;
}

static void adopt_campaign(struct step *step, struct ad *row, const struct ad_updated *said)
{
    row->text = said->text;
    row->product_id = said->product_id;
    row->keywords = commas_join(said->keywords, step->arena);
    row->categories = commas_join(said->categories, step->arena);
    row->weight = said->weight;
    row->from_ms = said->from_ms;
    row->until_ms = said->until_ms;
    row->daily_budget_micros = said->daily_budget_micros;
    row->impression_micros = said->impression_micros;
    row->click_micros = said->click_micros;
    row->session_cap = said->session_cap;
}

/* The counts are those that were told; what visitors saw after it is heard and counted. The pace is learned anew, from the
 * share that was told. */
static void adopt_update(struct step *step, void *data)
{
    struct ad *row = data;
    const struct ad_updated *said = step->heard->body;

    if (said->version < row->version)
        return;
    adopt_campaign(step, row, said);
    if (said->share_ppm > 0 || row->row.state == AD_UNKNOWN)
        row->share_ppm = said->share_ppm > 0 ? said->share_ppm : AD_FIRST_SHARE_PPM;
    row->row.state = said->stopped ? AD_STOPPED : AD_RUNNING;
    row->day = day_of(said->day);
    row->spent_today_micros = row->paced_micros = said->spent_today_micros;
    row->paced_ms = row->folded_ms = step->now_ms;
    row->watched_ms = row->demand_micros = 0;
    row->impressions = row->told_impressions = said->impressions;
    row->clicks = row->told_clicks = said->clicks;
    row->spent_micros = said->spent_micros;
    row->told_share_ppm = said->share_ppm;
    row->version = said->version;
    if (row->row.state == AD_RUNNING)
        remind(step, row);
}

/* Whoever named a campaign that nobody runs left a row all the same, with nothing in it. */
static void adopt_refusal(struct step *step, void *data)
{
    (void)step;
    (void)data;
}

/* clang-format off */
static const struct adoption adoptions[] = {
    /* what was said        then           because */
    {MSG_AD_UPDATED,       adopt_update,  "the campaign, and what had been spent of it by then"},
    {MSG_CAMPAIGN_REFUSED, adopt_refusal, "an answer; what nobody runs has a row by it, and nothing in it"},
};
/* clang-format on */

static const char *const states[] = {[AD_UNKNOWN] = "unknown", [AD_RUNNING] = "running", [AD_STOPPED] = "stopped"};

/* clang-format off */
static const struct rule table[] = {
    /* when      hears              then            because */
    {AD_UNKNOWN, MSG_RUN_CAMPAIGN,  run_it,         "a new campaign"},
    {AD_UNKNOWN, MSG_STOP_CAMPAIGN, refuse_unknown, "there is no such campaign"},
    {AD_UNKNOWN, MSG_AD_DUE,        NULL,           "there is nothing to show"},
    {AD_UNKNOWN, MSG_AD_UPDATED,    note_told,      "told in a life that this database has lost"},

    {AD_RUNNING, MSG_RUN_CAMPAIGN,  run_it,         "other words, prices or dates from now on"},
    {AD_RUNNING, MSG_STOP_CAMPAIGN, stop,           "it is shown no more"},
    {AD_RUNNING, MSG_AD_DUE,        pace,           "does the budget last the day? pages are told what has changed"},
    {AD_RUNNING, MSG_AD_UPDATED,    note_told,      "what readers are told last must be the newest"},

    {AD_STOPPED, MSG_RUN_CAMPAIGN,  run_it,         "it is shown again, and goes on counting"},
    {AD_STOPPED, MSG_STOP_CAMPAIGN, refuse_stopped, "said twice"},
    {AD_STOPPED, MSG_AD_DUE,        tell_last_news, "somebody has followed it after all"},
    {AD_STOPPED, MSG_AD_UPDATED,    note_told,      "what readers are told last must be the newest"},
};
/* clang-format on */

const struct rules ad_rules = {
    .name = "ad",
    .kind = KIND_AD,
    .states = states,
    .state_count = sizeof(states) / sizeof(states[0]),
    .row_size = sizeof(struct ad),
    .table = table,
    .rule_count = sizeof(table) / sizeof(table[0]),
    .adoptions = adoptions,
    .adoption_count = sizeof(adoptions) / sizeof(adoptions[0]),
};
