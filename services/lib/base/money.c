/* money.c - conversion as one exact fraction; no floating point anywhere. */
#include "base/money.h"

#include <inttypes.h>
#include <stdio.h>

/* Wide enough for amount * digits of every real amount and rate; what does not fit is refused, not wrapped. */
__extension__ typedef __int128 wide;

int money_exponent(struct str currency)
{
    const struct money_style *style = money_style(currency);

    return style ? style->exponent : 2;
}

static wide greatest_divisor(wide a, wide b)
{
    while (b) {
        wide rest = a % b;

        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

/* *top * factor / *bottom, kept in lowest terms so that it overflows as late as possible. */
static bool multiply_up(wide *top, wide *bottom, wide factor)
{
    wide divisor = greatest_divisor(factor, *bottom);

    *bottom /= divisor;
    return !__builtin_mul_overflow(*top, factor / divisor, top);
}

static bool multiply_down(wide *top, wide *bottom, wide factor)
{
    return multiply_up(bottom, top, factor);
}

static bool scale(wide *top, wide *bottom, int exponent)
{
    for (; exponent > 0; exponent--)
        if (!multiply_up(top, bottom, 10))
            return false;
    for (; exponent < 0; exponent++)
        if (!multiply_down(top, bottom, 10))
            return false;
    return true;
}

static bool rate_good(struct money_rate rate)
{
    return rate.digits > 0 && rate.scale >= 0 && rate.scale <= 9;
}

enum status money_convert(int64_t amount_minor, struct str from, struct money_rate from_rate, struct str to,
                          struct money_rate to_rate, int64_t *result_minor, struct err *err)
{
    wide top = amount_minor;
    wide bottom = 1;
    int exponent = money_exponent(to) - money_exponent(from) + from_rate.scale - to_rate.scale;

    if (str_equal(from, to)) {
        *result_minor = amount_minor;
        return ST_OK;
    }
    if (!rate_good(from_rate) || !rate_good(to_rate))
        return err_set(err, ST_REJECT, "there is no usable rate from " STR_FMT " to " STR_FMT, STR_ARG(from),
                       STR_ARG(to));
    if (!multiply_down(&top, &bottom, from_rate.digits) || !multiply_up(&top, &bottom, to_rate.digits) ||
        !scale(&top, &bottom, exponent))
        goto overflow;
    /* Cuts toward zero. bottom is a product of positive numbers. NOLINTNEXTLINE(clang-analyzer-core.DivideZero) */
    top /= bottom;
    if (top > INT64_MAX || top < INT64_MIN)
        goto overflow;
    *result_minor = (int64_t)top;
    return ST_OK;
overflow:
    return err_set(err, ST_REJECT, "%" PRId64 " of " STR_FMT " is too much to be converted to " STR_FMT, amount_minor,
                   STR_ARG(from), STR_ARG(to));
}

bool money_add(int64_t a, int64_t b, int64_t *result)
{
    int64_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *result = sum;
    return true;
}

bool money_multiply(int64_t a, int64_t count, int64_t *result)
{
    int64_t product;

    if (__builtin_mul_overflow(a, count, &product))
        return false;
    *result = product;
    return true;
}

/* Writes text before what stands at *at. */
static void put_before(char **at, const char *text)
{
    size_t len = strlen(text);

    *at -= len;
    memcpy(*at, text, len);
}

struct str money_text(int64_t amount_minor, struct str currency, struct arena *arena)
{
    static const struct money_style unknown = {.exponent = 2, .point = ".", .separator = ","};
    const struct money_style *found = money_style(currency);
    const struct money_style *style = found ? found : &unknown;
    uint64_t left = amount_minor < 0 ? 0 - (uint64_t)amount_minor : (uint64_t)amount_minor;
    char number[96];
    char *at = number + sizeof(number) - 1;
    struct str sign = str_of(style->sign);

    /* From the right: decimals, the point, then groups. */
    *at = 0;
    for (int i = 0; i < style->exponent; i++, left /= 10)
        *--at = (char)('0' + left % 10);
    if (style->exponent)
        put_before(&at, style->point);
    for (int i = 0; i == 0 || left; i++, left /= 10) {
        if (i && (style->lakhs && i > 3 ? i % 2 == 1 : i % 3 == 0))
            put_before(&at, style->separator);
        *--at = (char)('0' + left % 10);
    }
    if (!style->sign)
        sign = arena_printf(arena, "%.*s\u00a0", (int)(currency.len < 8 ? currency.len : 8),
                            currency.len ? currency.ptr : "");
    return arena_printf(arena, "%s" STR_FMT "%s" STR_FMT, amount_minor < 0 ? "-" : "",
                        STR_ARG(style->sign_last ? STR("") : sign), at, STR_ARG(style->sign_last ? sign : STR("")));
}
