/* id.c - UUIDs by OpenSSL's SHA-1 and random source. */
#include "base/id.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

/* Chosen once at random: names of this shop never meet those of another. */
static const struct id shop_space = {
    {0x5b, 0x1f, 0x0c, 0x9e, 0x3d, 0x62, 0x4a, 0x7b, 0x91, 0xd4, 0x2e, 0x88, 0xc7, 0x50, 0x16, 0xfa}};

static void stamp(struct id *id, uint8_t version)
{
    id->bytes[6] = (uint8_t)((id->bytes[6] & 0x0f) | (version << 4));
    id->bytes[8] = (uint8_t)((id->bytes[8] & 0x3f) | 0x80);
}

struct id id_random(void)
{
    struct id id;

    if (RAND_bytes(id.bytes, sizeof(id.bytes)) != 1)
        abort();
    stamp(&id, 4);
    return id;
}

struct id id_named(const struct id *space, struct str name)
{
    static EVP_MD_CTX *hash; /* one thread; made once, for speed */
    static EVP_MD *sha1;
    uint8_t digest[EVP_MAX_MD_SIZE];
    struct id id;

    if (!hash) {
        hash = EVP_MD_CTX_new();
        sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    }
    if (!hash || !sha1 || EVP_DigestInit_ex(hash, sha1, NULL) != 1 ||
        EVP_DigestUpdate(hash, space->bytes, sizeof(space->bytes)) != 1 ||
        EVP_DigestUpdate(hash, name.len ? name.ptr : "", name.len) != 1 || EVP_DigestFinal_ex(hash, digest, NULL) != 1)
        abort();
    memcpy(id.bytes, digest, sizeof(id.bytes));
    stamp(&id, 5);
    return id;
}

struct id id_of_order(struct str user_id, int64_t cart_generation)
{
    char name[128];
    int len = snprintf(name, sizeof(name), STR_FMT ":%" PRId64, STR_ARG(user_id), cart_generation);

    return id_named(&shop_space, (struct str){name, len < (int)sizeof(name) ? (size_t)len : sizeof(name) - 1});
}

bool id_equal(const struct id *a, const struct id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool id_is_zero(const struct id *id)
{
    static const struct id zero;

    return id_equal(id, &zero);
}

void id_write(const struct id *id, char text[ID_TEXT_LEN + 1])
{
    static const char digits[] = "0123456789abcdef";
    char *out = text;

    for (size_t i = 0; i < sizeof(id->bytes); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = digits[id->bytes[i] >> 4];
        *out++ = digits[id->bytes[i] & 15];
    }
    *out = '\0';
}

struct str id_text(const struct id *id, struct arena *arena)
{
    char *text = arena_alloc(arena, ID_TEXT_LEN + 1);

    id_write(id, text);
    return (struct str){text, ID_TEXT_LEN};
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool id_parse(struct str text, struct id *id)
{
    size_t at = 0;

    *id = (struct id){0};
    if (text.len != ID_TEXT_LEN)
        return false;
    for (size_t i = 0; i < sizeof(id->bytes); i++) {
        int high, low;

        if ((i == 4 || i == 6 || i == 8 || i == 10) && text.ptr[at++] != '-')
            goto bad;
        high = digit_value(text.ptr[at++]);
        low = digit_value(text.ptr[at++]);
        if (high < 0 || low < 0)
            goto bad;
        id->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
bad:
    *id = (struct id){0};
    return false;
}
