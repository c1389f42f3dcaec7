/* cookies.c - hearing and saying cookies (RFC 6265, as far as one site needs it). Pure. */
#include "services/loadgenerator/cookies.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

static struct str trim(struct str text)
{
    while (text.len && (*text.ptr == ' ' || *text.ptr == '\t'))
        text = (struct str){text.ptr + 1, text.len - 1};
    while (text.len && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* What stands before the first mark; text goes on behind it. */
static struct str cut(struct str *text, char mark)
{
    const char *end = text->len ? memchr(text->ptr, mark, text->len) : NULL;
    struct str part = {text->ptr, end ? (size_t)(end - text->ptr) : text->len};

    *text = end ? (struct str){end + 1, text->len - part.len - 1} : (struct str){NULL, 0};
    return trim(part);
}

static bool is(struct str name, const char *word)
{
    return name.len == strlen(word) && strncasecmp(name.ptr, word, name.len) == 0;
}

/* Whether a date such as "Wed, 21 Oct 2015 07:28:00 GMT" is over. */
static bool is_over(struct str date, int64_t now_s)
{
    char copy[64];
    struct tm utc = {0};

    snprintf(copy, sizeof(copy), STR_FMT, STR_ARG(date));
    if (!strptime(copy, "%a, %d %b %Y %H:%M:%S", &utc) && !strptime(copy, "%a, %d-%b-%Y %H:%M:%S", &utc))
        return false;
    return timegm(&utc) <= now_s;
}

/* The directory of the page, which is the path of a cookie that names none. */
static struct str default_path(struct str path)
{
    size_t len = 0;

    for (size_t i = 0; i < path.len && path.ptr[i] != '?'; i++)
        if (path.ptr[i] == '/')
            len = i;
    return (struct str){path.ptr, len ? len : 1};
}

static struct cookie *find(struct cookies *cookies, struct str name, struct str path)
{
    for (size_t i = 0; i < cookies->count; i++) {
        struct cookie *cookie = &cookies->of[i];

        if (str_equal((struct str){cookie->text, cookie->name_len}, name) && str_is(path, cookie->path))
            return cookie;
    }
    return NULL;
}

void cookies_hear(struct cookies *cookies, struct str set_cookie, struct str path, int64_t now_s)
{
    struct str pair = cut(&set_cookie, ';'), value = pair, name = cut(&value, '='), where = default_path(path);
    bool dead = false, aged = false;
    struct cookie *cookie;

    while (set_cookie.len) {
        struct str attribute = cut(&set_cookie, ';'), word = cut(&attribute, '=');

        attribute = trim(attribute);
        if (is(word, "Path") && attribute.len && *attribute.ptr == '/')
            where = attribute;
        if (is(word, "Max-Age") && attribute.len) { /* it counts before Expires */
            dead = *attribute.ptr == '-' || *attribute.ptr == '0';
            aged = true;
        }
        if (is(word, "Expires") && !aged)
            dead = is_over(attribute, now_s);
    }
    if (name.len == 0 || pair.len > COOKIE_MAX_BYTES || where.len >= sizeof(cookie->path))
        return;
    cookie = find(cookies, name, where);
    if (dead) {
        if (cookie)
            *cookie = cookies->of[--cookies->count];
        return;
    }
    if (!cookie && cookies->count == COOKIES_MAX)
        return;
    if (!cookie)
        cookie = &cookies->of[cookies->count++];
    memcpy(cookie->text, pair.ptr, pair.len);
    cookie->len = pair.len;
    cookie->name_len = name.len;
    snprintf(cookie->path, sizeof(cookie->path), STR_FMT, STR_ARG(where));
}

/* /a belongs to /a, /a/b, /a?x, but not to /ab. */
static bool belongs(const struct cookie *cookie, struct str path)
{
    size_t len = strlen(cookie->path);

    if (path.len < len || memcmp(path.ptr, cookie->path, len) != 0)
        return false;
    return path.len == len || cookie->path[len - 1] == '/' || path.ptr[len] == '/' || path.ptr[len] == '?';
}

void cookies_put(const struct cookies *cookies, struct str path, struct out *out)
{
    bool first = true;

    for (size_t i = 0; i < cookies->count; i++) {
        if (!belongs(&cookies->of[i], path))
            continue;
        if (!first)
            out_put(out, "; ", 2);
        out_put(out, cookies->of[i].text, cookies->of[i].len);
        first = false;
    }
}
