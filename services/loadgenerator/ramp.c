/* ramp.c - reading a ramp, and where it stands. Pure. */
#include "services/loadgenerator/ramp.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The next word, up to a blank; moves text past it. */
static struct str next_word(struct str *text)
{
    size_t begin = 0, end;
    struct str word;

    while (begin < text->len && text->ptr[begin] == ' ')
        begin++;
    for (end = begin; end < text->len && text->ptr[end] != ' ';)
        end++;
    word = (struct str){text->ptr + begin, end - begin};
    *text = (struct str){text->ptr + end, text->len - end};
    return word;
}

/* A number, not negative, and how many characters of the word it takes; 0: it is none. */
static size_t read_number(struct str word, double *number)
{
    char copy[32], *end;

    if (word.len == 0 || word.len >= sizeof(copy) || word.ptr[0] < '0' || word.ptr[0] > '9')
        return 0;
    snprintf(copy, sizeof(copy), STR_FMT, STR_ARG(word));
    *number = strtod(copy, &end);
    return isfinite(*number) ? (size_t)(end - copy) : 0;
}

bool ramp_time(struct str text, int64_t *time_ms)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60e3}, {"h", 3600e3}};
    double number;
    size_t used = read_number(text, &number);

    for (size_t i = 0; used && i < sizeof(units) / sizeof(units[0]); i++) {
        if (!str_is((struct str){text.ptr + used, text.len - used}, units[i].name) || number * units[i].ms > 1e12)
            continue;
        *time_ms = (int64_t)(number * units[i].ms);
        return true;
    }
    return false;
}

/* "to LEVEL in TIME", "LEVEL for TIME" or "for TIME". */
static bool read_stage(struct str text, struct ramp *ramp)
{
    double before = ramp->count ? ramp->stages[ramp->count - 1].to : 0, level = before;
    struct str word = next_word(&text);
    bool slope = str_is(word, "to");

    if (slope)
        word = next_word(&text);
    if (slope || !str_is(word, "for")) {
        if (read_number(word, &level) != word.len || word.len == 0)
            return false;
        word = next_word(&text);
    }
    if (!str_is(word, slope ? "in" : "for"))
        return false;
    ramp->stages[ramp->count].from = slope ? before : level;
    ramp->stages[ramp->count].to = level;
    return ramp_time(next_word(&text), &ramp->stages[ramp->count].length_ms) && next_word(&text).len == 0;
}

enum status ramp_parse(struct str text, double greatest, struct ramp *ramp, struct err *err)
{
    struct str kind = next_word(&text);

    *ramp = (struct ramp){.open = str_is(kind, "rate")};
    if (!ramp->open && !str_is(kind, "users"))
        return err_set(err, ST_REJECT, "a load begins with users or rate, not with \"" STR_FMT "\"", STR_ARG(kind));
    for (bool more = true; more;) {
        const char *comma = text.len ? memchr(text.ptr, ',', text.len) : NULL;
        struct str stage = {text.ptr, comma ? (size_t)(comma - text.ptr) : text.len};

        more = comma != NULL;
        if (more)
            text = (struct str){comma + 1, text.len - stage.len - 1};
        if (ramp->count == RAMP_STAGES)
            return err_set(err, ST_REJECT, "a load has at most %d stages", RAMP_STAGES);
        if (!read_stage(stage, ramp))
            return err_set(err, ST_REJECT, "\"" STR_FMT "\" is neither \"20 for 1m\" nor \"to 20 in 1m\"",
                           STR_ARG(stage));
        if (ramp->stages[ramp->count].to > greatest)
            return err_set(err, ST_REJECT, "\"" STR_FMT "\" is above the bound of %.0f", STR_ARG(stage), greatest);
        ramp->count++;
    }
    return ST_OK;
}

int64_t ramp_length_ms(const struct ramp *ramp)
{
    int64_t length_ms = 0;

    for (int i = 0; i < ramp->count; i++)
        length_ms += ramp->stages[i].length_ms;
    return length_ms;
}

double ramp_level(const struct ramp *ramp, int64_t at_ms)
{
    for (int i = 0; i < ramp->count; i++) {
        double from = ramp->stages[i].from, to = ramp->stages[i].to;

        if (at_ms < ramp->stages[i].length_ms)
            return from + (to - from) * (double)at_ms / (double)ramp->stages[i].length_ms;
        at_ms -= ramp->stages[i].length_ms;
    }
    return ramp->count ? ramp->stages[ramp->count - 1].to : 0;
}

int64_t ramp_share(int64_t total, int64_t index, int64_t count)
{
    return total * (index + 1) / count - total * index / count;
}
