/* card.c - whether a card may be charged: its brand, its check digit, its last month, the shape of its security code. */
#include "services/payment/payment.h"

#include "base/card.h"
#include "base/seal.h"

#include <stdio.h>
#include <time.h>

static bool is_over(const struct card *card, int64_t at_ms)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm at;

    gmtime_r(&seconds, &at);
    return (int64_t)(at.tm_year + 1900) * 12 + at.tm_mon + 1 > (int64_t)card->expires_year * 12 + card->expires_month;
}

void card_check(const struct card *card, int64_t at_ms, struct card_check *result)
{
    char digits[CARD_DIGITS_MAX + 1];
    size_t count = card_digits(card->number, digits);
    const struct card_brand *brand = card_brand_of(digits, count);

    *result = (struct card_check){.reason = DECLINE_REASON_UNKNOWN, .brand = brand ? brand->name : ""};
    if (count >= 4)
        memcpy(result->last4, digits + count - 4, 4);
    if (!brand || !card_number_holds(brand, digits, count) || card->expires_month < 1 || card->expires_month > 12) {
        result->reason = DECLINE_REASON_CARD_INVALID;
        snprintf(result->detail, sizeof(result->detail), "This is not a valid card.");
    } else if (!brand->taken) {
        result->reason = DECLINE_REASON_CARD_NOT_ACCEPTED;
        snprintf(result->detail, sizeof(result->detail), "We take VISA and MasterCard, but not %s.", brand->written);
    } else if (is_over(card, at_ms)) {
        result->reason = DECLINE_REASON_CARD_EXPIRED;
        snprintf(result->detail, sizeof(result->detail), "Your card (ending %s) expired in %d/%d.", result->last4,
                 card->expires_month, card->expires_year);
    } else if (!card_code_holds(brand, card->cvv)) {
        result->reason = DECLINE_REASON_SECURITY_CODE_WRONG;
        snprintf(result->detail, sizeof(result->detail), "The security code has three digits, on the card's back.");
    }
    seal_cleanse(digits, sizeof(digits));
}
