/* hpke.c - RFC 9180, sections 4.1 (DHKEM) and 5.1 (key schedule), by OpenSSL's EVP. The names are the RFC's.
 *
 * Algorithms are fetched once; contexts that held a secret are emptied before they rest. A failure of OpenSSL that no
 * input can cause aborts. */
#include "base/hpke.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdlib.h>

enum { HASH_BYTES = 32, LABELED_BYTES = 512 };

static const char kem_suite[] = {'K', 'E', 'M', 0x00, 0x20};
static const char hpke_suite[] = {'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, 0x00, 0x02};
static const struct str kem_id = {kem_suite, sizeof(kem_suite)};
static const struct str suite_id = {hpke_suite, sizeof(hpke_suite)};
static const struct str nothing = {"", 0};

struct bytes {
    uint8_t bytes[HASH_BYTES];
};

static struct str view(const void *bytes, size_t len)
{
    return (struct str){bytes, len};
}

static void must(bool good)
{
    if (!good)
        abort();
}

/* --- HKDF --------------------------------------------------------------------------------------------------------- */

static void hkdf(int mode, struct str salt, struct str key, struct str info, uint8_t *out, size_t out_bytes)
{
    static EVP_KDF_CTX *context;
    OSSL_PARAM params[6], *param = params;

    if (!context) {
        EVP_KDF *algorithm = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_HKDF, NULL);

        context = EVP_KDF_CTX_new(algorithm);
        EVP_KDF_free(algorithm);
        must(context != NULL);
    }
    *param++ = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode);
    *param++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char[]){"SHA256"}, 0);
    *param++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (char *)(uintptr_t)key.ptr, key.len);
    if (salt.len)
        *param++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (char *)(uintptr_t)salt.ptr, salt.len);
    if (info.len)
        *param++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (char *)(uintptr_t)info.ptr, info.len);
    *param = OSSL_PARAM_construct_end();
    must(EVP_KDF_derive(context, out, out_bytes, params) == 1);
    EVP_KDF_CTX_reset(context); /* forgets key and salt */
}

struct labeled {
    char bytes[LABELED_BYTES];
    size_t len;
};

static void append(struct labeled *labeled, struct str part)
{
    must(part.len <= sizeof(labeled->bytes) - labeled->len);
    if (part.len)
        memcpy(labeled->bytes + labeled->len, part.ptr, part.len);
    labeled->len += part.len;
}

static struct bytes labeled_extract(struct str suite, struct str salt, const char *label, struct str key)
{
    struct labeled text = {.len = 0};
    struct bytes out;

    append(&text, STR("HPKE-v1"));
    append(&text, suite);
    append(&text, str_of(label));
    append(&text, key);
    hkdf(EVP_KDF_HKDF_MODE_EXTRACT_ONLY, salt, view(text.bytes, text.len), nothing, out.bytes, sizeof(out.bytes));
    OPENSSL_cleanse(&text, sizeof(text));
    return out;
}

static void labeled_expand(struct str suite, const struct bytes *secret, const char *label, struct str info,
                           uint8_t *out, size_t out_bytes)
{
    const char length[2] = {(char)(out_bytes >> 8), (char)(out_bytes & 0xff)};
    struct labeled text = {.len = 0};

    append(&text, view(length, sizeof(length)));
    append(&text, STR("HPKE-v1"));
    append(&text, suite);
    append(&text, str_of(label));
    append(&text, info);
    hkdf(EVP_KDF_HKDF_MODE_EXPAND_ONLY, nothing, view(secret, sizeof(*secret)), view(text.bytes, text.len), out,
         out_bytes);
}

/* --- DHKEM and key schedule --------------------------------------------------------------------------------------- */

/* False for a point of low order: OpenSSL refuses an all-zero result. */
static bool agree(EVP_PKEY *own, const uint8_t peer[HPKE_PUBLIC_BYTES], struct bytes *dh)
{
    EVP_PKEY *other = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, peer, HPKE_PUBLIC_BYTES);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
    size_t dh_bytes = sizeof(dh->bytes);
    bool good;

    must(other && context);
    good = EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, other) == 1 &&
           EVP_PKEY_derive(context, dh->bytes, &dh_bytes) == 1;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(other);
    return good;
}

struct sealing {
    uint8_t key[HPKE_KEY_BYTES], nonce[HPKE_NONCE_BYTES];
};

static struct sealing schedule(struct bytes *dh, const uint8_t encapsulated[HPKE_PUBLIC_BYTES],
                               const uint8_t recipient[HPKE_PUBLIC_BYTES], struct str info)
{
    struct bytes eae_prk = labeled_extract(kem_id, nothing, "eae_prk", view(dh, sizeof(*dh)));
    uint8_t kem_context[2 * HPKE_PUBLIC_BYTES];
    struct bytes shared, psk_id_hash, info_hash, secret;
    char context[1 + 2 * HASH_BYTES] = {0}; /* begins with mode_base */
    struct sealing sealing;

    memcpy(kem_context, encapsulated, HPKE_PUBLIC_BYTES);
    memcpy(kem_context + HPKE_PUBLIC_BYTES, recipient, HPKE_PUBLIC_BYTES);
    labeled_expand(kem_id, &eae_prk, "shared_secret", view(kem_context, sizeof(kem_context)), shared.bytes,
                   sizeof(shared.bytes));
    psk_id_hash = labeled_extract(suite_id, nothing, "psk_id_hash", nothing);
    info_hash = labeled_extract(suite_id, nothing, "info_hash", info);
    memcpy(context + 1, psk_id_hash.bytes, HASH_BYTES);
    memcpy(context + 1 + HASH_BYTES, info_hash.bytes, HASH_BYTES);
    secret = labeled_extract(suite_id, view(&shared, sizeof(shared)), "secret", nothing);
    labeled_expand(suite_id, &secret, "key", view(context, sizeof(context)), sealing.key, sizeof(sealing.key));
    labeled_expand(suite_id, &secret, "base_nonce", view(context, sizeof(context)), sealing.nonce,
                   sizeof(sealing.nonce));
    OPENSSL_cleanse(dh, sizeof(*dh));
    OPENSSL_cleanse(&eae_prk, sizeof(eae_prk));
    OPENSSL_cleanse(&shared, sizeof(shared));
    OPENSSL_cleanse(&secret, sizeof(secret));
    return sealing;
}

static void public_of(EVP_PKEY *key, uint8_t out[HPKE_PUBLIC_BYTES])
{
    size_t out_bytes = HPKE_PUBLIC_BYTES;

    must(EVP_PKEY_get_raw_public_key(key, out, &out_bytes) == 1 && out_bytes == HPKE_PUBLIC_BYTES);
}

bool hpke_seal(EVP_PKEY *ephemeral, const uint8_t recipient[HPKE_PUBLIC_BYTES], struct str info, struct str additional,
               struct str plaintext, uint8_t encapsulated[HPKE_PUBLIC_BYTES], uint8_t *ciphertext)
{
    struct sealing sealing;
    struct bytes dh;

    if (!agree(ephemeral, recipient, &dh))
        return false;
    public_of(ephemeral, encapsulated);
    sealing = schedule(&dh, encapsulated, recipient, info);
    hpke_encrypt(sealing.key, sealing.nonce, additional, plaintext, ciphertext);
    OPENSSL_cleanse(&sealing, sizeof(sealing));
    return true;
}

bool hpke_open(EVP_PKEY *own, struct str encapsulated, struct str info, struct str additional, struct str ciphertext,
               uint8_t *plaintext)
{
    const uint8_t *peer = (const uint8_t *)encapsulated.ptr;
    uint8_t recipient[HPKE_PUBLIC_BYTES];
    struct sealing sealing;
    struct bytes dh;
    bool good;

    if (encapsulated.len != HPKE_PUBLIC_BYTES || !agree(own, peer, &dh))
        return false;
    public_of(own, recipient);
    sealing = schedule(&dh, peer, recipient, info);
    good = hpke_decrypt(sealing.key, sealing.nonce, additional, ciphertext, plaintext);
    OPENSSL_cleanse(&sealing, sizeof(sealing));
    return good;
}

/* --- AES-256-GCM -------------------------------------------------------------------------------------------------- */

static EVP_CIPHER_CTX *cipher_context(void)
{
    static EVP_CIPHER_CTX *context;

    if (!context)
        must((context = EVP_CIPHER_CTX_new()) != NULL);
    return context;
}

static const EVP_CIPHER *cipher(void)
{
    static EVP_CIPHER *fetched;

    if (!fetched)
        must((fetched = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL)) != NULL);
    return fetched;
}

static const uint8_t *unsigned_of(struct str text)
{
    return (const uint8_t *)text.ptr;
}

void hpke_encrypt(const uint8_t key[HPKE_KEY_BYTES], const uint8_t nonce[HPKE_NONCE_BYTES], struct str additional,
                  struct str plaintext, uint8_t *ciphertext)
{
    EVP_CIPHER_CTX *context = cipher_context();
    int len = 0, tail = 0;

    must(additional.len <= INT32_MAX && plaintext.len <= INT32_MAX - HPKE_TAG_BYTES);
    must(EVP_EncryptInit_ex2(context, cipher(), key, nonce, NULL) == 1);
    if (additional.len)
        must(EVP_EncryptUpdate(context, NULL, &len, unsigned_of(additional), (int)additional.len) == 1);
    len = 0;
    if (plaintext.len)
        must(EVP_EncryptUpdate(context, ciphertext, &len, unsigned_of(plaintext), (int)plaintext.len) == 1);
    must(EVP_EncryptFinal_ex(context, ciphertext + len, &tail) == 1 && (size_t)(len + tail) == plaintext.len);
    must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, HPKE_TAG_BYTES, ciphertext + plaintext.len) == 1);
    EVP_CIPHER_CTX_reset(context);
}

bool hpke_decrypt(const uint8_t key[HPKE_KEY_BYTES], const uint8_t nonce[HPKE_NONCE_BYTES], struct str additional,
                  struct str ciphertext, uint8_t *plaintext)
{
    EVP_CIPHER_CTX *context = cipher_context();
    uint8_t tag[HPKE_TAG_BYTES];
    int len = 0, tail = 0;
    bool good = true;
    size_t plaintext_bytes;

    if (ciphertext.len < HPKE_TAG_BYTES || ciphertext.len > INT32_MAX || additional.len > INT32_MAX)
        return false;
    plaintext_bytes = ciphertext.len - HPKE_TAG_BYTES;
    memcpy(tag, ciphertext.ptr + plaintext_bytes, sizeof(tag));
    must(EVP_DecryptInit_ex2(context, cipher(), key, nonce, NULL) == 1);
    must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) == 1);
    if (additional.len)
        good = EVP_DecryptUpdate(context, NULL, &len, unsigned_of(additional), (int)additional.len) == 1;
    len = 0;
    if (good && plaintext_bytes)
        good = EVP_DecryptUpdate(context, plaintext, &len, unsigned_of(ciphertext), (int)plaintext_bytes) == 1;
    /* Final compares the tag; until then plaintext is not to be believed. */
    good = good && EVP_DecryptFinal_ex(context, plaintext + len, &tail) == 1;
    EVP_CIPHER_CTX_reset(context);
    if (!good)
        OPENSSL_cleanse(plaintext, plaintext_bytes);
    return good;
}
