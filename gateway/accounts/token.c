/* token.c - a session's cookie: made, signed, recognised; its hash, and its age. */
#include "gateway/accounts/token.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"

enum {
    MAC_BYTES = 16,
    SECRET_AT = ID_TEXT_LEN + 1,
    MAC_AT = SECRET_AT + 2 * TOKEN_BYTES + 1,
    COOKIE_LEN = MAC_AT + 2 * MAC_BYTES,
    OLD_TIMES = 10,                /* so many times trust_ms is too long to go on without looking */
    NOTE_MOST_MS = 60 * 60 * 1000, /* the last use is noted once an hour, */
    NOTES_IN_IDLE = 8              /* and often enough that idle_ms is an eighth short at most */
};

static void hash_secret(struct token *token)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];

    SHA256(token->secret, sizeof token->secret, hash);
    for (size_t i = 0; i < sizeof hash; i++)
        snprintf(token->hash + 2 * i, 3, "%02x", hash[i]);
}

struct token token_new(struct str user_id)
{
    struct token token = {.user_id = ""};

    if (user_id.len != ID_TEXT_LEN || RAND_bytes(token.secret, sizeof token.secret) != 1)
        abort();
    memcpy(token.user_id, user_id.ptr, ID_TEXT_LEN);
    hash_secret(&token);
    return token;
}

/* Over what the sessions without an account never sign: their MAC is over 36 bytes. */
static void sign(const struct session_key *key, const struct token *token, uint8_t mac[MAC_BYTES])
{
    uint8_t text[ID_TEXT_LEN + TOKEN_BYTES], whole[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    memcpy(text, token->user_id, ID_TEXT_LEN);
    memcpy(text + ID_TEXT_LEN, token->secret, TOKEN_BYTES);
    if (HMAC(EVP_sha256(), key->bytes, sizeof key->bytes, text, sizeof text, whole, &len) == NULL)
        abort();
    memcpy(mac, whole, MAC_BYTES);
    OPENSSL_cleanse(text, sizeof text);
}

struct str token_set_cookie(const struct session_key *key, const struct token *token, int64_t lifetime_ms, bool secure,
                            struct arena *arena)
{
    uint8_t mac[MAC_BYTES];
    struct str value;

    sign(key, token, mac);
    value = arena_printf(arena, "%s.%s.%s", token->user_id, hex_write(token->secret, TOKEN_BYTES, arena).ptr,
                         hex_write(mac, MAC_BYTES, arena).ptr);
    value = session_cookie(arena, ACCOUNT_COOKIE, value, (int)(lifetime_ms / 1000));
    return secure ? arena_printf(arena, "%s; Secure", value.ptr) : value;
}

bool token_of(const struct session_key *key, struct str cookies, struct token *token)
{
    struct str cookie = cookie_value(cookies, ACCOUNT_COOKIE);
    uint8_t mac[MAC_BYTES], given[MAC_BYTES];
    struct id user;

    *token = (struct token){.user_id = ""};
    if (cookie.len != COOKIE_LEN || cookie.ptr[SECRET_AT - 1] != '.' || cookie.ptr[MAC_AT - 1] != '.' ||
        !id_parse((struct str){cookie.ptr, ID_TEXT_LEN}, &user) ||
        !hex_read((struct str){cookie.ptr + SECRET_AT, 2 * TOKEN_BYTES}, token->secret, TOKEN_BYTES) ||
        !hex_read((struct str){cookie.ptr + MAC_AT, 2 * MAC_BYTES}, given, MAC_BYTES))
        return false;
    memcpy(token->user_id, cookie.ptr, ID_TEXT_LEN);
    sign(key, token, mac);
    hash_secret(token);
    return CRYPTO_memcmp(mac, given, sizeof mac) == 0;
}

/* --- how long ------------------------------------------------------------------------------------------------------------- */

bool life_is_over(const struct life *life, const struct life_limits *limits, int64_t now_ms)
{
    return now_ms - life->seen_ms >= limits->idle_ms || now_ms - life->begun_ms >= limits->absolute_ms;
}

bool life_is_stale(const struct life *life, const struct life_limits *limits, int64_t now_ms)
{
    return now_ms - life->checked_ms >= limits->trust_ms;
}

bool life_is_old(const struct life *life, const struct life_limits *limits, int64_t now_ms)
{
    return now_ms - life->checked_ms >= OLD_TIMES * limits->trust_ms;
}

bool life_wants_note(const struct life *life, const struct life_limits *limits, int64_t now_ms)
{
    int64_t every_ms = limits->idle_ms / NOTES_IN_IDLE < NOTE_MOST_MS ? limits->idle_ms / NOTES_IN_IDLE : NOTE_MOST_MS;

    return now_ms - life->seen_ms >= every_ms;
}

struct str life_write(const struct life *life, struct arena *arena)
{
    return arena_printf(arena, "live %lld %lld %lld", (long long)life->begun_ms, (long long)life->seen_ms,
                        (long long)life->checked_ms);
}

/* Digits up to a blank or the end, at most 18; takes them and the blank off. -1: there are none. */
static int64_t take_number(struct str *text)
{
    int64_t number = 0;
    size_t at = 0;

    while (at < text->len && at < 18 && text->ptr[at] >= '0' && text->ptr[at] <= '9')
        number = number * 10 + (text->ptr[at++] - '0');
    if (at == 0 || (at < text->len && text->ptr[at] != ' '))
        return -1;
    if (at < text->len)
        at++;
    *text = (struct str){text->ptr + at, text->len - at};
    return number;
}

bool life_read(struct str text, struct life *life)
{
    const struct str start = STR("live ");

    if (text.len <= start.len || memcmp(text.ptr, start.ptr, start.len) != 0)
        return false;
    text = (struct str){text.ptr + start.len, text.len - start.len};
    life->begun_ms = take_number(&text);
    life->seen_ms = take_number(&text);
    life->checked_ms = take_number(&text);
    return text.len == 0 && life->begun_ms >= 0 && life->seen_ms >= 0 && life->checked_ms >= 0;
}
