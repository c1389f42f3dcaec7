/* once.h - a file that is offered to the shop once, however often the command is said again (--once MARKS). */
#ifndef SHOPCTL_ONCE_H
#define SHOPCTL_ONCE_H

#include <stdbool.h>

/* MARKS is a text file, a SHA-256 in hex digits a line, of each file that was offered. Neither it nor its lines need be there. */

/* Whether path stands in marks as it is now. Marks NULL: it does not. */
bool once_was_offered(const char *marks, const char *path);

/* Notes that it was; false, and complained of, when that cannot be written: the next time it is offered again. */
bool once_note(const char *marks, const char *path);

#endif
