/* money.h - exact money: whole minor units with a currency, rationals only inside a conversion. */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

/* Units of a currency for one unit of the base: digits / 10^scale, exactly as published. */
struct money_rate {
    int64_t digits; /* above zero */
    int32_t scale;  /* 0-9 */
};

/* Decimals of a currency by ISO 4217 (USD 2, JPY 0); 2 for one that is not in the table. */
int money_exponent(struct str currency);

/* How a currency is written. */
struct money_style {
    char code[4];
    int exponent;          /* decimals */
    const char *name;      /* "Japanese yen"; NULL for one that the shop was never meant to have prices in */
    const char *sign;      /* "$", "kr", with its blank if there is one; NULL: code and blank */
    bool sign_last;        /* after the number */
    const char *point;     /* before the decimals */
    const char *separator; /* between groups of three digits */
    bool lakhs;            /* after the first three the groups are of two */
};

/* NULL for a code that is not in the table. */
const struct money_style *money_style(struct str currency);

/* All of the table, as shoppers should find them; NULL beyond the last. */
const struct money_style *money_style_at(size_t at);

/* amount_minor of `from`, in minor units of `to`. Rounds toward zero: the displayed digits are those of the
 * original shop, which cuts. The same currency gives the same amount. ST_REJECT when a rate is not positive or the
 * result, or the fraction on the way to it, does not fit. */
enum status money_convert(int64_t amount_minor, struct str from, struct money_rate from_rate, struct str to,
                          struct money_rate to_rate, int64_t *result_minor, struct err *err) must_check;

/* a + b and a * count; false when it does not fit, and *result is untouched. */
bool money_add(int64_t a, int64_t b, int64_t *result) must_check;
bool money_multiply(int64_t a, int64_t count, int64_t *result) must_check;

/* As people write it: "$1,234.50", "¥2,235", "-€0.05", "1.234,50 kr." (blanks do not break). In the arena. */
struct str money_text(int64_t amount_minor, struct str currency, struct arena *arena);

#endif
