/* wanted.h - the topics as they should be on the broker. */
#ifndef MSG_WANTED_H
#define MSG_WANTED_H

#include <stddef.h>
#include <stdint.h>

enum { WANTED_NAME_BYTES = 250, WANTED_CONFIGS = 6 };

struct wanted_config {
    const char *name;
    char value[24];
};

struct wanted {
    char name[WANTED_NAME_BYTES];
    int32_t partitions;
    struct wanted_config configs[WANTED_CONFIGS]; /* all that the topic sets for itself */
    size_t config_count;
};

/* Every topic and dead-letter topic; *count of them, freed by the caller. */
struct wanted *wanted_list(size_t *count);

/* The value that a topic should have for this setting; NULL when it should have none of its own. */
const char *wanted_value(const struct wanted *wanted, const char *config);

#endif
