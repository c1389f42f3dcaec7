/* session.c - who a shopper is. A cookie came from outside: it is believed only when its MAC is ours, and what it says
 * beside the user (a currency, a mark) can harm nobody but who sent it. */
#include "gateway/session.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAC_BYTES = 16, MAC_TEXT = 2 * MAC_BYTES, OWNER_TEXT = 8 };

static int hex_digit(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum status session_key_read(const char *path, struct session_key *key, struct err *err)
{
    FILE *file = fopen(path, "re");
    bool whole = true;

    if (file == NULL)
        return err_set(err, ST_FATAL, "the key of the sessions cannot be read from %s: %s", path, strerror(errno));
    for (size_t i = 0; i < sizeof key->bytes; i++) {
        int high = hex_digit(fgetc(file));
        int low = hex_digit(fgetc(file));

        whole = whole && high >= 0 && low >= 0;
        key->bytes[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
    fclose(file);
    if (!whole)
        return err_set(err, ST_FATAL, "%s must hold %d hex digits", path, 2 * SESSION_KEY_BYTES);
    return ST_OK;
}

struct str cookie_value(struct str cookies, const char *name)
{
    size_t name_len = strlen(name);

    for (size_t at = 0; at < cookies.len;) {
        const char *start = cookies.ptr + at;
        const char *end = memchr(start, ';', cookies.len - at);
        size_t len = end ? (size_t)(end - start) : cookies.len - at;

        at += len + 1;
        while (len && *start == ' ') {
            start++;
            len--;
        }
        if (len > name_len && start[name_len] == '=' && memcmp(start, name, name_len) == 0)
            return (struct str){start + name_len + 1, len - name_len - 1};
    }
    return (struct str){NULL, 0};
}

static void write_mac(const struct session_key *key, const char user_id[ID_TEXT_LEN + 1], char text[MAC_TEXT + 1])
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (HMAC(EVP_sha256(), key->bytes, sizeof key->bytes, (const uint8_t *)user_id, ID_TEXT_LEN, mac, &len) == NULL)
        abort();
    for (size_t i = 0; i < MAC_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", mac[i]);
}

struct session session_new(void)
{
    struct session session = {.fresh = true, .untold = true, .mark = {.offset = -1}};
    struct id user = id_random();

    id_write(&user, session.user_id);
    return session;
}

struct cart_mark cart_mark_read(struct str text)
{
    struct cart_mark mark = {.offset = 0};
    size_t at = 0;

    while (at < text.len && at < 18 && text.ptr[at] >= '0' && text.ptr[at] <= '9')
        mark.offset = mark.offset * 10 + (text.ptr[at++] - '0');
    if (at == 0 || at == text.len || text.ptr[at] != '.' ||
        !id_parse((struct str){text.ptr + at + 1, text.len - at - 1}, &mark.command))
        mark.offset = -1;
    return mark;
}

struct str cart_mark_write(const struct cart_mark *mark, struct arena *arena)
{
    return arena_printf(arena, "%lld." STR_FMT, (long long)mark->offset, STR_ARG(id_text(&mark->command, arena)));
}

/* A mark, a dot, and the beginning of its user: offsets of one shopper's commands say nothing about another's. */
static struct cart_mark mark_of(struct str cookies, const char *user_id)
{
    struct str text = cookie_value(cookies, CART_COOKIE);

    if (text.len <= OWNER_TEXT || text.ptr[text.len - OWNER_TEXT - 1] != '.' ||
        memcmp(text.ptr + text.len - OWNER_TEXT, user_id, OWNER_TEXT) != 0)
        return (struct cart_mark){.offset = -1};
    return cart_mark_read((struct str){text.ptr, text.len - OWNER_TEXT - 1});
}

/* The user of a cookie "<user id>.<MAC>" that is ours. */
static bool signed_user(const struct session_key *key, struct str cookie, char user_id[ID_TEXT_LEN + 1])
{
    char mac[MAC_TEXT + 1];
    struct id user;

    if (cookie.len != ID_TEXT_LEN + 1 + MAC_TEXT || !id_parse((struct str){cookie.ptr, ID_TEXT_LEN}, &user))
        return false;
    memcpy(user_id, cookie.ptr, ID_TEXT_LEN);
    user_id[ID_TEXT_LEN] = '\0';
    write_mac(key, user_id, mac);
    return CRYPTO_memcmp(mac, cookie.ptr + ID_TEXT_LEN + 1, MAC_TEXT) == 0;
}

/* Everybody's; a browser that brings another one is told. */
static struct session shared_session(const struct session_key *key, struct str cookies)
{
    struct session session = {.currency = cookie_value(cookies, CURRENCY_COOKIE)};
    char given[ID_TEXT_LEN + 1] = "";

    session.untold = !signed_user(key, cookie_value(cookies, SESSION_COOKIE), given) ||
                     strcmp(given, SESSION_SHARED_USER) != 0;
    memcpy(session.user_id, SESSION_SHARED_USER, sizeof session.user_id);
    session.mark = mark_of(cookies, session.user_id);
    return session;
}

struct session session_of(const struct session_key *key, struct str cookies)
{
    struct session session = {.fresh = false};

    if (key->shared)
        return shared_session(key, cookies);
    if (signed_user(key, cookie_value(cookies, SESSION_COOKIE), session.user_id))
        session.mark = mark_of(cookies, session.user_id);
    else
        session = session_new();
    session.currency = cookie_value(cookies, CURRENCY_COOKIE);
    return session;
}

struct session session_of_user(struct str user_id, struct str cookies)
{
    struct session session = {.currency = cookie_value(cookies, CURRENCY_COOKIE)};

    if (user_id.len != ID_TEXT_LEN)
        abort();
    memcpy(session.user_id, user_id.ptr, ID_TEXT_LEN);
    session.mark = mark_of(cookies, session.user_id);
    return session;
}

bool session_before(const struct session_key *key, struct str cookies, char user_id[ID_TEXT_LEN + 1])
{
    return signed_user(key, cookie_value(cookies, BEFORE_COOKIE), user_id);
}

static const char *cookies_below = "/";

void session_cookies_below(const char *base)
{
    cookies_below = base[0] ? base : "/";
}

/* For clients that do not know Max-Age: to them a cookie would be forgotten at the browser's end only. */
static const char long_ago[] = "; Expires=Thu, 01 Jan 1970 00:00:00 GMT";

struct str session_cookie(struct arena *arena, const char *name, struct str value, int max_age_s)
{
    return arena_printf(arena, "%s=" STR_FMT "; Path=%s; Max-Age=%d%s; HttpOnly; SameSite=Lax", name, STR_ARG(value),
                        cookies_below, max_age_s, max_age_s > 0 ? "" : long_ago);
}

struct str session_set_cookie(const struct session_key *key, const struct session *session, struct arena *arena)
{
    char mac[MAC_TEXT + 1];

    write_mac(key, session->user_id, mac);
    return session_cookie(arena, SESSION_COOKIE, arena_printf(arena, "%s.%s", session->user_id, mac),
                          SESSION_MAX_AGE_S);
}

struct str session_set_kept(struct arena *arena)
{
    return session_cookie(arena, KEPT_COOKIE, STR("1"), SESSION_RENEW_S);
}

bool session_is_old(struct str cookies)
{
    return cookie_value(cookies, KEPT_COOKIE).len == 0;
}

struct str session_set_before(const struct session_key *key, struct str user_id, struct arena *arena)
{
    char mac[MAC_TEXT + 1], user[ID_TEXT_LEN + 1] = "";

    memcpy(user, user_id.ptr, ID_TEXT_LEN);
    write_mac(key, user, mac);
    return session_cookie(arena, BEFORE_COOKIE, arena_printf(arena, "%s.%s", user, mac), SESSION_TRACE_AGE_S);
}

struct str session_set_mark(const struct session *session, struct arena *arena)
{
    struct str mark = cart_mark_write(&session->mark, arena);

    return session_cookie(arena, CART_COOKIE,
                          arena_printf(arena, STR_FMT ".%.*s", STR_ARG(mark), OWNER_TEXT, session->user_id),
                          SESSION_MAX_AGE_S);
}

struct str session_set_currency(struct str currency, struct arena *arena)
{
    return session_cookie(arena, CURRENCY_COOKIE, currency, SESSION_MAX_AGE_S);
}

struct str session_forget_cookie(const char *name, struct arena *arena)
{
    return session_cookie(arena, name, (struct str){NULL, 0}, 0);
}
