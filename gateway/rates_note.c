/* rates_note.c - the older of the two rates that a price goes through tells how old it is. */
#include "gateway/rates_note.h"

#include <time.h>

enum { DAY_S = 24 * 3600 };

static const struct rate *find(const struct rates_updated *rates, struct str currency)
{
    for (size_t i = 0; i < rates->rates.count; i++)
        if (str_equal(rates->rates.items[i].currency, currency))
            return &rates->rates.items[i];
    return NULL;
}

/* The base's own rate is one, on every day. */
static struct str older_day(const struct rates_updated *rates, struct str currency)
{
    const struct rate *from = find(rates, STR("USD")), *to = find(rates, currency);
    struct str day = from ? from->as_of : STR("");

    if (!str_equal(currency, rates->base) && to && str_compare(to->as_of, day) < 0)
        day = to->as_of;
    return day;
}

struct str rates_note(const struct rates_updated *rates, struct str currency, int64_t now_ms, struct arena *arena)
{
    char text[16] = {0}, day_text[32];
    struct tm tm = {0};
    struct str day;

    if (rates == NULL || str_is(currency, "USD") || currency.len == 0)
        return (struct str){NULL, 0};
    day = older_day(rates, currency);
    if (day.len > 0 && day.len < sizeof text)
        memcpy(text, day.ptr, day.len);
    if (!text[0] || !strptime(text, "%Y-%m-%d", &tm))
        return arena_printf(arena, "Prices in " STR_FMT " are converted at built-in rates, of no particular day.",
                            STR_ARG(currency));
    strftime(day_text, sizeof day_text, "%e %B %Y", &tm);
    if (now_ms / 1000 - (int64_t)timegm(&tm) > (RATES_FRESH_DAYS + 1) * DAY_S)
        return arena_printf(arena, "Exchange rates are old: of %s.", day_text + (day_text[0] == ' '));
    return arena_printf(arena, "Exchange rates of %s.", day_text + (day_text[0] == ' '));
}
