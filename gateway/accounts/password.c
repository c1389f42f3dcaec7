/* password.c - scrypt by OpenSSL. */
#include "gateway/accounts/password.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "base/hex.h"

enum { MAX_LOG2_N = 20, MAX_R = 8, MAX_P = 16 };

/* What the library may take: the table of 128 r N bytes, and a little. */
static uint64_t memory_of(struct password_cost cost)
{
    return (uint64_t)128 * (uint64_t)cost.r * (((uint64_t)1 << cost.log2_n) + (uint64_t)cost.p + 4);
}

static void derive(struct str password, struct password_cost cost, const uint8_t *salt, uint8_t *hash)
{
    if (EVP_PBE_scrypt(password.ptr ? password.ptr : "", password.len, salt, PASSWORD_SALT_BYTES,
                       (uint64_t)1 << cost.log2_n, (uint64_t)cost.r, (uint64_t)cost.p, memory_of(cost), hash,
                       PASSWORD_HASH_BYTES) != 1)
        abort();
}

static void fill_random(uint8_t *bytes, int count)
{
    if (RAND_bytes(bytes, count) != 1)
        abort();
}

void password_make(struct str password, struct password_cost cost, struct password_hash *made)
{
    made->cost = cost;
    fill_random(made->salt, sizeof made->salt);
    derive(password, cost, made->salt, made->hash);
}

bool password_check(struct str password, const struct password_hash *kept)
{
    uint8_t hash[PASSWORD_HASH_BYTES];
    bool same;

    derive(password, kept->cost, kept->salt, hash);
    same = CRYPTO_memcmp(hash, kept->hash, sizeof hash) == 0;
    OPENSSL_cleanse(hash, sizeof hash);
    return same;
}

struct password_hash password_of_nobody(struct password_cost cost)
{
    struct password_hash hash = {.cost = cost};

    fill_random(hash.salt, sizeof hash.salt);
    fill_random(hash.hash, sizeof hash.hash);
    return hash;
}

static int64_t work_of(struct password_cost cost)
{
    return ((int64_t)cost.r * cost.p) << cost.log2_n;
}

bool password_is_weak(const struct password_hash *kept, struct password_cost cost)
{
    return work_of(kept->cost) < work_of(cost);
}

struct str password_write(const struct password_hash *hash, struct arena *arena)
{
    struct str salt = hex_write(hash->salt, sizeof hash->salt, arena);
    struct str rest = hex_write(hash->hash, sizeof hash->hash, arena);

    return arena_printf(arena, "scrypt$%d$%d$%d$" STR_FMT "$" STR_FMT, hash->cost.log2_n, hash->cost.r, hash->cost.p,
                        STR_ARG(salt), STR_ARG(rest));
}

/* The text up to a dollar sign or the end; takes both off. */
static struct str take_part(struct str *text)
{
    const char *end = text->len ? memchr(text->ptr, '$', text->len) : NULL;
    struct str part = {text->ptr, end ? (size_t)(end - text->ptr) : text->len};
    size_t taken = end ? part.len + 1 : part.len;

    *text = (struct str){text->ptr + taken, text->len - taken};
    return part;
}

/* One or two digits, or 0. */
static int take_number(struct str *text)
{
    struct str part = take_part(text);
    int number = 0;

    for (size_t i = 0; i < part.len; i++) {
        if (i == 2 || part.ptr[i] < '0' || part.ptr[i] > '9')
            return 0;
        number = number * 10 + (part.ptr[i] - '0');
    }
    return number;
}

bool password_read(struct str text, struct password_hash *hash)
{
    struct password_cost *cost = &hash->cost;
    struct str kind = take_part(&text), salt;

    cost->log2_n = take_number(&text);
    cost->r = take_number(&text);
    cost->p = take_number(&text);
    salt = take_part(&text);
    return str_is(kind, "scrypt") && cost->log2_n >= 1 && cost->log2_n <= MAX_LOG2_N && cost->r >= 1 &&
           cost->r <= MAX_R && cost->p >= 1 && cost->p <= MAX_P && hex_read(salt, hash->salt, sizeof hash->salt) &&
           hex_read(text, hash->hash, sizeof hash->hash);
}
