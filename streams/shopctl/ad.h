/* ad.h - what the words of "shopctl ad" share. */
#ifndef SHOPCTL_AD_H
#define SHOPCTL_AD_H

#include "base/arena.h"
#include "streams/shopctl/shopctl.h"

enum { AD_CALL_OPERANDS = 32 };

/* A command line, read. */
struct ad_call {
    const char *word;
    const char *operands[AD_CALL_OPERANDS];
    size_t operand_count;
    bool json, dry_run, no_wait;
    const char *marks; /* --once */
};

typedef enum exit_code ad_fn(const struct ad_call *call, struct arena *arena);

ad_fn ad_run, ad_stop; /* ad_write.c */
ad_fn ad_report;       /* ad_report.c */

/* "0.002" in millionths of a dollar; false when it is no such amount, or has more than six decimals. */
bool ad_micros(const char *text, int64_t *micros);

#endif
