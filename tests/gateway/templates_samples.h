/* templates_samples.h - every page filled with sample data, for looking at pages and for testing them. */
#ifndef TESTS_GATEWAY_TEMPLATES_SAMPLES_H
#define TESTS_GATEWAY_TEMPLATES_SAMPLES_H

#include "base/out.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* One page in one situation; render() appends it to out. */
struct sample {
    const char *name;
    void (*render)(struct out *out);
};

extern const struct sample samples[];
extern const size_t samples_count;

/* What all texts of the samples that could come from outside are replaced by; the empty text leaves them as they are.
 * base is the prefix of all paths. Both must outlive the rendering. */
void samples_set(struct str base, struct str instead);

#endif
