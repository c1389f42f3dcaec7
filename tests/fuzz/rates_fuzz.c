/* rates_fuzz.c - any bytes as the bank's file: what is taken has a day, dollars, and rates that arithmetic can bear. */
/* links: services/currency/xml.c services/currency/offer.c msg base */
/* covers: services/currency/xml.c 95 */
#include "services/currency/currency.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rates_fetched answer;
    struct arena arena;

    arena_init(&arena);
    currency_read((struct str){(const char *)data, size}, &arena, &answer);
    if ((answer.outcome == FETCH_OUTCOME_FETCHED) == (answer.detail.len > 0))
        abort();
    if (answer.outcome == FETCH_OUTCOME_FETCHED && (answer.as_of.len != 10 || !currency_find(answer.rates, STR("USD"))))
        abort();
    for (size_t i = 0; i < answer.rates.count; i++) {
        const struct rate *rate = &answer.rates.items[i];

        if (rate->digits < 1 || rate->digits >= INT64_C(1000000000000000) || rate->scale < 0 || rate->scale > 9 ||
            currency_find(answer.rates, rate->currency) != rate)
            abort();
        (void)currency_doubt(&answer.rates.items[0], rate, 1000, &arena);
    }
    arena_release(&arena);
    return 0;
}
