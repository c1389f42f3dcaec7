/* cookies.h - one shopper's cookies, as a browser keeps them for one site. */
#ifndef LOADGENERATOR_COOKIES_H
#define LOADGENERATOR_COOKIES_H

#include <stdint.h>

#include "base/out.h"

enum { COOKIES_MAX = 16, COOKIE_MAX_BYTES = 512 };

struct cookies {
    struct cookie {
        char text[COOKIE_MAX_BYTES]; /* name=value */
        char path[64];
        size_t name_len, len;
    } of[COOKIES_MAX];
    size_t count;
};

/* Hears the value of one Set-Cookie. One that is older than now_s is forgotten, one that does not fit is not taken. Domain
 * is not looked at: there is one site. path is the one that was asked for. */
void cookies_hear(struct cookies *cookies, struct str set_cookie, struct str path, int64_t now_s);

/* "a=1; b=2", those that belong to the path; nothing when there are none. */
void cookies_put(const struct cookies *cookies, struct str path, struct out *out);

#endif
