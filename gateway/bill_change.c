/* bill_change.c - which prices are others than the shopper saw: told by name, with both.
 *
 * What was seen comes back with the form, "~USD~6E92ZMYYFZ=899~...": whoever forges it is told nonsense, and pays no less. */
#include "gateway/bill.h"

#include "base/money.h"

enum { DIGITS_MOST = 15 };

struct str bill_prices_seen(const struct bill *bill, struct arena *arena)
{
    struct str text = arena_printf(arena, "~" STR_FMT, STR_ARG(bill->currency));

    for (size_t i = 0; i < bill->count; i++)
        text = arena_printf(arena, STR_FMT "~" STR_FMT "=%lld", STR_ARG(text), STR_ARG(bill->lines[i].product_id),
                            (long long)bill->lines[i].unit_price_minor);
    return text;
}

/* The price behind a mark; -1 when it is not there. */
static int64_t price_behind(struct str seen, struct str mark)
{
    const char *found = seen.len ? memmem(seen.ptr, seen.len, mark.ptr, mark.len) : NULL;
    const char *end = seen.ptr + seen.len;
    int64_t price = 0;
    int digits = 0;

    if (!found)
        return -1;
    for (found += mark.len; found < end && *found >= '0' && *found <= '9' && digits < DIGITS_MOST; found++, digits++)
        price = price * 10 + *found - '0';
    return digits ? price : -1;
}

static struct str change_of(const struct bill *bill, const struct order_line *line, struct str seen,
                            struct arena *arena)
{
    int64_t was = price_behind(seen, arena_printf(arena, "~" STR_FMT "=", STR_ARG(line->product_id)));
    struct str now_text, was_text;

    if (was < 0 || was == line->unit_price_minor || line->unit_price_minor < 0)
        return (struct str){NULL, 0};
    now_text = money_text(line->unit_price_minor, bill->currency, arena);
    was_text = money_text(was, bill->currency, arena);
    return arena_printf(arena, STR_FMT " costs " STR_FMT " now, not " STR_FMT ". ", STR_ARG(line->name),
                        STR_ARG(now_text), STR_ARG(was_text));
}

struct str bill_change(const struct bill *bill, struct str seen, struct arena *arena)
{
    struct str currency = arena_printf(arena, "~" STR_FMT "~", STR_ARG(bill->currency));
    struct str text = {NULL, 0};

    if (seen.len == 0 || !memmem(seen.ptr, seen.len, currency.ptr, currency.len))
        return text; /* another currency: every amount is another one */
    for (size_t i = 0; i < bill->count; i++) {
        struct str one = change_of(bill, &bill->lines[i], seen, arena);

        if (one.len)
            text = arena_printf(arena, STR_FMT STR_FMT, STR_ARG(text), STR_ARG(one));
    }
    return text;
}
