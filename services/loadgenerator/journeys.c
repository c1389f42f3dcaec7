/* journeys.c - reading a file of journeys: each kind of line has a function here. Pure. */
#include "services/loadgenerator/ramp.h"
#include "services/loadgenerator/reading.h"

/* --- journeys and steps ----------------------------------------------------------------------------------------------------- */

static bool read_pause(const struct line *line, struct pause *pause)
{
    if (line->count < 2 || line->count > 3 || !ramp_time(line->words[1], &pause->low_ms) ||
        !ramp_time(line->words[line->count - 1], &pause->high_ms))
        return false;
    return pause->low_ms <= pause->high_ms;
}

static const char *read_think(struct reading *reading)
{
    struct pause *think = reading->journey ? &reading->journey->think : &reading->all->think;

    return read_pause(&reading->line, think) ? NULL : "think TIME, or think SHORTEST LONGEST";
}

static const char *read_start(struct reading *reading)
{
    if (reading->line.count != 1)
        return "start stands alone";
    reading->journey = &reading->all->start;
    reading->journey->name = STR("start");
    reading->step = NULL;
    return NULL;
}

static const char *read_journey(struct reading *reading)
{
    struct journeys *all = reading->all;
    int64_t weight;

    if (reading->line.count != 3 || !reading_number(reading->line.words[2], 0, 100000, &weight))
        return "journey NAME WEIGHT";
    GROW(reading, all->journeys, all->count);
    reading->journey = &all->journeys[all->count++];
    *reading->journey = (struct journey){
        .name = reading->line.words[1], .weight = (unsigned)weight, .think = all->think};
    reading->step = NULL;
    all->weight += (unsigned)weight;
    return NULL;
}

static const char *read_step(struct reading *reading)
{
    const struct line *line = &reading->line;
    struct journey *journey = reading->journey;
    struct step *step;

    if (!journey)
        return "it belongs under start or a journey";
    if (line->count != 2 || line->words[1].len == 0 || line->words[1].ptr[0] != '/')
        return "get PATH or post PATH, and the path begins with a slash";
    GROW(reading, journey->steps, journey->step_count);
    step = reading->step = &journey->steps[journey->step_count++];
    *step = (struct step){.post = str_is(line->words[0], "post"), .status = 200};
    step->label = arena_printf(reading->arena, "%s " STR_FMT, step->post ? "POST" : "GET", STR_ARG(line->words[1]));
    return reading_pattern(reading, line->words[1], &step->path);
}

static const char *read_field(struct reading *reading)
{
    struct step *step = reading->step;

    if (!step->post || reading->line.count != 3)
        return "field NAME VALUE, under a post";
    GROW(reading, step->fields, step->field_count);
    step->fields[step->field_count] = (struct field){.name = reading->line.words[1]};
    return reading_pattern(reading, reading->line.words[2], &step->fields[step->field_count++].value);
}

static const char *read_sees(struct reading *reading)
{
    struct step *step = reading->step;

    if (reading->line.count != 2 || reading->line.words[1].len == 0)
        return "sees TEXT";
    GROW(reading, step->sees, step->sees_count);
    return reading_pattern(reading, reading->line.words[1], &step->sees[step->sees_count++]);
}

static const char *read_never(struct reading *reading)
{
    struct step *step = reading->step;

    if (reading->line.count != 2 || reading->line.words[1].len == 0)
        return "never TEXT";
    GROW(reading, step->never, step->never_count);
    return reading_pattern(reading, reading->line.words[1], &step->never[step->never_count++]);
}

static const char *read_lands(struct reading *reading)
{
    if (reading->line.count != 2 || reading->line.words[1].len == 0)
        return "lands PATH";
    return reading_pattern(reading, reading->line.words[1], &reading->step->lands);
}

static const char *read_take(struct reading *reading)
{
    const struct line *line = &reading->line;
    struct step *step = reading->step;
    int at;

    if (line->count != 4 || line->words[2].len == 0 || line->words[3].len == 0)
        return "take NAME BEFORE AFTER";
    at = reading_find(reading->all, line->words[1]);
    if (at < 0)
        at = reading_add(reading->all, line->words[1], VARIABLE_TAKEN);
    if (at < 0 || reading->all->variables[at].kind != VARIABLE_TAKEN)
        return "the name is taken, or there are too many variables";
    GROW(reading, step->takings, step->taking_count);
    step->takings[step->taking_count++] = (struct taking){at, line->words[2], line->words[3]};
    return NULL;
}

static const char *read_status(struct reading *reading)
{
    int64_t status;

    if (reading->line.count != 2 || !reading_number(reading->line.words[1], 100, 599, &status))
        return "status NUMBER, from 100 to 599";
    reading->step->status = (unsigned)status;
    return NULL;
}

static const char *read_again(struct reading *reading)
{
    int64_t times;

    if (reading->line.count != 2 || !reading_number(reading->line.words[1], 0, 1000, &times))
        return "again TIMES";
    reading->step->again = (unsigned)times;
    return NULL;
}

static const char *read_once(struct reading *reading)
{
    if (reading->line.count != 1 || reading->all->once_count == 64)
        return "once stands alone, under at most 64 steps";
    if (!reading->step->once)
        reading->step->once = 1ull << reading->all->once_count++;
    return NULL;
}

static const char *read_as(struct reading *reading)
{
    if (reading->line.count != 2 || reading->line.words[1].len == 0)
        return "as NAME";
    reading->step->label = reading->line.words[1];
    return NULL;
}

static const char *read_step_pause(struct reading *reading)
{
    return read_pause(&reading->line, &reading->step->pause) ? NULL : "pause TIME, or pause SHORTEST LONGEST";
}

static const char *read_order(struct reading *reading)
{
    if (reading->line.count != 1)
        return "order stands alone";
    reading->step->is_order = true;
    return NULL;
}

static const char *read_outcome(struct reading *reading)
{
    const struct line *line = &reading->line;

    for (int i = 0; line->count == 3 && line->words[2].len && i < OUTCOME_UNKNOWN; i++) {
        if (!str_is(line->words[1], outcome_name((enum outcome)i)))
            continue;
        reading->all->marks[i] = line->words[2];
        return NULL;
    }
    return "outcome open, confirmed, cancelled or rejected, and the text by which an order's page is known";
}

static const char *read_reload(struct reading *reading)
{
    if (reading->line.count != 2 || reading->line.words[1].len == 0)
        return "reload TEXT";
    reading->all->reload = reading->line.words[1];
    return NULL;
}

/* --- the file --------------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *word;
    reading_line_fn *read;
    bool of_step; /* it describes the step above it */
} kinds[] = {
    {"choice", reading_choice, false}, {"range", reading_range, false}, {"digits", reading_digits, false},
    {"card", reading_card, false},     {"think", read_think, false},    {"start", read_start, false},
    {"outcome", read_outcome, false},  {"reload", read_reload, false},  {"journey", read_journey, false},
    {"get", read_step, false},         {"post", read_step, false},      {"field", read_field, true},
    {"sees", read_sees, true},         {"never", read_never, true},     {"lands", read_lands, true},
    {"take", read_take, true},         {"status", read_status, true},   {"again", read_again, true},
    {"once", read_once, true},         {"as", read_as, true},           {"pause", read_step_pause, true},
    {"order", read_order, true},
};

static const char *read_line(struct reading *reading)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (!str_is(reading->line.words[0], kinds[i].word))
            continue;
        return kinds[i].of_step && !reading->step ? "it belongs under get or post" : kinds[i].read(reading);
    }
    return "no line begins with this word";
}

static bool is_done_once(const struct journey *journey)
{
    for (size_t i = 0; i < journey->step_count; i++)
        if (!journey->steps[i].once)
            return false;
    return true;
}

enum status journeys_parse(struct str text, struct arena *arena, struct journeys *journeys, struct err *err)
{
    struct reading reading = {.all = journeys, .arena = arena};
    const char *why;

    *journeys = (struct journeys){.think = {1000, 10000}};
    text = arena_copy(arena, text);
    (void)reading_add(journeys, STR("user"), VARIABLE_USER);
    (void)reading_add(journeys, STR("unique"), VARIABLE_UNIQUE);
    while (line_next(&text, &reading.line, &why)) {
        if (!why)
            why = read_line(&reading);
        if (why)
            return err_set(err, ST_REJECT, "line %d, \"" STR_FMT "\": %s", reading.line.number,
                           STR_ARG(reading.line.words[0]), why);
    }
    for (size_t i = 0; i < journeys->count; i++)
        if (is_done_once(&journeys->journeys[i]))
            return err_set(err, ST_REJECT, "the journey " STR_FMT " has no steps, or none but once",
                           STR_ARG(journeys->journeys[i].name));
    if (journeys->weight == 0)
        return err_set(err, ST_REJECT, "there is no journey with a weight");
    return ST_OK;
}

const struct journey *journeys_at(const struct journeys *journeys, unsigned at)
{
    size_t i = 0;

    while (i + 1 < journeys->count && at >= journeys->journeys[i].weight)
        at -= journeys->journeys[i++].weight;
    return &journeys->journeys[i];
}
