/* process.h - opening, stopping and closing the whole gateway; for main. */
#ifndef GATEWAY_PROCESS_H
#define GATEWAY_PROCESS_H

#include "gateway/gateway.h"
#include "run/program.h"

struct gateway_settings {
    struct accounts_settings accounts;
    const char *kafka, *redis, *keys, *listen, *session_key, *base, *files, *message, *banner;
    int64_t connections, connections_per_address, key_tick_ms;
    bool robots, single_shared_session;
};

/* gateway starts zeroed, with its program set; settings are borrowed. ST_FATAL when something that must be there is not;
 * what is merely away is waited for. gateway_close also after a failure. */
enum status gateway_open(struct gateway *gateway, struct program *program, const struct gateway_settings *settings,
                         struct err *err) must_check;

/* For struct program: everybody is answered, then the loop ends. */
void gateway_stop(void *gateway);

void gateway_close(struct gateway *gateway);

#endif
