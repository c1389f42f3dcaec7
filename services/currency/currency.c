/* currency.c - telling the shop its rates: those of the bank as far as they can be believed, otherwise the built-in ones.
 *
 * A version never stands for two tables: whoever saw version 1 saw these rates. What is in force stays in force until
 * something better is known; no answer of the bank, and no silence, takes a rate away. */
#include "services/currency/currency.h"

#include <stdio.h>
#include <stdlib.h>

#include "msg/say.h"

enum { DAY_MS = 24 * 3600 * 1000, SLACK_MS = 5000, DOUBLED_MOST = 10 };

static void read_back(enum record_type type, struct str bytes, struct step *step, void *record)
{
    struct err err;

    if (bytes.len && record_decode(type, bytes, step->arena, record, &err) != ST_OK) {
        fprintf(stderr, "currency: what was kept cannot be read: %s\n", err.text);
        abort();
    }
}

/* The table as it was told; without rates when none was. */
static struct rates_updated in_force(struct step *step, const struct currency *row)
{
    struct rates_updated told = {.base = row->row.key};

    read_back(RECORD_RATES_UPDATED, row->rates, step, &told);
    return told;
}

/* Every currency that we know, at its newest rate: of these, or else built in. */
static struct rate_list complete(struct step *step, struct rate_list known)
{
    struct rate_list built_in = currency_built_in();
    struct rate *rates = arena_array(step->arena, built_in.count, sizeof(*rates));

    for (size_t i = 0; i < built_in.count; i++) {
        const struct rate *newer = currency_find(known, built_in.items[i].currency);

        rates[i] = newer && newer->as_of.len ? *newer : built_in.items[i];
    }
    return (struct rate_list){rates, built_in.count};
}

static void tell(struct step *step, struct currency *row, struct str as_of, struct rate_list rates)
{
    struct rates_updated told = {
        .base = row->row.key,
        .as_of = as_of,
        .source = as_of.len ? RATES_SOURCE_REFERENCE_BANK : RATES_SOURCE_BUILT_IN,
        .rates = rates,
    };
    struct str encoded = record_encode(RECORD_RATES_UPDATED, &told, step->arena);

    if (str_equal(row->rates, encoded))
        return;
    row->rates = encoded;
    told.version = ++row->version;
    say_rates_updated(step, &told);
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static void look_again(struct step *step, const struct currency *row, int64_t pause_ms)
{
    step_remind_soon(step, MSG_RATES_DUE, row->row.key, step->now_ms + pause_ms);
}

static void ask_bank(struct step *step, struct currency *row)
{
    const struct currency_settings *settings = step->settings;
    struct rates_updated told = in_force(step, row);

    if (!settings->url[0]) {
        row->row.state = CURRENCY_TOLD;
        look_again(step, row, settings->retry_ms);
        return;
    }
    row->row.state = CURRENCY_ASKING;
    step_remind_soon(step, MSG_FETCH_OVERDUE, row->row.key, step->now_ms + settings->timeout_ms + SLACK_MS);
    step_asked_before(step, row->in_vain);
    ask_fetch_rates(step, &(struct fetch_rates){.base = row->row.key, .known_as_of = told.as_of, .known = told.rates});
}

static void look(struct step *step, void *data)
{
    struct currency *row = data;
    struct rates_updated told = in_force(step, row);

    tell(step, row, told.as_of, complete(step, told.rates));
    ask_bank(step, row);
}

static void ask_once_more(struct step *step, void *data)
{
    ask_bank(step, data);
}

static void wait_longer(struct step *step, struct currency *row)
{
    const struct currency_settings *settings = step->settings;
    int doubled = row->in_vain < DOUBLED_MOST ? row->in_vain : DOUBLED_MOST;
    int64_t pause_ms = settings->retry_ms << doubled;

    row->in_vain++;
    look_again(step, row, pause_ms < settings->period_ms ? pause_ms : settings->period_ms);
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

static bool same_rate(const struct rate *a, const struct rate *b)
{
    return a && b && a->digits == b->digits && a->scale == b->scale;
}

/* Says once that this offer of this day is not believed. */
static void hold(struct step *step, const struct currency *row, struct str as_of, const struct rate *known,
                 const struct rate *offered, struct str doubt)
{
    struct rates_fetched held = {0};

    read_back(RECORD_RATES_FETCHED, row->held, step, &held);
    if (!str_equal(held.as_of, as_of) || !same_rate(currency_find(held.rates, offered->currency), offered))
        say_rates_held(
            step, &(struct rates_held){
                      .base = row->row.key, .as_of = as_of, .offered = *offered, .known = *known, .reason = doubt});
}

/* Each rate that can be believed comes into force, each for itself. */
static void take_over(struct step *step, struct currency *row, const struct rates_fetched *heard)
{
    const struct currency_settings *settings = step->settings;
    struct rate_list known = complete(step, in_force(step, row).rates);
    struct rate *rates = arena_array(step->arena, known.count, sizeof(*rates));
    struct rate *held = arena_array(step->arena, known.count, sizeof(*held));
    size_t held_count = 0;
    struct rates_fetched doubtful = {.base = row->row.key, .as_of = heard->as_of};

    for (size_t i = 0; i < known.count; i++) {
        const struct rate *offered = currency_find(heard->rates, known.items[i].currency);
        struct rate newer;
        struct str doubt;

        rates[i] = known.items[i];
        if (!offered)
            continue;
        newer = *offered;
        newer.as_of = heard->as_of;
        doubt = currency_doubt(&rates[i], &newer, settings->jump_percent, step->arena);
        if (doubt.len) {
            hold(step, row, heard->as_of, &rates[i], &newer, doubt);
            held[held_count++] = newer;
        } else {
            rates[i] = newer;
        }
    }
    doubtful.rates = (struct rate_list){held, held_count};
    row->held = held_count ? record_encode(RECORD_RATES_FETCHED, &doubtful, step->arena) : (struct str){0};
    tell(step, row, heard->as_of, (struct rate_list){rates, known.count});
}

static bool is_usable(struct step *step, const struct currency *row, const struct rates_fetched *heard)
{
    return heard->outcome == FETCH_OUTCOME_FETCHED &&
           str_compare(heard->as_of, currency_day(step->now_ms + DAY_MS, step->arena)) <= 0 &&
           str_compare(heard->as_of, in_force(step, row).as_of) >= 0;
}

static void weigh(struct step *step, void *data)
{
    struct currency *row = data;
    const struct currency_settings *settings = step->settings;
    const struct rates_fetched *heard = step->heard->body;

    row->row.state = CURRENCY_TOLD;
    step_forget(step, MSG_FETCH_OVERDUE, row->row.key);
    if (!is_usable(step, row, heard)) {
        wait_longer(step, row);
        return;
    }
    row->in_vain = 0;
    take_over(step, row, heard);
    look_again(step, row, settings->period_ms);
}

/* --- the keeper's word ---------------------------------------------------------------------------------------------- */

static void refuse(struct step *step, struct str detail)
{
    say_rates_command_refused(step, &(struct rates_command_refused){.base = step->heard->key,
                                                                    .command = str_of(msg_type_name(step->heard->type)),
                                                                    .detail = detail});
}

static void refuse_early(struct step *step, void *data)
{
    (void)data;
    refuse(step, STR("No rates were told yet, so nothing is held back."));
}

static void release(struct step *step, struct currency *row, const struct rates_fetched *held, struct str currency)
{
    struct rate *rest = arena_array(step->arena, held->rates.count, sizeof(*rest));
    struct rates_fetched left = *held;
    size_t count = 0;

    for (size_t i = 0; i < held->rates.count; i++)
        if (!str_equal(held->rates.items[i].currency, currency))
            rest[count++] = held->rates.items[i];
    left.rates = (struct rate_list){rest, count};
    row->held = count ? record_encode(RECORD_RATES_FETCHED, &left, step->arena) : (struct str){0};
}

/* The table as it is, but for this one rate. */
static void put_in_force(struct step *step, struct currency *row, const struct rate *accepted)
{
    struct rates_updated told = in_force(step, row);
    struct rate_list known = complete(step, told.rates);
    struct rate *rates = arena_array(step->arena, known.count, sizeof(*rates));
    bool later = str_compare(accepted->as_of, told.as_of) > 0;

    for (size_t i = 0; i < known.count; i++) {
        bool it = str_equal(known.items[i].currency, accepted->currency);

        rates[i] = it ? *accepted : known.items[i];
        if (it)
            say_rate_accepted(
                step, &(struct rate_accepted){.base = row->row.key, .accepted = *accepted, .known = known.items[i]});
    }
    tell(step, row, later ? accepted->as_of : told.as_of, (struct rate_list){rates, known.count});
}

/* Only what is held back at this moment, and only what the keeper looked at: the bank may have offered another since. */
static void accept(struct step *step, void *data)
{
    struct currency *row = data;
    const struct accept_rate *heard = step->heard->body;
    struct rates_fetched held = {0};
    const struct rate *offered;

    read_back(RECORD_RATES_FETCHED, row->held, step, &held);
    offered = currency_find(held.rates, heard->offered.currency);
    if (!offered) {
        refuse(step,
               arena_printf(step->arena, "No offer for " STR_FMT " is held back.", STR_ARG(heard->offered.currency)));
    } else if (!same_rate(offered, &heard->offered) || !str_equal(offered->as_of, heard->offered.as_of)) {
        refuse(step, arena_printf(step->arena, "Another offer for " STR_FMT " is held back by now: look at it first.",
                                  STR_ARG(heard->offered.currency)));
    } else {
        put_in_force(step, row, offered);
        release(step, row, &held, offered->currency);
    }
}

/* --- what was said in a life that was lost ------------------------------------------------------------------------ */

/* Of what was held back stays what is of a day after that of the rate in force; and this offer, if there is one. In the order of
 * the table, as it was when one answer was weighed. */
static void keep_held(struct step *step, struct currency *row, const struct rates_held *said)
{
    struct rates_updated told = in_force(step, row);
    struct rate_list built_in = currency_built_in();
    struct rate *rates = arena_array(step->arena, built_in.count, sizeof(*rates));
    struct rates_fetched held = {0}, kept = {.base = row->row.key};
    size_t count = 0;

    read_back(RECORD_RATES_FETCHED, row->held, step, &held);
    kept.as_of = said && str_compare(said->as_of, held.as_of) > 0 ? said->as_of : held.as_of;
    for (size_t i = 0; i < built_in.count; i++) {
        struct str currency = built_in.items[i].currency;
        const struct rate *offered = currency_find(held.rates, currency), *known = currency_find(told.rates, currency);

        if (said && str_equal(said->offered.currency, currency) && str_equal(said->as_of, kept.as_of))
            offered = &said->offered;
        if (offered && str_equal(offered->as_of, kept.as_of) && str_compare(kept.as_of, told.as_of) >= 0 &&
            (!known || str_compare(kept.as_of, known->as_of) > 0))
            rates[count++] = *offered;
    }
    kept.rates = (struct rate_list){rates, count};
    row->held = count ? record_encode(RECORD_RATES_FETCHED, &kept, step->arena) : (struct str){0};
}

/* The rates that were told come into force as they were; the bank is asked when its time has come. */
static void adopt_rates(struct step *step, void *data)
{
    struct currency *row = data;
    struct rates_updated said = *(const struct rates_updated *)step->heard->body;

    if (said.version <= row->version)
        return;
    row->row.state = CURRENCY_TOLD;
    row->version = said.version;
    said.version = 0;
    row->rates = record_encode(RECORD_RATES_UPDATED, &said, step->arena);
    keep_held(step, row, NULL);
}

static void adopt_held(struct step *step, void *data)
{
    keep_held(step, data, step->heard->body);
}

/* clang-format off */
static const struct adoption adoptions[] = {
    /* what was said            then         because */
    {MSG_RATES_UPDATED,         adopt_rates, "the shop converts by these, under this version"},
    {MSG_RATES_HELD,            adopt_held,  "nobody believed it: it is not said again"},
    {MSG_RATE_ACCEPTED,         NULL,        "the table that was told with it has it"},
    {MSG_RATES_COMMAND_REFUSED, NULL,        "an answer, and no more"},
};
/* clang-format on */

static const char *const states[] = {
    [CURRENCY_SILENT] = "silent", [CURRENCY_TOLD] = "told", [CURRENCY_ASKING] = "asking"};

/* clang-format off */
static const struct rule table[] = {
    /* when           hears              then           because */
    {CURRENCY_SILENT, MSG_RATES_DUE,     look,          "nobody knows any rates: tell those we were built with, ask for newer"},
    {CURRENCY_SILENT, MSG_RATES_FETCHED, NULL,          "nobody asked"},
    {CURRENCY_SILENT, MSG_FETCH_OVERDUE, NULL,          "nobody asked"},
    {CURRENCY_SILENT, MSG_ACCEPT_RATE,   refuse_early,  "there is nothing that could be held back"},

    {CURRENCY_TOLD,   MSG_RATES_DUE,     look,          "it is time to look whether there are newer ones"},
    {CURRENCY_TOLD,   MSG_RATES_FETCHED, weigh,         "the answer to a question that was given up: as good as any"},
    {CURRENCY_TOLD,   MSG_FETCH_OVERDUE, NULL,          "it was answered"},
    {CURRENCY_TOLD,   MSG_ACCEPT_RATE,   accept,        "a keeper has looked at it: the jump is real"},

    {CURRENCY_ASKING, MSG_RATES_DUE,     NULL,          "the bank is being asked"},
    {CURRENCY_ASKING, MSG_RATES_FETCHED, weigh,         "what can be believed comes into force"},
    {CURRENCY_ASKING, MSG_FETCH_OVERDUE, ask_once_more, "the question was lost with its process"},
    {CURRENCY_ASKING, MSG_ACCEPT_RATE,   accept,        "a keeper has looked at it: the jump is real"},
};
/* clang-format on */

const struct rules currency_rules = {
    .name = "currency",
    .kind = KIND_BASE,
    .states = states,
    .state_count = sizeof(states) / sizeof(states[0]),
    .row_size = sizeof(struct currency),
    .table = table,
    .rule_count = sizeof(table) / sizeof(table[0]),
    .adoptions = adoptions,
    .adoption_count = sizeof(adoptions) / sizeof(adoptions[0]),
};
