/* schemas.h - schemas that were published after this program was built: fetched from the registry once, and kept. */
#ifndef RUN_SCHEMAS_H
#define RUN_SCHEMAS_H

#include <stdbool.h>
#include <stdint.h>

struct run;
struct schemas;

struct schemas *schemas_open(struct run *run);
void schemas_close(struct schemas *schemas);

/* Asks for it, unless that is under way; then the engine goes on. */
void schemas_fetch(struct run *run, int32_t schema_id);

/* The registry does not have it, or was asked in vain, or there is none: its messages are parked. Asked again after the
 * next start. */
bool schemas_given_up(const struct run *run, int32_t schema_id);

/* Somebody says that it is worth asking again. */
void schemas_hope(struct run *run);

#endif
