/* money.c - conversion as one exact fraction; no floating point anywhere. */
#include "base/money.h"

#include <inttypes.h>
#include <stdio.h>

/* Wide enough for amount * digits of every real amount and rate; what does not fit is refused, not wrapped. */
__extension__ typedef __int128 wide;

struct currency {
    char code[4];
    int exponent;
    const char *sign; /* NULL: its code and a space */
};

/* ISO 4217's exponents other than 2, and the signs that a shopper knows. */
static const struct currency currencies[] = {
    {"BHD", 3, NULL}, {"BIF", 0, NULL}, {"CAD", 2, "$"},  {"CLF", 4, NULL}, {"CLP", 0, NULL}, {"DJF", 0, NULL},
    {"EUR", 2, "€"},  {"GBP", 2, "£"},  {"GNF", 0, NULL}, {"ILS", 2, "₪"},  {"INR", 2, "₹"},  {"IQD", 3, NULL},
    {"ISK", 0, NULL}, {"JOD", 3, NULL}, {"JPY", 0, "¥"},  {"KMF", 0, NULL}, {"KRW", 0, "₩"},  {"KWD", 3, NULL},
    {"LYD", 3, NULL}, {"OMR", 3, NULL}, {"PHP", 2, "₱"},  {"PYG", 0, NULL}, {"RWF", 0, NULL}, {"TND", 3, NULL},
    {"TRY", 2, "₺"},  {"UGX", 0, NULL}, {"USD", 2, "$"},  {"UYI", 0, NULL}, {"UYW", 4, NULL}, {"VND", 0, "₫"},
    {"VUV", 0, NULL}, {"XAF", 0, NULL}, {"XOF", 0, NULL}, {"XPF", 0, NULL},
};

static const struct currency *find(struct str code)
{
    for (size_t i = 0; i < sizeof(currencies) / sizeof(currencies[0]); i++)
        if (str_is(code, currencies[i].code))
            return &currencies[i];
    return NULL;
}

int money_exponent(struct str currency)
{
    const struct currency *known = find(currency);

    return known ? known->exponent : 2;
}

struct str money_sign(struct str currency)
{
    static char text[16]; /* one thread; the header says how long it is good */
    const struct currency *known = find(currency);
    int len;

    if (known && known->sign)
        return str_of(known->sign);
    len = snprintf(text, sizeof(text), "%.*s ", (int)(currency.len < 8 ? currency.len : 8),
                   currency.len ? currency.ptr : "");
    return (struct str){text, (size_t)len};
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

struct str money_text(int64_t amount_minor, struct str currency, struct arena *arena)
{
    uint64_t left = amount_minor < 0 ? 0 - (uint64_t)amount_minor : (uint64_t)amount_minor;
    int exponent = money_exponent(currency);
    char digits[48];
    char *at = digits + sizeof(digits);

    /* From the right: decimals, the point, then groups of three. */
    for (int i = 0; i < exponent; i++, left /= 10)
        *--at = (char)('0' + left % 10);
    if (exponent)
        *--at = '.';
    for (int i = 0; i == 0 || left; i++, left /= 10) {
        if (i && i % 3 == 0)
            *--at = ',';
        *--at = (char)('0' + left % 10);
    }
    return arena_printf(arena, "%s" STR_FMT "%.*s", amount_minor < 0 ? "-" : "", STR_ARG(money_sign(currency)),
                        (int)(digits + sizeof(digits) - at), at);
}
