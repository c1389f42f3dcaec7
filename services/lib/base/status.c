/* status.c - the sentence of a failure. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

enum status err_set(struct err *err, enum status status, const char *format, ...)
{
    va_list args;

    if (err) {
        va_start(args, format);
        vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
    }
    return status;
}

const char *status_name(enum status status)
{
    static const char *const names[] = {"ok", "retry", "reject", "fatal"};

    return names[status];
}
