/* settings.h - what every service is told by its environment. */
#ifndef RUN_SETTINGS_H
#define RUN_SETTINGS_H

#include "base/config.h"

struct run_settings {
    const char *kafka, *database, *registry, *ordinal, *replica;
    int64_t batch, parked_for_ms;
};

enum { RUN_SETTINGS = 7 };

/* The runtime's settings, followed by the service's own, in *settings (freed by the caller). */
size_t run_settings_list(struct run_settings *values, const struct setting *own, size_t own_count,
                         struct setting **settings);

#endif
