/* str.h - text and bytes that somebody else owns. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A slice: not terminated by NUL, never owned. {NULL, 0} is the empty text. */
struct str {
    const char *ptr;
    size_t len;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
// clang-format off
#define STR_INIT(literal) {"" literal, sizeof(literal) - 1} /* for static initializers */
// clang-format on
#define STR_FMT "%.*s"
#define STR_ARG(s) ((int)(s).len), ((s).ptr ? (s).ptr : "")

/* The text up to NUL; NULL gives the empty text. Lives as long as text does. */
static inline struct str str_of(const char *text)
{
    return (struct str){text, text ? strlen(text) : 0};
}

static inline bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool str_is(struct str a, const char *text)
{
    return str_equal(a, str_of(text));
}

/* <0, 0, >0 in byte order; a prefix comes first. */
static inline int str_compare(struct str a, struct str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.ptr, b.ptr, shorter) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

#endif
