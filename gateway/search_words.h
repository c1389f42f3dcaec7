/* search_words.h - from text to the words that a search compares: folded, without plural, and how near two of them are. */
#ifndef GATEWAY_SEARCH_WORDS_H
#define GATEWAY_SEARCH_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { WORD_BYTES = 32 }; /* what is longer is cut */

struct word {
    char bytes[WORD_BYTES];
    size_t len;
};

/* Takes the next word off the front of *rest: letters and digits, in small letters, Latin ones without their accents, apostrophes
 * left out. Whatever else stands there separates, bytes that are no UTF-8 too. False at the end. */
bool word_next(struct str *rest, struct word *word);

static inline struct str word_str(const struct word *word)
{
    return (struct str){word->bytes, word->len};
}

/* Cuts the English plural off: "mugs", "watches" and "berries" are "mug", "watch" and "berry"; so is "glasses" "glass". */
void word_cut_plural(struct word *word);

/* "the", "and": too frequent to tell one thing from another. */
bool word_is_frequent(struct str word);

/* Which letters and digits stand in it, a bit each. Two texts that are one typo apart differ in two bits at most. */
uint64_t word_letters(struct str word);

/* Whether typed is known, or a beginning of known, with one typo: a character too many, too few, another, or two
 * neighbours in the other order. */
bool word_is_near(struct str typed, struct str known);

#endif
