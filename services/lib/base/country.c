/* country.c - finding a country by what people type, and telling whether a postal code has one of its forms. */
#include "base/country.h"

#include <string.h>

#include "base/country_data.h"

enum { FOLDED_MAX = 96, LATIN_FIRST = 0xC0, LATIN_LAST = 0x17F };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* One character of UTF-8, as generate.py's fold() does it; returns how many bytes it takes of the text. */
static size_t fold_one(const char *text, size_t len, struct str *folded, char *letter)
{
    unsigned char first = (unsigned char)text[0];
    unsigned code = len > 1 && first >= 0xC3 && first <= 0xC5
                        ? (unsigned)(first & 0x1F) << 6 | ((unsigned char)text[1] & 0x3F)
                        : 0;

    *folded = (struct str){letter, 0};
    if (code >= LATIN_FIRST && code <= LATIN_LAST) {
        *letter = latin[code - LATIN_FIRST];
        folded->len = *letter != ' ';
        return 2;
    }
    *letter = is_letter(text[0]) ? (char)(text[0] | 0x20) : text[0];
    folded->len = is_letter(text[0]) || is_digit(text[0]) || first >= 0x80;
    return 1;
}

/* False when it is longer than any country's name. */
static bool fold(struct str typed, char *buffer, struct str *folded)
{
    size_t at = 0;

    *folded = (struct str){buffer, 0};
    while (at < typed.len) {
        struct str one;
        char letter;

        at += fold_one(typed.ptr + at, typed.len - at, &one, &letter);
        if (folded->len + one.len > FOLDED_MAX)
            return false;
        memcpy(buffer + folded->len, one.ptr, one.len);
        folded->len += one.len;
    }
    return true;
}

static const struct country *find_folded(struct str folded)
{
    size_t low = 0, high = sizeof(spellings) / sizeof(spellings[0]);

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(spellings[middle].folded, folded);

        if (order == 0)
            return &countries[spellings[middle].country];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct country *country_find(struct str typed)
{
    const struct country *country;
    char buffer[FOLDED_MAX];
    struct str folded;

    if (!fold(typed, buffer, &folded) || folded.len == 0)
        return NULL;
    country = find_folded(folded);
    if (!country && folded.len > 3 && memcmp(folded.ptr, "the", 3) == 0)
        country = find_folded((struct str){folded.ptr + 3, folded.len - 3});
    return country;
}

struct str country_zone(struct str typed)
{
    const struct country *country = country_find(typed);

    return country ? country->zone : (struct str){NULL, 0};
}

static bool fits(char form, char typed)
{
    char upper = (char)(is_letter(typed) ? typed & ~0x20 : typed);

    switch (form) {
    case '#':
        return is_digit(typed);
    case '@':
        return is_letter(typed);
    case '*':
        return is_digit(typed) || is_letter(typed);
    default:
        return form == upper;
    }
}

static bool has_form(struct str form, struct str code)
{
    size_t at = 0;

    for (size_t i = 0; i < form.len; i++) {
        bool gap = form.ptr[i] == ' ' || form.ptr[i] == '-';

        if (gap && at < code.len && (code.ptr[at] == ' ' || code.ptr[at] == '-'))
            at++;
        else if (!gap && (at == code.len || !fits(form.ptr[i], code.ptr[at++])))
            return false;
    }
    return at == code.len;
}

bool country_takes_postal_code(const struct country *country, struct str code)
{
    struct str rest = country->postal_forms;

    while (code.len && code.ptr[0] == ' ')
        code = (struct str){code.ptr + 1, code.len - 1};
    while (code.len && code.ptr[code.len - 1] == ' ')
        code.len--;
    if (rest.len == 0)
        return true;
    while (rest.len) {
        const char *end = memchr(rest.ptr, '/', rest.len);
        size_t len = end ? (size_t)(end - rest.ptr) : rest.len;

        if (has_form((struct str){rest.ptr, len}, code))
            return true;
        rest = end ? (struct str){end + 1, rest.len - len - 1} : (struct str){NULL, 0};
    }
    return false;
}

struct str country_postal_advice(const struct country *country, struct arena *arena)
{
    return arena_printf(arena, STR_FMT ": a postal code there looks like " STR_FMT ".", STR_ARG(country->name),
                        STR_ARG(country->postal_example));
}

struct str country_region_advice(const struct country *country, struct arena *arena)
{
    return arena_printf(arena, STR_FMT ": an address there names its state, province or region.",
                        STR_ARG(country->name));
}

const struct country *country_all(size_t *count)
{
    *count = sizeof(countries) / sizeof(countries[0]);
    return countries;
}
