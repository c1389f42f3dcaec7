/* link.h - lines of JSON between the coordinator and a worker, over TCP. README.md lists them. */
#ifndef LOADGENERATOR_LINK_H
#define LOADGENERATOR_LINK_H

#include <event2/event.h>
#include <jansson.h>

#include "base/str.h"

enum { LINK_LINE_MAX_BYTES = 8 * 1024 * 1024 };

struct link;

/* A message came, to be read before it returns; NULL: the other side is gone, or does not speak so, and the link is to be
 * freed. */
typedef void link_fn(void *context, struct link *link, const json_t *message);

/* Owns fd, which is connected or about to be. */
struct link *link_new(struct event_base *base, evutil_socket_t fd, link_fn *heard, void *context);

/* What was sent is tried to be written. NULL is allowed. Not from within heard, but for the call with NULL. */
void link_free(struct link *link);

/* One message, without its line end. */
void link_send(struct link *link, struct str message);

#endif
