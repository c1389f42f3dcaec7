/* currency.c - telling the shop its rates: once, and again only when they differ from what was told.
 *
 * A version never stands for two tables: whoever saw version 1 saw these rates. */
#include "services/currency/currency.h"

#include "msg/say.h"

static struct rates_updated rates_now(const struct currency *row)
{
    return (struct rates_updated){.base = row->row.key, .source = RATES_SOURCE_BUILT_IN, .rates = currency_built_in()};
}

static void look_again(struct step *step, const struct currency *row)
{
    step_remind_soon(step, MSG_RATES_DUE, row->row.key, step->now_ms + CURRENCY_REFRESH_MS);
}

static void tell_news(struct step *step, void *data)
{
    struct currency *row = data;
    struct rates_updated rates = rates_now(row);
    struct str encoded = record_encode(RECORD_RATES_UPDATED, &rates, step->arena);

    look_again(step, row);
    if (str_equal(row->rates, encoded))
        return;
    row->row.state = CURRENCY_TOLD;
    row->rates = encoded;
    rates.version = ++row->version;
    say_rates_updated(step, &rates);
}

static const char *const states[] = {[CURRENCY_SILENT] = "silent", [CURRENCY_TOLD] = "told"};

/* clang-format off */
static const struct rule table[] = {
    /* when           hears          then       because */
    {CURRENCY_SILENT, MSG_RATES_DUE, tell_news, "nobody knows any rates: tell those we were built with"},
    {CURRENCY_TOLD,   MSG_RATES_DUE, tell_news, "it is time to look: rates that were told are not told again"},
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
};
