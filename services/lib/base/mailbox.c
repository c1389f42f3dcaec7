/* mailbox.c - HMAC to find, AES-256-GCM to keep; each under a key of its own. */
#include "base/mailbox.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "base/hex.h"

static void mac(const uint8_t key[SEAL_KEY_BYTES], struct str text, uint8_t out[SEAL_KEY_BYTES])
{
    uint8_t whole[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (HMAC(EVP_sha256(), key, SEAL_KEY_BYTES, (const uint8_t *)text.ptr, text.len, whole, &len) == NULL ||
        len != SEAL_KEY_BYTES)
        abort();
    memcpy(out, whole, SEAL_KEY_BYTES);
}

struct mailbox_keys mailbox_keys_of(const uint8_t key[SEAL_KEY_BYTES])
{
    struct mailbox_keys keys;

    mac(key, STR("hipster-shop accounts: seal"), keys.seal.bytes);
    mac(key, STR("hipster-shop accounts: find"), keys.find.bytes);
    return keys;
}

struct str mailbox_plain(struct str mail, struct arena *arena)
{
    char *plain = arena_alloc(arena, mail.len + 1);

    for (size_t i = 0; i < mail.len; i++)
        plain[i] = (char)(mail.ptr[i] >= 'A' && mail.ptr[i] <= 'Z' ? mail.ptr[i] | 0x20 : mail.ptr[i]);
    return (struct str){plain, mail.len};
}

struct str mailbox_hash(const struct mailbox_keys *keys, struct str plain, struct arena *arena)
{
    uint8_t hash[SEAL_KEY_BYTES];

    mac(keys->find.bytes, plain, hash);
    return hex_write(hash, sizeof hash, arena);
}

struct str mailbox_seal(const struct mailbox_keys *keys, struct str plain, struct str user_id, struct arena *arena)
{
    struct str nonce, ciphertext, first;

    seal_field(&keys->seal, plain, user_id, arena, &nonce, &ciphertext);
    first = hex_write((const uint8_t *)nonce.ptr, nonce.len, arena);
    return arena_printf(arena, STR_FMT "%s", STR_ARG(first),
                        hex_write((const uint8_t *)ciphertext.ptr, ciphertext.len, arena).ptr);
}

struct str mailbox_open(const struct mailbox_keys *keys, struct str sealed, struct str user_id, struct arena *arena)
{
    size_t count = sealed.len / 2;
    uint8_t *bytes = arena_alloc(arena, count + 1);
    struct str nonce = {(const char *)bytes, SEAL_NONCE_BYTES}, rest, plain;

    if (count < SEAL_NONCE_BYTES + SEAL_TAG_BYTES || !hex_read(sealed, bytes, count))
        return (struct str){NULL, 0};
    rest = (struct str){(const char *)bytes + SEAL_NONCE_BYTES, count - SEAL_NONCE_BYTES};
    if (seal_open_field(&keys->seal, nonce, rest, user_id, arena, &plain, NULL) != ST_OK)
        return (struct str){NULL, 0};
    return plain;
}
