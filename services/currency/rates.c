/* rates.c - the rates of the original shop, decimal by decimal: units of each currency for one euro. */
#include "services/currency/currency.h"

static const struct rate rates[] = {
    {STR_INIT("EUR"), 1, 0},      {STR_INIT("USD"), 11305, 4},   {STR_INIT("JPY"), 12640, 2},
    {STR_INIT("BGN"), 19558, 4},  {STR_INIT("CZK"), 25592, 3},   {STR_INIT("DKK"), 74609, 4},
    {STR_INIT("GBP"), 85970, 5},  {STR_INIT("HUF"), 31551, 2},   {STR_INIT("PLN"), 42996, 4},
    {STR_INIT("RON"), 47463, 4},  {STR_INIT("SEK"), 105375, 4},  {STR_INIT("CHF"), 11360, 4},
    {STR_INIT("ISK"), 13680, 2},  {STR_INIT("NOK"), 98040, 4},   {STR_INIT("HRK"), 74210, 4},
    {STR_INIT("RUB"), 744208, 4}, {STR_INIT("TRY"), 61247, 4},   {STR_INIT("AUD"), 16072, 4},
    {STR_INIT("BRL"), 42682, 4},  {STR_INIT("CAD"), 15128, 4},   {STR_INIT("CNY"), 75857, 4},
    {STR_INIT("HKD"), 88743, 4},  {STR_INIT("IDR"), 1599940, 2}, {STR_INIT("ILS"), 40875, 4},
    {STR_INIT("INR"), 794320, 4}, {STR_INIT("KRW"), 127505, 2},  {STR_INIT("MXN"), 217999, 4},
    {STR_INIT("MYR"), 46289, 4},  {STR_INIT("NZD"), 16679, 4},   {STR_INIT("PHP"), 59083, 3},
    {STR_INIT("SGD"), 15349, 4},  {STR_INIT("THB"), 36012, 3},   {STR_INIT("ZAR"), 160583, 4},
};

struct rate_list currency_built_in(void)
{
    return (struct rate_list){rates, sizeof(rates) / sizeof(rates[0])};
}
