/* config.c - reading APP_* variables; all mistakes are told at once, so that one start shows them all. */
#include "base/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_count(const char *text, int64_t *count)
{
    char *end;
    long long value;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    value = strtoll(text, &end, 10);
    if (errno || *end)
        return false;
    *count = value;
    return true;
}

static bool read_duration(const char *text, int64_t *duration_ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}};
    char *end;
    long long value;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    value = strtoll(text, &end, 10);
    if (errno)
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        int64_t product;

        if (strcmp(end, units[i].name) != 0 || __builtin_mul_overflow((int64_t)value, units[i].ms, &product))
            continue;
        *duration_ms = product;
        return true;
    }
    return false;
}

static bool read_switch(const char *text, bool *on)
{
    static const char *const names[] = {"off", "on", "false", "true", "0", "1"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(text, names[i]) != 0)
            continue;
        *on = i % 2 == 1;
        return true;
    }
    return false;
}

static bool read_value(const struct setting *setting, const char *text)
{
    switch (setting->type) {
    case SETTING_TEXT:
        *(const char **)setting->target = text;
        return true;
    case SETTING_COUNT:
        return read_count(text, setting->target);
    case SETTING_DURATION:
        return read_duration(text, setting->target);
    case SETTING_SWITCH:
        return read_switch(text, setting->target);
    }
    return false;
}

/* The sentence's end: what would have been right. */
static const char *expected(enum setting_type type)
{
    switch (type) {
    case SETTING_COUNT:
        return "a whole number, not negative";
    case SETTING_DURATION:
        return "a time such as 250ms, 15s, 15m or 2h";
    case SETTING_SWITCH:
        return "on or off";
    case SETTING_TEXT:
        break;
    }
    return "text";
}

/* One more sentence, which gets its full stop here if a setting's help has none. Those that find no room are dropped,
 * the first are the ones to mend first. */
static void complain(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void complain(struct err *err, const char *format, ...)
{
    size_t len;
    va_list args;

    if (!err)
        return;
    len = strlen(err->text);
    if (len && len < sizeof(err->text) - 1)
        err->text[len++] = ' ';
    va_start(args, format);
    vsnprintf(err->text + len, sizeof(err->text) - len, format, args);
    va_end(args);
    len = strlen(err->text);
    if (len && len < sizeof(err->text) - 1 && err->text[len - 1] != '.')
        memcpy(err->text + len, ".", 2);
}

/* What the files of NAME_FILE variables said: read once, kept for as long as the process lives. */
struct kept_text {
    struct kept_text *before;
    char *text;
};
static struct kept_text *kept;

static const char *keep(char *text)
{
    struct kept_text *added = malloc(sizeof(*added));

    if (!added)
        abort();
    *added = (struct kept_text){kept, text};
    kept = added;
    return text;
}

/* The whole file without the line break at its end; NULL with errno set. */
static const char *read_file(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size_bytes = 0;
    ssize_t len;

    if (!file)
        return NULL;
    errno = 0;
    len = getdelim(&text, &size_bytes, '\0', file);
    if (len < 0 && errno == 0 && text)
        text[len = 0] = '\0'; /* an empty file */
    fclose(file);
    if (len < 0) {
        free(text);
        return NULL;
    }
    while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        text[--len] = '\0';
    return keep(text);
}

/* The variable itself, or what stands in the file that NAME_FILE names; NULL: neither is set. False, and said in err,
 * when both are, or the file cannot be read. */
static bool look_up(const struct setting *setting, const char **text, struct err *err)
{
    char name[128];
    const char *path;

    snprintf(name, sizeof(name), "%s_FILE", setting->name);
    path = getenv(name);
    *text = getenv(setting->name);
    if (!path || !*path)
        return true;
    if (*text) {
        complain(err, "%s and %s are both set.", setting->name, name);
        return false;
    }
    *text = read_file(path);
    if (!*text)
        complain(err, "%s: %.100s: %s.", name, path, strerror(errno));
    return *text != NULL;
}

static bool load_one(const struct setting *setting, struct err *err)
{
    const char *text;

    if (!look_up(setting, &text, err))
        return false;
    if (!text)
        text = setting->standard;
    if (!text || (!*text && !setting->standard)) {
        complain(err, "%s must be set: %s", setting->name, setting->help);
        return false;
    }
    if (read_value(setting, text))
        return true;
    if (setting->secret)
        complain(err, "%s is not %s.", setting->name, expected(setting->type));
    else
        complain(err, "%s is \"%.60s\", not %s.", setting->name, text, expected(setting->type));
    return false;
}

enum status config_load(const struct setting *settings, size_t count, struct err *err)
{
    bool good = true;

    if (err)
        err->text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        good = load_one(&settings[i], err) && good;
    return good ? ST_OK : ST_FATAL;
}

void config_print_help(const struct setting *settings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct setting *setting = &settings[i];
        const char *standard = !setting->standard   ? "(must be set)"
                               : setting->secret    ? "(secret)"
                               : *setting->standard ? setting->standard
                                                    : "(empty)";

        printf("%-24s %-28s %s\n", setting->name, standard, setting->help);
    }
}
