/* money_styles.c - how each currency is written.
 *
 * Decimals are the minor units of ISO 4217 (list one, of its maintenance agency). Signs, points and groups are those of
 * the currency's home in the Unicode CLDR 47, with two exceptions. The six that the original shop offered are written as
 * it wrote them, in English: a point, a comma, the sign first. And what is "$" or "¥" in several places has the sign by
 * which others tell it apart. */
#include "base/money.h"

#define NB "\u00a0" /* a blank at which no line breaks */

/* clang-format off */
static const struct money_style styles[] = {
    /* code   decimals  name                   sign     last   point  groups */
    {"EUR", 2, "Euro", "€", false, ".", ",", false},
    {"USD", 2, "US dollar", "$", false, ".", ",", false},
    {"JPY", 0, "Japanese yen", "¥", false, ".", ",", false},
    {"GBP", 2, "British pound", "£", false, ".", ",", false},
    {"TRY", 2, "Turkish lira", "₺", false, ".", ",", false},
    {"CAD", 2, "Canadian dollar", "CA$", false, ".", ",", false},
    {"AUD", 2, "Australian dollar", "A$", false, ".", ",", false},
    {"BGN", 2, "Bulgarian lev", NB "лв.", true, ",", NB, false},
    {"BRL", 2, "Brazilian real", "R$" NB, false, ",", ".", false},
    {"CHF", 2, "Swiss franc", "CHF" NB, false, ".", "’", false},
    {"CNY", 2, "Chinese yuan", "CN¥", false, ".", ",", false},
    {"CZK", 2, "Czech koruna", NB "Kč", true, ",", NB, false},
    {"DKK", 2, "Danish krone", NB "kr.", true, ",", ".", false},
    {"HKD", 2, "Hong Kong dollar", "HK$", false, ".", ",", false},
    {"HRK", 2, "Croatian kuna", NB "kn", true, ",", ".", false},
    {"HUF", 2, "Hungarian forint", NB "Ft", true, ",", NB, false},
    {"IDR", 2, "Indonesian rupiah", "Rp", false, ",", ".", false},
    {"ILS", 2, "Israeli new shekel", "₪", false, ".", ",", false},
    {"INR", 2, "Indian rupee", "₹", false, ".", ",", true},
    {"ISK", 0, "Icelandic króna", NB "kr.", true, ",", ".", false},
    {"KRW", 0, "South Korean won", "₩", false, ".", ",", false},
    {"MXN", 2, "Mexican peso", "MX$", false, ".", ",", false},
    {"MYR", 2, "Malaysian ringgit", "RM", false, ".", ",", false},
    {"NOK", 2, "Norwegian krone", NB "kr", true, ",", NB, false},
    {"NZD", 2, "New Zealand dollar", "NZ$", false, ".", ",", false},
    {"PHP", 2, "Philippine peso", "₱", false, ".", ",", false},
    {"PLN", 2, "Polish zloty", NB "zł", true, ",", NB, false},
    {"RON", 2, "Romanian leu", NB "lei", true, ",", ".", false},
    {"RUB", 2, "Russian ruble", NB "₽", true, ",", NB, false},
    {"SEK", 2, "Swedish krona", NB "kr", true, ",", NB, false},
    {"SGD", 2, "Singapore dollar", "S$", false, ".", ",", false},
    {"THB", 2, "Thai baht", "฿", false, ".", ",", false},
    {"ZAR", 2, "South African rand", "R", false, ",", NB, false},
    /* Never offered, but not to be misread: those whose minor units are not hundredths. */
    {"BHD", 3, NULL, NULL, false, ".", ",", false},
    {"BIF", 0, NULL, NULL, false, ".", ",", false},
    {"CLF", 4, NULL, NULL, false, ".", ",", false},
    {"CLP", 0, NULL, NULL, false, ".", ",", false},
    {"DJF", 0, NULL, NULL, false, ".", ",", false},
    {"GNF", 0, NULL, NULL, false, ".", ",", false},
    {"IQD", 3, NULL, NULL, false, ".", ",", false},
    {"JOD", 3, NULL, NULL, false, ".", ",", false},
    {"KMF", 0, NULL, NULL, false, ".", ",", false},
    {"KWD", 3, NULL, NULL, false, ".", ",", false},
    {"LYD", 3, NULL, NULL, false, ".", ",", false},
    {"OMR", 3, NULL, NULL, false, ".", ",", false},
    {"PYG", 0, NULL, NULL, false, ".", ",", false},
    {"RWF", 0, NULL, NULL, false, ".", ",", false},
    {"TND", 3, NULL, NULL, false, ".", ",", false},
    {"UGX", 0, NULL, NULL, false, ".", ",", false},
    {"UYI", 0, NULL, NULL, false, ".", ",", false},
    {"UYW", 4, NULL, NULL, false, ".", ",", false},
    {"VND", 0, NULL, NULL, false, ".", ",", false},
    {"VUV", 0, NULL, NULL, false, ".", ",", false},
    {"XAF", 0, NULL, NULL, false, ".", ",", false},
    {"XOF", 0, NULL, NULL, false, ".", ",", false},
    {"XPF", 0, NULL, NULL, false, ".", ",", false},
};
/* clang-format on */

const struct money_style *money_style(struct str currency)
{
    for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
        if (str_is(currency, styles[i].code))
            return &styles[i];
    return NULL;
}

const struct money_style *money_style_at(size_t at)
{
    return at < sizeof(styles) / sizeof(styles[0]) ? &styles[at] : NULL;
}
