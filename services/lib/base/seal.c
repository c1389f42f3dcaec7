/* seal.c - fields under a customer's key, bytes to a service's public key, and the PEM files of the pairs. */
#include "base/seal.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hpke.h"

enum { PAIR_ID_BYTES = 8 };

struct seal_pair {
    EVP_PKEY *key;
    uint8_t public_half[SEAL_PUBLIC_BYTES];
    char id[2 * PAIR_ID_BYTES + 1];
};

static void fill_random(void *memory, int size_bytes)
{
    if (RAND_bytes(memory, size_bytes) != 1)
        abort();
}

struct seal_key seal_key_random(void)
{
    struct seal_key key;

    fill_random(key.bytes, sizeof(key.bytes));
    return key;
}

void seal_cleanse(void *memory, size_t size_bytes)
{
    OPENSSL_cleanse(memory, size_bytes);
}

/* --- fields ------------------------------------------------------------------------------------------------------- */

void seal_field(const struct seal_key *key, struct str plaintext, struct str additional, struct arena *arena,
                struct str *nonce, struct str *ciphertext)
{
    uint8_t *nonce_bytes = arena_alloc(arena, SEAL_NONCE_BYTES);
    uint8_t *sealed = arena_alloc(arena, plaintext.len + SEAL_TAG_BYTES);

    fill_random(nonce_bytes, SEAL_NONCE_BYTES);
    hpke_encrypt(key->bytes, nonce_bytes, additional, plaintext, sealed);
    *nonce = (struct str){(const char *)nonce_bytes, SEAL_NONCE_BYTES};
    *ciphertext = (struct str){(const char *)sealed, plaintext.len + SEAL_TAG_BYTES};
}

enum status seal_open_field(const struct seal_key *key, struct str nonce, struct str ciphertext, struct str additional,
                            struct arena *arena, struct str *plaintext, struct err *err)
{
    uint8_t *opened;

    if (nonce.len != SEAL_NONCE_BYTES || ciphertext.len < SEAL_TAG_BYTES)
        return err_set(err, ST_REJECT, "a sealed field of %zu bytes with a nonce of %zu is not ours", ciphertext.len,
                       nonce.len);
    opened = arena_alloc(arena, ciphertext.len);
    if (!hpke_decrypt(key->bytes, (const uint8_t *)nonce.ptr, additional, ciphertext, opened))
        return err_set(err, ST_REJECT, "a sealed field of %zu bytes does not belong to its key and its place",
                       ciphertext.len);
    *plaintext = (struct str){(const char *)opened, ciphertext.len - SEAL_TAG_BYTES};
    return ST_OK;
}

/* --- key pairs ---------------------------------------------------------------------------------------------------- */

static EVP_PKEY *new_ephemeral(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");

    if (!key)
        abort();
    return key;
}

/* A public half on which nobody can agree is found here, at start, not at the first order. */
static bool usable(const struct seal_pair *pair)
{
    uint8_t encapsulated[HPKE_PUBLIC_BYTES], ciphertext[HPKE_TAG_BYTES];
    EVP_PKEY *ephemeral = new_ephemeral();
    bool good = hpke_seal(ephemeral, pair->public_half, STR(""), STR(""), STR(""), encapsulated, ciphertext);

    EVP_PKEY_free(ephemeral);
    return good;
}

static void name_pair(struct seal_pair *pair)
{
    uint8_t digest[EVP_MAX_MD_SIZE];

    if (EVP_Digest(pair->public_half, sizeof(pair->public_half), digest, NULL, EVP_sha256(), NULL) != 1)
        abort();
    for (size_t i = 0; i < PAIR_ID_BYTES; i++)
        snprintf(pair->id + 2 * i, 3, "%02x", digest[i]);
}

typedef EVP_PKEY *read_pem_fn(FILE *file, EVP_PKEY **key, pem_password_cb *password, void *context);

/* A passphrase is never asked for: nobody sits there. */
static int no_password(char *text, int size_bytes, int writing, void *context)
{
    (void)text, (void)size_bytes, (void)writing, (void)context;
    return -1;
}

static enum status read_pair(const char *path, read_pem_fn *read_pem, const char *kind, struct seal_pair **pair,
                             struct err *err)
{
    FILE *file = fopen(path, "re");
    struct seal_pair *read = calloc(1, sizeof(*read));
    size_t public_bytes = sizeof(read->public_half);
    enum status status = ST_OK;

    if (!read)
        abort();
    if (!file) {
        status = err_set(err, ST_FATAL, "the key file %s cannot be opened: %s", path, strerror(errno));
        goto out;
    }
    read->key = read_pem(file, NULL, no_password, NULL);
    if (!read->key || EVP_PKEY_get_raw_public_key(read->key, read->public_half, &public_bytes) != 1 ||
        EVP_PKEY_get_id(read->key) != EVP_PKEY_X25519 || !usable(read)) {
        status = err_set(err, ST_FATAL, "%s holds no usable %s key of X25519 in PEM", path, kind);
        goto out;
    }
    name_pair(read);
    *pair = read;
    read = NULL;
out:
    ERR_clear_error();
    if (file)
        fclose(file);
    seal_pair_free(read);
    return status;
}

enum status seal_pair_read_public(const char *path, struct seal_pair **pair, struct err *err)
{
    return read_pair(path, PEM_read_PUBKEY, "public", pair, err);
}

enum status seal_pair_read_private(const char *path, struct seal_pair **pair, struct err *err)
{
    return read_pair(path, PEM_read_PrivateKey, "private", pair, err);
}

void seal_pair_free(struct seal_pair *pair)
{
    if (!pair)
        return;
    EVP_PKEY_free(pair->key); /* cleanses the private half */
    free(pair);
}

struct str seal_pair_id(const struct seal_pair *pair)
{
    return str_of(pair->id);
}

/* --- bytes to a pair ---------------------------------------------------------------------------------------------- */

void seal_to(const struct seal_pair *recipient, struct str plaintext, struct str additional, struct arena *arena,
             struct str *encapsulated, struct str *ciphertext)
{
    uint8_t *sealed = arena_alloc(arena, plaintext.len + SEAL_TAG_BYTES);
    uint8_t *public_half = arena_alloc(arena, SEAL_PUBLIC_BYTES);
    EVP_PKEY *ephemeral = new_ephemeral();

    if (!hpke_seal(ephemeral, recipient->public_half, STR(""), additional, plaintext, public_half, sealed))
        abort();
    EVP_PKEY_free(ephemeral);
    *encapsulated = (struct str){(const char *)public_half, SEAL_PUBLIC_BYTES};
    *ciphertext = (struct str){(const char *)sealed, plaintext.len + SEAL_TAG_BYTES};
}

enum status seal_open(const struct seal_pair *own, struct str encapsulated, struct str ciphertext,
                      struct str additional, struct arena *arena, struct str *plaintext, struct err *err)
{
    uint8_t *opened;

    if (ciphertext.len < SEAL_TAG_BYTES)
        return err_set(err, ST_REJECT, "a sealed text of %zu bytes is too short to be one", ciphertext.len);
    opened = arena_alloc(arena, ciphertext.len);
    if (!hpke_open(own->key, encapsulated, STR(""), additional, ciphertext, opened)) {
        ERR_clear_error();
        return err_set(err, ST_REJECT, "what was sealed does not belong to key pair %s and its place", own->id);
    }
    *plaintext = (struct str){(const char *)opened, ciphertext.len - SEAL_TAG_BYTES};
    return ST_OK;
}
