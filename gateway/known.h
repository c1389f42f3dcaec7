/* known.h - what was last read, for when it cannot be read: a small memory of carts and orders, by view key.
 *
 * It forgets at will; whoever asks must be able to do without. */
#ifndef GATEWAY_KNOWN_H
#define GATEWAY_KNOWN_H

#include <stdbool.h>

#include "base/str.h"

struct known;

struct known *known_open(void);
void known_close(struct known *known);

/* Remembers a copy of value, instead of an older one of this key. Values above 32 KiB are not kept. */
void known_put(struct known *known, struct str key, struct str value);

/* Empty when it is not remembered; valid until the next known_put. */
struct str known_get(const struct known *known, struct str key);

#endif
