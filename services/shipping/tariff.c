/* tariff.c - telling the shop what a carrier costs: once, and again only when it differs from what was told.
 *
 * A version never stands for two tables: an order names the one that its quote was made from. */
#include "msg/say.h"
#include "services/shipping/shipping.h"

static struct tariff_updated prices_of(const struct carrier *carrier)
{
    return (struct tariff_updated){.carrier = carrier->code,
                                   .name = carrier->name,
                                   .currency = STR("USD"),
                                   .days = carrier->days,
                                   .cm3_per_kg = carrier->cm3_per_kg,
                                   .steps = carrier->steps};
}

static void tell_news(struct step *step, void *data)
{
    struct tariff *row = data;
    const struct carrier *carrier = carrier_find(row->row.key);
    struct tariff_updated prices;
    struct str encoded;

    if (!carrier)
        return; /* one that we had before */
    prices = prices_of(carrier);
    encoded = record_encode(RECORD_TARIFF_UPDATED, &prices, step->arena);
    step_remind_soon(step, MSG_TARIFF_DUE, row->row.key, step->now_ms + TARIFF_REFRESH_MS);
    if (str_equal(row->prices, encoded))
        return;
    row->row.state = TARIFF_TOLD;
    row->prices = encoded;
    prices.version = ++row->version;
    say_tariff_updated(step, &prices);
}

static const char *const states[] = {[TARIFF_SILENT] = "silent", [TARIFF_TOLD] = "told"};

/* clang-format off */
static const struct rule table[] = {
    /* when         hears           then       because */
    {TARIFF_SILENT, MSG_TARIFF_DUE, tell_news, "nobody knows what a parcel costs: tell them"},
    {TARIFF_TOLD,   MSG_TARIFF_DUE, tell_news, "it is time to look: prices that were told are not told again"},
};
/* clang-format on */

static void adopt_prices(struct step *step, void *data)
{
    struct tariff *row = data;
    struct tariff_updated prices = *(const struct tariff_updated *)step->heard->body;

    if (prices.version <= row->version)
        return;
    row->row.state = TARIFF_TOLD;
    row->version = prices.version;
    prices.version = 0;
    row->prices = record_encode(RECORD_TARIFF_UPDATED, &prices, step->arena);
}

static const struct adoption adoptions[] = {
    {MSG_TARIFF_UPDATED, adopt_prices, "these prices were told, under this version"},
};

const struct rules tariff_rules = {
    .name = "shipping-tariffs",
    .kind = KIND_CARRIER,
    .states = states,
    .state_count = sizeof(states) / sizeof(states[0]),
    .row_size = sizeof(struct tariff),
    .table = table,
    .rule_count = sizeof(table) / sizeof(table[0]),
    .adoptions = adoptions,
    .adoption_count = sizeof(adoptions) / sizeof(adoptions[0]),
};
