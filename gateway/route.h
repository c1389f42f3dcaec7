/* route.h - which paths there are, and who answers them. */
#ifndef GATEWAY_ROUTE_H
#define GATEWAY_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

struct request;

typedef void route_fn(struct request *request);

/* In a path, "{}" stands for one segment that is not empty, a last "*" for all that follows. */
struct route {
    const char *path;
    route_fn *get;  /* GET and HEAD; NULL: not allowed */
    route_fn *post; /* NULL: not allowed */
};

/* The route of a path without query, or NULL. *part is what {} or * stands for, in path; empty without them. */
const struct route *route_find(const struct route *routes, size_t count, struct str path, struct str *part);

/* The path with one slash for several, and without "." and ".." segments (an escaped one is a name like any other): itself
 * when there is nothing to clean, otherwise in the arena. A path begins with a slash, and what is returned does. */
struct str route_clean(struct str path, struct arena *arena);

/* "GET, HEAD, POST": what Allow says. */
const char *route_allow(const struct route *route);

#endif
