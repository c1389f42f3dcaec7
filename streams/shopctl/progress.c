/* progress.c - how far long work is: a bar on a terminal, otherwise a line for each tenth. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "streams/shopctl/words.h"

enum { BAR = 40, TENTH = 10 };

void words_progress(int64_t done, int64_t whole, int *told)
{
    static const char full[] = "########################################";
    int percent = whole <= 0 ? -1 : done >= whole ? 100 : (int)(done * 100 / whole);

    if (percent < 0 || percent == *told)
        return;
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r[%-*.*s] %3d %%%s", BAR, percent * BAR / 100, full, percent, percent == 100 ? "\n" : "");
        fflush(stderr);
        *told = percent;
    } else if (percent / TENTH > *told / TENTH) {
        fprintf(stderr, "%3d %% (%" PRId64 " of %" PRId64 ")\n", percent, done < whole ? done : whole, whole);
        *told = percent;
    }
}
