/* card.c - whether a card may be charged: its brand, its check digit, its last month. */
#include "services/payment/payment.h"

#include "base/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { DIGITS_MAX = 19 };

/* Leading digits from..to, both of so many digits; the first brand that fits is the card's. */
struct brand {
    const char *name, *written;
    long from, to;
    size_t prefix_digits, shortest, longest;
    bool taken;
};

static const struct brand brands[] = {
    {"amex", "American Express", 34, 34, 2, 15, 15, false},
    {"amex", "American Express", 37, 37, 2, 15, 15, false},
    {"diners", "Diners Club", 300, 305, 3, 14, 14, false},
    {"diners", "Diners Club", 309, 309, 3, 14, 14, false},
    {"diners", "Diners Club", 36, 36, 2, 14, 14, false},
    {"diners", "Diners Club", 38, 39, 2, 14, 14, false},
    {"jcb", "JCB", 3528, 3589, 4, 16, 16, false},
    {"laser", "Laser", 6304, 6304, 4, 16, 19, false},
    {"laser", "Laser", 6706, 6706, 4, 16, 19, false},
    {"laser", "Laser", 6709, 6709, 4, 16, 19, false},
    {"laser", "Laser", 6771, 6771, 4, 16, 19, false},
    {"visa_electron", "VISA Electron", 4026, 4026, 4, 16, 16, false},
    {"visa_electron", "VISA Electron", 417500, 417500, 6, 16, 16, false},
    {"visa_electron", "VISA Electron", 4508, 4508, 4, 16, 16, false},
    {"visa_electron", "VISA Electron", 4844, 4844, 4, 16, 16, false},
    {"visa_electron", "VISA Electron", 4913, 4913, 4, 16, 16, false},
    {"visa_electron", "VISA Electron", 4917, 4917, 4, 16, 16, false},
    {"visa", "VISA", 4, 4, 1, 16, 16, true},
    {"mastercard", "MasterCard", 51, 55, 2, 16, 16, true},
    {"maestro", "Maestro", 5018, 5018, 4, 12, 19, false},
    {"maestro", "Maestro", 5020, 5020, 4, 12, 19, false},
    {"maestro", "Maestro", 5038, 5038, 4, 12, 19, false},
    {"maestro", "Maestro", 6759, 6763, 4, 12, 19, false},
    {"rupay", "RuPay", 508, 508, 3, 16, 16, false},
    {"rupay", "RuPay", 6521, 6522, 4, 16, 16, false},
    {"rupay", "RuPay", 81, 82, 2, 16, 16, false},
    {"discover", "Discover", 6011, 6011, 4, 16, 16, false},
    {"discover", "Discover", 644, 659, 3, 16, 16, false},
    {"discover", "Discover", 622126, 622925, 6, 16, 16, false},
};

/* The digits alone, with a NUL; 0 when there is anything else than digits, blanks and dashes, or too many. */
static size_t digits_of(struct str number, char digits[DIGITS_MAX + 1])
{
    size_t count = 0;

    for (size_t i = 0; i < number.len; i++) {
        char c = number.ptr[i];

        if (c == ' ' || c == '-')
            continue;
        if (c < '0' || c > '9' || count == DIGITS_MAX)
            return 0;
        digits[count++] = c;
    }
    digits[count] = '\0';
    return count;
}

static const struct brand *brand_of(const char *digits, size_t count)
{
    for (size_t i = 0; i < sizeof(brands) / sizeof(brands[0]); i++) {
        char prefix[8] = "";

        if (count < brands[i].prefix_digits)
            continue;
        memcpy(prefix, digits, brands[i].prefix_digits);
        if (strtol(prefix, NULL, 10) >= brands[i].from && strtol(prefix, NULL, 10) <= brands[i].to)
            return &brands[i];
    }
    return NULL;
}

/* Luhn: every second digit from the right counts double, as the sum of its digits. */
static bool sum_is_right(const char *digits, size_t count)
{
    int sum = 0;

    for (size_t i = 0; i < count; i++) {
        int digit = digits[count - 1 - i] - '0';

        if (i % 2 == 1)
            digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
        sum += digit;
    }
    return sum % 10 == 0;
}

static bool is_over(const struct card *card, int64_t at_ms)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm at;

    gmtime_r(&seconds, &at);
    return (int64_t)(at.tm_year + 1900) * 12 + at.tm_mon + 1 > (int64_t)card->expires_year * 12 + card->expires_month;
}

void card_check(const struct card *card, int64_t at_ms, struct card_check *result)
{
    char digits[DIGITS_MAX + 1];
    size_t count = digits_of(card->number, digits);
    const struct brand *brand = brand_of(digits, count);

    *result = (struct card_check){.reason = DECLINE_REASON_UNKNOWN, .brand = brand ? brand->name : ""};
    if (count >= 4)
        memcpy(result->last4, digits + count - 4, 4);
    if (!brand || count < brand->shortest || count > brand->longest || !sum_is_right(digits, count) ||
        card->expires_month < 1 || card->expires_month > 12) {
        result->reason = DECLINE_REASON_CARD_INVALID;
        snprintf(result->detail, sizeof(result->detail), "This is not a valid card.");
    } else if (!brand->taken) {
        result->reason = DECLINE_REASON_CARD_NOT_ACCEPTED;
        snprintf(result->detail, sizeof(result->detail), "We take VISA and MasterCard, but not %s.", brand->written);
    } else if (is_over(card, at_ms)) {
        result->reason = DECLINE_REASON_CARD_EXPIRED;
        snprintf(result->detail, sizeof(result->detail), "Your card (ending %s) expired in %d/%d.", result->last4,
                 card->expires_month, card->expires_year);
    }
    seal_cleanse(digits, sizeof(digits));
}
