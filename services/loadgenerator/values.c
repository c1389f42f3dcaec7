/* values.c - drawing variables, and filling texts. Pure: luck comes with the values. */
#include "services/loadgenerator/values.h"

#include <inttypes.h>
#include <stdio.h>

bool values_keep(struct values *values, int variable, struct str text)
{
    if (text.len > VALUE_MAX_BYTES)
        return false;
    if (text.len)
        memcpy(values->of[variable].text, text.ptr, text.len);
    values->of[variable].len = text.len;
    return true;
}

void values_init(struct values *values, const struct journeys *journeys, struct str user, uint64_t seed)
{
    *values = (struct values){.dice = {seed}};
    if (user.len > VALUE_MAX_BYTES)
        user.len = VALUE_MAX_BYTES;
    for (size_t i = 0; i < journeys->variable_count; i++)
        if (journeys->variables[i].kind == VARIABLE_USER)
            (void)values_keep(values, (int)i, user);
}

static size_t draw_digits(struct dice *dice, char *text, size_t from, size_t count)
{
    for (size_t i = from; i < count; i++)
        text[i] = (char)('0' + dice_between(dice, 0, 9));
    return count;
}

/* Luhn: the last digit makes the sum a multiple of ten, every second digit from the right doubled. */
static char last_digit(const char *digits, size_t count)
{
    int sum = 0;

    for (size_t i = 0; i < count; i++) {
        int digit = digits[count - 1 - i] - '0';

        if (i % 2 == 0)
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

static size_t draw_card(struct dice *dice, const struct variable *variable, char *text)
{
    struct str begins = variable->choices[0];
    size_t count = (size_t)variable->high;

    memcpy(text, begins.ptr, begins.len);
    draw_digits(dice, text, begins.len, count - 1);
    text[count - 1] = last_digit(text, count - 1);
    return count;
}

static void draw_one(struct values *values, const struct variable *variable, int at)
{
    struct dice *dice = &values->dice;
    char text[VALUE_MAX_BYTES];
    struct str drawn = {text, 0};

    switch (variable->kind) {
    case VARIABLE_USER:
        return;
    case VARIABLE_TAKEN:
        break;
    case VARIABLE_CHOICE:
        drawn = variable->choices[dice_between(dice, 0, (int64_t)variable->choice_count - 1)];
        break;
    case VARIABLE_UNIQUE:
        drawn.len = (size_t)snprintf(text, sizeof(text), "%016" PRIx64, dice_throw(dice));
        break;
    case VARIABLE_RANGE:
        drawn.len = (size_t)snprintf(text, sizeof(text), "%" PRId64, dice_between(dice, variable->low, variable->high));
        break;
    case VARIABLE_DIGITS:
        drawn.len = draw_digits(dice, text, 0, (size_t)variable->high);
        break;
    case VARIABLE_CARD:
        drawn.len = draw_card(dice, variable, text);
        break;
    }
    if (!values_keep(values, at, drawn))
        values->of[at].len = 0; /* the parser takes no word so long */
}

void values_draw(struct values *values, const struct journeys *journeys, const struct journey *journey)
{
    for (size_t i = 0; i < journeys->variable_count; i++)
        if (journey->uses & 1ull << i)
            draw_one(values, &journeys->variables[i], (int)i);
}

void values_put(const struct values *values, const struct pattern *pattern, enum values_form form, struct out *out)
{
    for (size_t i = 0; i < pattern->count; i++) {
        const struct piece *piece = &pattern->pieces[i];
        bool fixed = piece->variable < 0;
        struct str text = piece->literal;

        if (!fixed)
            text = (struct str){values->of[piece->variable].text, values->of[piece->variable].len};
        if (form == VALUES_PLAIN || (form == VALUES_PATH && fixed))
            out_put_str(out, text);
        else
            out_put_url(out, text);
    }
}
