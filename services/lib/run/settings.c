/* settings.c - the runtime's list of settings. */
#include "run/settings.h"

#include <stdlib.h>
#include <string.h>

size_t run_settings_list(struct run_settings *values, const struct setting *own, size_t own_count,
                         struct setting **settings)
{
    const struct setting ours[RUN_SETTINGS] = {
        {"APP_KAFKA", SETTING_TEXT, NULL, &values->kafka, "Kafka's brokers, host:port,host:port.", false},
        {"APP_DATABASE", SETTING_TEXT, NULL, &values->database,
         "This service's own Postgres database, postgres://role:password@host:port/name.", true},
        {"APP_REGISTRY", SETTING_TEXT, "", &values->registry,
         "Schema registry, asked only for a schema that was published after this program was built; empty: never.",
         false},
        {"APP_ORDINAL", SETTING_TEXT, "0", &values->ordinal,
         "Which of the service's replicas this is, a number that no other has; lease: one is taken from the database.",
         false},
        {"APP_REPLICA", SETTING_TEXT, "", &values->replica,
         "With a lease, this process's name among the replicas; empty: the host's name.", false},
        {"APP_BATCH", SETTING_COUNT, "500", &values->batch, "Messages in one transaction, at most.", false},
        {"APP_PARKED_FOR", SETTING_DURATION, "15m", &values->parked_for_ms,
         "How long a command may stay parked before whoever gave it is told that it is refused.", false},
    };
    struct setting *all = calloc(RUN_SETTINGS + own_count, sizeof(*all));

    if (!all)
        abort();
    memcpy(all, ours, sizeof(ours));
    if (own_count)
        memcpy(all + RUN_SETTINGS, own, own_count * sizeof(*all));
    *settings = all;
    return RUN_SETTINGS + own_count;
}
