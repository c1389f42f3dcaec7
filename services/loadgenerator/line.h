/* line.h - one line of a journey file, cut into words. */
#ifndef LOADGENERATOR_LINE_H
#define LOADGENERATOR_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

enum { LINE_WORDS = 64 };

struct line {
    int number;
    struct str words[LINE_WORDS];
    size_t count;
};

/* Takes the next line that says something from text. Words are parted by blanks; "..." or '...' is one word, without its
 * quotes; # begins a comment. False at the end of the text. *why is NULL, or what is wrong with the line. */
bool line_next(struct str *text, struct line *line, const char **why);

#endif
