/* route.c - which paths there are, and who answers them. A walk over a short table: there is nothing to build. */
#include "gateway/route.h"

static bool matches(const char *pattern, struct str path, struct str *part)
{
    size_t at = 0;

    *part = (struct str){NULL, 0};
    for (const char *p = pattern; *p; p++) {
        if (p[0] == '*') {
            *part = (struct str){path.ptr + at, path.len - at};
            return true;
        }
        if (p[0] == '{') {
            size_t start = at;

            while (at < path.len && path.ptr[at] != '/')
                at++;
            if (at == start)
                return false;
            *part = (struct str){path.ptr + start, at - start};
            p++;
        } else if (at == path.len || path.ptr[at++] != p[0]) {
            return false;
        }
    }
    return at == path.len;
}

const struct route *route_find(const struct route *routes, size_t count, struct str path, struct str *part)
{
    for (size_t i = 0; i < count; i++)
        if (matches(routes[i].path, path, part))
            return &routes[i];
    return NULL;
}

const char *route_allow(const struct route *route)
{
    if (route->get && route->post)
        return "GET, HEAD, POST";
    return route->get ? "GET, HEAD" : "POST";
}
