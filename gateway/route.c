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

/* The segment at the beginning of path, up to a slash. */
static struct str first_segment(struct str path)
{
    const char *end = path.len ? memchr(path.ptr, '/', path.len) : NULL;

    return (struct str){path.ptr, end ? (size_t)(end - path.ptr) : path.len};
}

static bool is_clean(struct str path)
{
    for (size_t at = 1; at < path.len;) {
        struct str segment = first_segment((struct str){path.ptr + at, path.len - at});

        if (segment.len == 0 || str_is(segment, ".") || str_is(segment, ".."))
            return false;
        at += segment.len + 1;
    }
    return true;
}

struct str route_clean(struct str path, struct arena *arena)
{
    char *clean;
    size_t len = 0;

    if (is_clean(path))
        return path;
    clean = arena_alloc(arena, path.len + 1);
    for (size_t at = 1; at <= path.len;) {
        struct str segment = first_segment((struct str){path.ptr + at, path.len - at});

        if (str_is(segment, "..")) {
            while (len && clean[--len] != '/')
                continue;
        } else if (segment.len && !str_is(segment, ".")) {
            clean[len++] = '/';
            memcpy(clean + len, segment.ptr, segment.len);
            len += segment.len;
        }
        at += segment.len + 1;
    }
    if (len == 0 || path.ptr[path.len - 1] == '/')
        clean[len++] = '/';
    return (struct str){clean, len};
}

const char *route_allow(const struct route *route)
{
    if (route->get && route->post)
        return "GET, HEAD, POST";
    return route->get ? "GET, HEAD" : "POST";
}
