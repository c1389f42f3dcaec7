/* words.c - how the keeper's tool writes. */
#include "streams/shopctl/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { COLUMNS_MAX = 16, SECOND_MS = 1000, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

struct str words_time(int64_t time_ms, struct arena *arena)
{
    time_t seconds = (time_t)(time_ms / SECOND_MS);
    struct tm tm;
    char text[32];

    if (time_ms <= 0 || !gmtime_r(&seconds, &tm))
        return STR("-");
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    return arena_printf(arena, "%s.%03d", text, (int)(time_ms % SECOND_MS));
}

/* ".994", or nothing; NULL when it is something else. */
static const char *read_fraction(const char *text, int64_t *time_ms)
{
    int64_t weight = SECOND_MS / 10;

    if (*text != '.')
        return text;
    for (text++; *text >= '0' && *text <= '9'; text++, weight /= 10)
        *time_ms += (*text - '0') * weight;
    return text[-1] == '.' ? NULL : text;
}

bool words_read_time(const char *text, int64_t *time_ms)
{
    static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"};
    const char *end = NULL;
    struct tm tm;

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]) && !end; i++) {
        tm = (struct tm){0};
        end = strptime(text, forms[i], &tm);
    }
    if (!end)
        return false;
    *time_ms = (int64_t)timegm(&tm) * SECOND_MS;
    end = read_fraction(end, time_ms);
    return end && (*end == '\0' || strcmp(end, "Z") == 0) && *time_ms >= 0;
}

bool words_read_ago(const char *text, int64_t now_ms, int64_t *time_ms)
{
    static const char units[] = "smhd";
    static const int64_t ms[] = {1000, 60000, 3600000, 86400000};
    char *end;
    long count = strtol(text, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;

    if (end == text || !unit || end[1] || count < 0 || count > 1000000)
        return false;
    *time_ms = now_ms - count * ms[unit - units];
    return true;
}

struct str words_span(int64_t span_ms, struct arena *arena)
{
    int64_t s = span_ms / SECOND_MS;

    if (span_ms < SECOND_MS)
        return arena_printf(arena, "%" PRId64 " ms", span_ms < 0 ? 0 : span_ms);
    if (s < 2 * MINUTE_S)
        return arena_printf(arena, "%" PRId64 " s", s);
    if (s < 2 * HOUR_S)
        return arena_printf(arena, "%" PRId64 " min", s / MINUTE_S);
    if (s % DAY_S < HOUR_S && s >= DAY_S)
        return arena_printf(arena, "%" PRId64 " d", s / DAY_S);
    if (s < 2 * DAY_S)
        return arena_printf(arena, "%" PRId64 " h %" PRId64 " min", s / HOUR_S, s % HOUR_S / MINUTE_S);
    return arena_printf(arena, "%" PRId64 " d %" PRId64 " h", s / DAY_S, s % DAY_S / HOUR_S);
}

void words_table_init(struct words_table *table, struct arena *arena, const char *const *head, size_t columns)
{
    *table = (struct words_table){.arena = arena, .columns = columns};
    if (columns > COLUMNS_MAX)
        abort();
    for (size_t i = 0; i < columns; i++)
        words_cell(table, str_of(head[i]));
}

void words_cell(struct words_table *table, struct str text)
{
    if (table->count == table->room) {
        struct str *grown = arena_array(table->arena, table->room * 2 + 64, sizeof(*grown));

        if (table->count)
            memcpy(grown, table->cells, table->count * sizeof(*grown));
        table->cells = grown;
        table->room = table->room * 2 + 64;
    }
    table->cells[table->count++] = text;
}

void words_number(struct words_table *table, int64_t number)
{
    words_cell(table, arena_printf(table->arena, "%" PRId64, number));
}

static bool is_right(const struct words_table *table, size_t column)
{
    return table->cells[column].len > 0 && table->cells[column].ptr[0] == '>';
}

static void print_cell(const struct words_table *table, size_t at, int width)
{
    size_t column = at % table->columns;
    struct str text = table->cells[at];
    bool right = is_right(table, column);

    if (at < table->columns && right)
        text = (struct str){text.ptr + 1, text.len - 1};
    if (right)
        printf("%*.*s", width, STR_ARG(text));
    else if (column + 1 == table->columns)
        printf(STR_FMT, STR_ARG(text));
    else
        printf("%-*.*s", width, STR_ARG(text));
    fputs(column + 1 == table->columns ? "\n" : "  ", stdout);
}

void words_table_print(const struct words_table *table)
{
    int widths[COLUMNS_MAX] = {0};

    for (size_t at = 0; at < table->count; at++) {
        size_t column = at % table->columns;
        int len = (int)table->cells[at].len - (at < table->columns && is_right(table, column));

        if (len > widths[column])
            widths[column] = len;
    }
    for (size_t at = 0; at < table->count; at++)
        print_cell(table, at, widths[at % table->columns]);
}
