/* seal.h - sealing personal fields and cards, by OpenSSL's EVP.
 *
 * Two kinds: a field under a symmetric key (AES-256-GCM, a random nonce for each), and bytes to one public key (HPKE base
 * mode, RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, empty info). Nothing here logs or keeps plaintext. */
#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

enum { SEAL_KEY_BYTES = 32, SEAL_NONCE_BYTES = 12, SEAL_TAG_BYTES = 16, SEAL_PUBLIC_BYTES = 32 };

struct seal_key {
    uint8_t bytes[SEAL_KEY_BYTES];
};

/* A fresh key from the system's random source. */
struct seal_key seal_key_random(void);

/* Overwrites memory so that the compiler keeps it. */
void seal_cleanse(void *memory, size_t size_bytes);

/* nonce: 12 fresh random bytes; ciphertext: as long as plaintext, and the tag. Both in the arena. */
void seal_field(const struct seal_key *key, struct str plaintext, struct str additional, struct arena *arena,
                struct str *nonce, struct str *ciphertext);

/* ST_REJECT when key, nonce, ciphertext and additional data do not belong together. */
enum status seal_open_field(const struct seal_key *key, struct str nonce, struct str ciphertext, struct str additional,
                            struct arena *arena, struct str *plaintext, struct err *err) must_check;

/* A key pair, or its public half, from a PEM file (PKCS#8 / SubjectPublicKeyInfo, X25519). */
struct seal_pair;

/* ST_FATAL when the file is missing or no X25519 key. *pair is freed by seal_pair_free. */
enum status seal_pair_read_public(const char *path, struct seal_pair **pair, struct err *err) must_check;
enum status seal_pair_read_private(const char *path, struct seal_pair **pair, struct err *err) must_check;
void seal_pair_free(struct seal_pair *pair);

/* The name of a pair: the first 16 hex digits of SHA-256 of its public half. Lives as long as the pair. */
struct str seal_pair_id(const struct seal_pair *pair);

/* encapsulated: 32 bytes; ciphertext: as long as plaintext, and the tag. Both in the arena. */
void seal_to(const struct seal_pair *recipient, struct str plaintext, struct str additional, struct arena *arena,
             struct str *encapsulated, struct str *ciphertext);

/* ST_REJECT when it was not sealed to this pair with this additional data. */
enum status seal_open(const struct seal_pair *own, struct str encapsulated, struct str ciphertext,
                      struct str additional, struct arena *arena, struct str *plaintext, struct err *err) must_check;

#endif
