/* door.h - when the shop opens: not before its shelves are known, unless they stay unknown for long. */
#ifndef GATEWAY_DOOR_H
#define GATEWAY_DOOR_H

#include "gateway/gateway.h"

enum { DOOR_PATIENCE_MS = 5000 };

/* Listens as soon as the shelf is known, Kafka takes messages and Redis has answered once; after DOOR_PATIENCE_MS without them, and says what is
 * away. A port that cannot be had ends the program with 1. Once. */
void door_open_soon(struct gateway *gateway);

/* Not any more. Before http_stop. */
void door_keep_shut(struct gateway *gateway);

/* Whether one can come in; for /readyz. */
bool door_ready(void *gateway, struct err *why);

#endif
