/* card.h - the numbers on payment cards: their digits, their check digit, whose they are, and which the shop takes. */
#ifndef BASE_CARD_H
#define BASE_CARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum { CARD_DIGITS_MAX = 19 };

/* Leading digits from..to, both of so many digits; the first brand that fits is the card's. */
struct card_brand {
    const char *name, *written; /* "visa", "VISA" */
    long from, to;
    size_t prefix_digits, shortest, longest;
    bool taken; /* the shop takes it: VISA and MasterCard only */
};

/* The digits alone, with a NUL; 0 when there is anything else than digits, blanks and dashes, or too many. */
size_t card_digits(struct str number, char digits[CARD_DIGITS_MAX + 1]);

/* NULL: nobody's that we know. The number may be too long, too short or mistyped all the same. */
const struct card_brand *card_brand_of(const char *digits, size_t count);

/* Luhn: every second digit from the right counts double, as the sum of its digits. */
bool card_sum_is_right(const char *digits, size_t count);

/* Whether the number is as long as the brand's are, and its check digit is right. */
bool card_number_holds(const struct card_brand *brand, const char *digits, size_t count);

/* Whether a security code looks like one of the brand's: four digits for American Express, three for the others; either
 * for a brand that is not known (NULL). */
bool card_code_holds(const struct card_brand *brand, struct str code);

#endif
