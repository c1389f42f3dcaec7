/* search_words.c - from text to words. Every byte may come from a stranger: each step is linear and takes at least a byte. */
#include "gateway/search_words.h"

#include "msg/utf8.h"

enum { SEPARATES = 0, LEFT_OUT = 1 };

/* U+00C0-U+00FF and U+0100-U+017F without accents; a blank separates. */
static const char latin_1[] = "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty";
static const char latin_a[] =
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrss"
    "ssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

static uint32_t decode(const uint8_t *at, size_t len)
{
    if (len == 2)
        return (uint32_t)(at[0] & 0x1F) << 6 | (at[1] & 0x3F);
    if (len == 3)
        return (uint32_t)(at[0] & 0x0F) << 12 | (uint32_t)(at[1] & 0x3F) << 6 | (at[2] & 0x3F);
    return (uint32_t)(at[0] & 0x07) << 18 | (uint32_t)(at[1] & 0x3F) << 12 | (uint32_t)(at[2] & 0x3F) << 6 |
           (at[3] & 0x3F);
}

static uint32_t fold_ascii(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)c | 0x20;
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
        return c;
    return c == '\'' ? LEFT_OUT : SEPARATES;
}

/* The small letter for a character, without its accent; or what becomes of it. */
static uint32_t fold(uint32_t c)
{
    if (c < 0x80)
        return fold_ascii((uint8_t)c);
    if (c == 0x2019 || c == 0xAD) /* apostrophe, soft hyphen */
        return LEFT_OUT;
    if (c < 0xC0 || (c >= 0x2000 && c < 0x2C00) || (c >= 0x3000 && c < 0x3005) || (c >= 0xE000 && c < 0xF900) ||
        c >= 0xFFF0)
        return SEPARATES;
    if (c < 0x100)
        return latin_1[c - 0xC0] == ' ' ? SEPARATES : (uint32_t)latin_1[c - 0xC0];
    if (c < 0x180)
        return (uint32_t)latin_a[c - 0x100];
    if ((c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)) /* Greek, Cyrillic */
        return c + 0x20;
    return c >= 0x400 && c <= 0x40F ? c + 0x50 : c;
}

/* Puts a character into the word if it has room. */
static void put(struct word *word, uint32_t c)
{
    char bytes[4] = {(char)c};
    size_t len = 1;

    if (c >= 0x800) {
        bytes[0] = (char)(0xE0 | c >> 12);
        bytes[1] = (char)(0x80 | (c >> 6 & 0x3F));
        bytes[2] = (char)(0x80 | (c & 0x3F));
        len = 3;
    } else if (c >= 0x80) {
        bytes[0] = (char)(0xC0 | c >> 6);
        bytes[1] = (char)(0x80 | (c & 0x3F));
        len = 2;
    }
    if (word->len + len > WORD_BYTES)
        return;
    memcpy(word->bytes + word->len, bytes, len);
    word->len += len;
}

bool word_next(struct str *rest, struct word *word)
{
    word->len = 0;
    while (rest->len) {
        size_t len = utf8_length(*rest);
        const uint8_t *at = (const uint8_t *)rest->ptr;
        uint32_t c = len == 0 ? SEPARATES : len == 1 ? fold_ascii(at[0]) : fold(decode(at, len));

        rest->ptr += len ? len : 1;
        rest->len -= len ? len : 1;
        if (c == SEPARATES && word->len)
            return true;
        if (c > LEFT_OUT)
            put(word, c);
    }
    return word->len > 0;
}

static bool ends(const struct word *word, const char *end)
{
    size_t len = strlen(end);

    return word->len > len + 1 && memcmp(word->bytes + word->len - len, end, len) == 0;
}

void word_cut_plural(struct word *word)
{
    if (word->len < 4 || !ends(word, "s") || ends(word, "ss") || ends(word, "us") || ends(word, "is"))
        return;
    if (ends(word, "ies") && word->len > 4) {
        word->len -= 3;
        put(word, 'y');
    } else if (ends(word, "sses") || ends(word, "shes") || ends(word, "ches") || ends(word, "xes")) {
        word->len -= 2;
    } else {
        word->len -= 1;
    }
}

bool word_is_frequent(struct str word)
{
    static const char *const frequent[] = {
        "a",    "an",    "and",   "are",  "as",   "at",   "be",    "but",  "by",   "for", "from", "has",
        "have", "he",    "her",   "his",  "how",  "i",    "if",    "in",   "into", "is",  "it",   "its",
        "me",   "my",    "no",    "not",  "of",   "on",   "or",    "our",  "she",  "so",  "than", "that",
        "the",  "their", "them",  "then", "they", "this", "those", "to",   "us",   "was", "we",   "were",
        "what", "when",  "which", "who",  "will", "with", "you",   "your", "these"};

    for (size_t i = 0; i < sizeof frequent / sizeof *frequent; i++)
        if (str_is(word, frequent[i]))
            return true;
    return false;
}

uint64_t word_letters(struct str word)
{
    uint64_t letters = 0;

    for (size_t i = 0; i < word.len; i++)
        letters |= UINT64_C(1) << ((uint8_t)word.ptr[i] & 63);
    return letters;
}

static bool same(struct str a, size_t from_a, struct str b, size_t from_b, bool beginning)
{
    size_t left = a.len > from_a ? a.len - from_a : 0;
    size_t right = b.len > from_b ? b.len - from_b : 0;

    return (left == right || (beginning && left < right)) &&
           (left == 0 || memcmp(a.ptr + from_a, b.ptr + from_b, left) == 0);
}

bool word_is_near(struct str typed, struct str known)
{
    size_t at = 0;

    while (at < typed.len && at < known.len && typed.ptr[at] == known.ptr[at])
        at++;
    if (at == typed.len || at == known.len)
        return typed.len <= known.len + 1;
    return same(typed, at + 1, known, at, true) ||     /* one too many */
           same(typed, at, known, at + 1, true) ||     /* one too few */
           same(typed, at + 1, known, at + 1, true) || /* another */
           (at + 1 < typed.len && at + 1 < known.len && typed.ptr[at] == known.ptr[at + 1] &&
            typed.ptr[at + 1] == known.ptr[at] && same(typed, at + 2, known, at + 2, true));
}
