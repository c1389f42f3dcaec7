/* offer.c - what is to be thought of a rate that differs from the one in force. */
#include <time.h>

#include "services/currency/currency.h"

__extension__ typedef __int128 wide;

const struct rate *currency_find(struct rate_list rates, struct str currency)
{
    for (size_t i = 0; i < rates.count; i++)
        if (str_equal(rates.items[i].currency, currency))
            return rates.items + i;
    return NULL;
}

/* Both rates over the same power of ten. Digits are below 10^16 and scales at most 9, so nothing here overflows. */
static wide over_both(const struct rate *rate, const struct rate *other)
{
    wide digits = rate->digits;

    for (int i = 0; i < other->scale; i++)
        digits *= 10;
    return digits;
}

static struct str decimal(const struct rate *rate, struct arena *arena)
{
    int64_t one = 1;

    for (int i = 0; i < rate->scale; i++)
        one *= 10;
    if (rate->scale == 0)
        return arena_printf(arena, "%lld", (long long)rate->digits);
    return arena_printf(arena, "%lld.%0*lld", (long long)(rate->digits / one), (int)rate->scale,
                        (long long)(rate->digits % one));
}

struct str currency_doubt(const struct rate *known, const struct rate *offered, int64_t limit_percent,
                          struct arena *arena)
{
    bool dated = known->as_of.len > 0;
    wide was = over_both(known, offered), now = over_both(offered, known);
    int64_t limit = dated ? 100 + limit_percent : 100 * CURRENCY_BUILT_IN_FACTOR;
    struct str old_text, new_text;

    if (now * 100 <= was * limit && was * 100 <= now * limit)
        return (struct str){0};
    old_text = decimal(known, arena);
    new_text = decimal(offered, arena);
    return arena_printf(arena,
                        STR_FMT " is offered at " STR_FMT " for one " CURRENCY_BASE
                                ", more than a factor of %lld.%02lld away from " STR_FMT " (%s" STR_FMT ").",
                        STR_ARG(offered->currency), STR_ARG(new_text), (long long)(limit / 100),
                        (long long)(limit % 100), STR_ARG(old_text), dated ? "of " : "built in", STR_ARG(known->as_of));
}

struct str currency_day(int64_t time_ms, struct arena *arena)
{
    time_t seconds = (time_t)(time_ms / 1000);
    char text[16];
    struct tm tm;

    gmtime_r(&seconds, &tm);
    strftime(text, sizeof(text), "%Y-%m-%d", &tm);
    return arena_copy(arena, str_of(text));
}
