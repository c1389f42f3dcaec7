/* hpke.h - HPKE base mode, single shot (RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM).
 *
 * Internal to base, for seal.c and for the test vectors; everybody else uses seal.h. One thread. */
#ifndef BASE_HPKE_H
#define BASE_HPKE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { HPKE_PUBLIC_BYTES = 32, HPKE_TAG_BYTES = 16, HPKE_KEY_BYTES = 32, HPKE_NONCE_BYTES = 12 };

/* ciphertext: plaintext.len + HPKE_TAG_BYTES bytes. ephemeral is made by the caller, and used once. False when the
 * recipient's point is one that nobody can agree on (low order). */
bool hpke_seal(EVP_PKEY *ephemeral, const uint8_t recipient[HPKE_PUBLIC_BYTES], struct str info, struct str additional,
               struct str plaintext, uint8_t encapsulated[HPKE_PUBLIC_BYTES], uint8_t *ciphertext);

/* plaintext: ciphertext.len - HPKE_TAG_BYTES bytes. False when anything does not belong together. */
bool hpke_open(EVP_PKEY *own, struct str encapsulated, struct str info, struct str additional, struct str ciphertext,
               uint8_t *plaintext);

/* AES-256-GCM alone. ciphertext is followed by its tag. */
void hpke_encrypt(const uint8_t key[HPKE_KEY_BYTES], const uint8_t nonce[HPKE_NONCE_BYTES], struct str additional,
                  struct str plaintext, uint8_t *ciphertext);
bool hpke_decrypt(const uint8_t key[HPKE_KEY_BYTES], const uint8_t nonce[HPKE_NONCE_BYTES], struct str additional,
                  struct str ciphertext, uint8_t *plaintext);

#endif
