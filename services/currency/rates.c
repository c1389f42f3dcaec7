/* rates.c - the rates of the original shop, decimal by decimal: units of each currency for one euro. */
#include "services/currency/currency.h"

#define RATE(code, all_digits, decimals)                                        \
    {                                                                           \
        .currency = STR_INIT(code), .digits = (all_digits), .scale = (decimals) \
    }

static const struct rate rates[] = {
    RATE("EUR", 1, 0),      RATE("USD", 11305, 4),  RATE("JPY", 12640, 2),   RATE("BGN", 19558, 4),
    RATE("CZK", 25592, 3),  RATE("DKK", 74609, 4),  RATE("GBP", 85970, 5),   RATE("HUF", 31551, 2),
    RATE("PLN", 42996, 4),  RATE("RON", 47463, 4),  RATE("SEK", 105375, 4),  RATE("CHF", 11360, 4),
    RATE("ISK", 13680, 2),  RATE("NOK", 98040, 4),  RATE("HRK", 74210, 4),   RATE("RUB", 744208, 4),
    RATE("TRY", 61247, 4),  RATE("AUD", 16072, 4),  RATE("BRL", 42682, 4),   RATE("CAD", 15128, 4),
    RATE("CNY", 75857, 4),  RATE("HKD", 88743, 4),  RATE("IDR", 1599940, 2), RATE("ILS", 40875, 4),
    RATE("INR", 794320, 4), RATE("KRW", 127505, 2), RATE("MXN", 217999, 4),  RATE("MYR", 46289, 4),
    RATE("NZD", 16679, 4),  RATE("PHP", 59083, 3),  RATE("SGD", 15349, 4),   RATE("THB", 36012, 3),
    RATE("ZAR", 160583, 4),
};

struct rate_list currency_built_in(void)
{
    return (struct rate_list){rates, sizeof(rates) / sizeof(rates[0])};
}
