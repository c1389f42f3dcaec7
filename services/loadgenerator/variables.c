/* variables.c - lines that make a variable. Pure, but for the year. */
#include <time.h>

#include "services/loadgenerator/reading.h"

const char *reading_choice(struct reading *reading)
{
    const struct line *line = &reading->line;
    int at;

    if (line->count < 3)
        return "choice NAME WORD...";
    at = reading_find(reading->all, line->words[1]);
    if (at < 0)
        at = reading_add(reading->all, line->words[1], VARIABLE_CHOICE);
    if (at < 0 || reading->all->variables[at].kind != VARIABLE_CHOICE)
        return "the name is taken, or there are too many variables";
    for (size_t i = 2; i < line->count; i++) {
        struct variable *variable = &reading->all->variables[at];

        GROW(reading, variable->choices, variable->choice_count);
        variable->choices[variable->choice_count++] = line->words[i];
    }
    return NULL;
}

/* A number, or year, year+2: counted from the year in which the file is read. */
static bool read_end(struct str word, int64_t *end)
{
    time_t now = time(NULL);
    struct tm utc;

    if (word.len < 4 || memcmp(word.ptr, "year", 4) != 0)
        return reading_number(word, -1000000000, 1000000000, end);
    gmtime_r(&now, &utc);
    *end = 0;
    if (word.len > 4 && (word.ptr[4] != '+' || !reading_number((struct str){word.ptr + 5, word.len - 5}, 0, 1000, end)))
        return false;
    *end += utc.tm_year + 1900;
    return true;
}

const char *reading_range(struct reading *reading)
{
    const struct line *line = &reading->line;
    int at = line->count == 4 ? reading_add(reading->all, line->words[1], VARIABLE_RANGE) : -1;
    struct variable *variable = &reading->all->variables[at < 0 ? 0 : at];

    if (at < 0)
        return "range NAME LOW HIGH, with a name that is not taken";
    if (!read_end(line->words[2], &variable->low) || !read_end(line->words[3], &variable->high) ||
        variable->low > variable->high)
        return "a range goes from a whole number to one that is not less; year+2 is a number, too";
    return NULL;
}

const char *reading_digits(struct reading *reading)
{
    const struct line *line = &reading->line;
    int at = line->count == 3 ? reading_add(reading->all, line->words[1], VARIABLE_DIGITS) : -1;

    if (at < 0 || !reading_number(line->words[2], 1, 32, &reading->all->variables[at].high))
        return "digits NAME COUNT, with a name that is not taken and at most 32";
    return NULL;
}

const char *reading_card(struct reading *reading)
{
    const struct line *line = &reading->line;
    int at = line->count == 3 ? reading_add(reading->all, line->words[1], VARIABLE_CARD) : -1;
    struct variable *variable = &reading->all->variables[at < 0 ? 0 : at];
    int64_t begins;

    if (at < 0 || line->words[2].len > 15 || !reading_number(line->words[2], 0, INT64_MAX, &begins))
        return "card NAME DIGITS, with a name that is not taken and the digits that it begins with";
    variable->choices = arena_new(reading->arena, struct str);
    variable->choices[variable->choice_count++] = line->words[2];
    variable->high = 16;
    return NULL;
}
