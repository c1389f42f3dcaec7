/* config.h - settings from APP_* variables: declared once, checked at start, listed by --help-config. */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum setting_type {
    SETTING_TEXT,     /* const char ** */
    SETTING_COUNT,    /* int64_t *, not negative */
    SETTING_DURATION, /* int64_t *, milliseconds; written 250ms, 15s, 15m, 2h */
    SETTING_SWITCH    /* bool *, written on/off, true/false, 1/0 */
};

struct setting {
    const char *name; /* APP_KAFKA */
    enum setting_type type;
    const char *standard; /* used when the variable is not set; NULL: it must be set */
    void *target;
    const char *help; /* one sentence, with the unit */
    bool secret;      /* never printed */
};

/* Reads every setting: from the variable, or from the file that the variable with _FILE at its end names (APP_DATABASE_FILE:
 * a secret that is in no environment), without the line break at its end. ST_FATAL, and one sentence per mistake in err,
 * when one is missing or malformed, said twice, or in a file that cannot be read. The targets of texts stay valid as
 * long as the process and its environment. */
enum status config_load(const struct setting *settings, size_t count, struct err *err) must_check;

/* One line per setting: name, standard, help. */
void config_print_help(const struct setting *settings, size_t count);

#endif
