/* impression.c - what visitors see and follow, spent once: an impression by its id, a click by its impression.
 *
 * Of an ad's row only what was spent and counted is changed here. What pages are told of it is the ad lane's to say. */
#include <stdlib.h>

#include "run/run.h"
#include "services/ad/ad.h"

enum { IMPRESSION_ID_BYTES = 36 };

void impression_ads(const struct msg *heard, const void *row, struct key_list *keys)
{
    (void)row;
    if (heard->type == MSG_AD_SHOWN)
        key_list_add(keys, ((const struct ad_shown *)heard->body)->ad_id);
    else if (heard->type == MSG_AD_CLICKED)
        key_list_add(keys, ((const struct ad_clicked *)heard->body)->ad_id);
}

/* --- what a visitor was shown -------------------------------------------------------------------------------------- */

struct line {
    size_t at, len; /* with its end */
    struct str impression_id, ad_id;
    bool followed;
};

/* The line that begins there; false at the end. */
static bool line_at(struct str shown, size_t at, struct line *line)
{
    const char *end = at < shown.len ? memchr(shown.ptr + at, '\n', shown.len - at) : NULL;

    if (!end)
        return false;
    line->at = at;
    line->len = (size_t)(end - shown.ptr) + 1 - at;
    line->impression_id = (struct str){shown.ptr + at, IMPRESSION_ID_BYTES};
    line->followed = shown.ptr[at + IMPRESSION_ID_BYTES] == '+';
    line->ad_id = (struct str){shown.ptr + at + IMPRESSION_ID_BYTES + 1, line->len - IMPRESSION_ID_BYTES - 2};
    return true;
}

static bool find(struct str shown, struct str impression_id, struct line *line, size_t *count)
{
    bool found = false;
    struct line each;

    *count = 0;
    for (size_t at = 0; line_at(shown, at, &each); at += each.len) {
        ++*count;
        if (str_equal(each.impression_id, impression_id)) {
            *line = each;
            found = true;
        }
    }
    return found;
}

/* --- spending ----------------------------------------------------------------------------------------------------- */

/* The ad lane says what has changed: soon when nothing is left for today, in its own time otherwise. Of a stopped or ended
 * campaign nobody looks any more, so its last news are announced. */
static void announce(struct step *step, const struct ad *ad, bool was_spent)
{
    if (ad_is_spent(ad) && !was_spent)
        step_remind_soon(step, MSG_AD_DUE, ad->row.key, step->now_ms);
    else if (ad->row.state == AD_STOPPED || step->now_ms >= ad->until_ms)
        step_remind_soon(step, MSG_AD_DUE, ad->row.key, step->now_ms + AD_PACE_MS);
}

static void spend(struct step *step, struct ad *ad, int64_t *counter, int64_t at_ms, int64_t micros)
{
    bool was_spent = ad_is_spent(ad);

    if (ad_has_counted(ad, step->now_ms))
        return;
    ++*counter;
    ad_spend(ad, at_ms, micros);
    ad->row.changed = true;
    announce(step, ad, was_spent);
}

static void note_shown(struct step *step, void *data)
{
    struct visitor *row = data;
    const struct ad_shown *heard = step->heard->body;
    struct ad *ad = step_shared(step, heard->ad_id);
    struct line line;
    struct str rest = row->shown;
    size_t count;

    if (ad->row.state == AD_UNKNOWN || heard->impression_id.len != IMPRESSION_ID_BYTES ||
        find(row->shown, heard->impression_id, &line, &count))
        return;
    if (count >= VISITOR_IMPRESSIONS && line_at(rest, 0, &line))
        rest = (struct str){rest.ptr + line.len, rest.len - line.len};
    row->row.state = VISITOR_KNOWN;
    row->shown = arena_printf(step->arena, STR_FMT STR_FMT " " STR_FMT "\n", STR_ARG(rest),
                              STR_ARG(heard->impression_id), STR_ARG(heard->ad_id));
    if (step->now_ms > row->seen_ms)
        row->seen_ms = step->now_ms;
    spend(step, ad, &ad->impressions, heard->at_ms, ad->impression_micros);
}

static void note_followed(struct step *step, void *data)
{
    struct visitor *row = data;
    const struct ad_clicked *heard = step->heard->body;
    struct ad *ad = step_shared(step, heard->ad_id);
    struct line line;
    size_t count;

    if (!find(row->shown, heard->impression_id, &line, &count) || line.followed || !str_equal(line.ad_id, heard->ad_id))
        return;
    row->shown = arena_copy(step->arena, row->shown);
    ((char *)row->shown.ptr)[line.at + IMPRESSION_ID_BYTES] = '+';
    spend(step, ad, &ad->clicks, heard->at_ms, ad->click_micros);
}

static void forget_visitor(struct step *step, void *data)
{
    struct visitor *row = data;

    (void)step;
    row->row.state = VISITOR_NEW;
    row->shown = (struct str){0};
    row->seen_ms = 0;
}

static const char *const states[] = {[VISITOR_NEW] = "new", [VISITOR_KNOWN] = "known"};

/* clang-format off */
static const struct rule table[] = {
    /* when         hears           then           because */
    {VISITOR_NEW,   MSG_AD_SHOWN,   note_shown,    "the first ad for this visitor: it costs what an impression costs"},
    {VISITOR_NEW,   MSG_AD_CLICKED, NULL,          "nothing was shown that could be followed"},
    {VISITOR_NEW,   MSG_VISITOR_FORGOTTEN, NULL,   "nothing is known of them"},

    {VISITOR_KNOWN, MSG_AD_SHOWN,   note_shown,    "an impression is spent for once, by its id"},
    {VISITOR_KNOWN, MSG_AD_CLICKED, note_followed, "the first click on what this visitor was shown costs; others do not"},
    {VISITOR_KNOWN, MSG_VISITOR_FORGOTTEN, forget_visitor, "what they were shown is nobody's business any more; the money stays spent"},
};
/* clang-format on */

const struct rules impression_rules = {
    .name = "impression",
    .kind = KIND_SESSION,
    .states = states,
    .state_count = sizeof(states) / sizeof(states[0]),
    .row_size = sizeof(struct visitor),
    .table = table,
    .rule_count = sizeof(table) / sizeof(table[0]),
};
