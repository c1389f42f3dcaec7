/* password.h - passwords as they are kept: scrypt (RFC 7914), with its parameters beside the hash so that they can grow.
 *
 * Slow on purpose, and 128 * r * 2^log2_n bytes of memory: only a helper thread calls password_make and password_check. */
#ifndef GATEWAY_ACCOUNTS_PASSWORD_H
#define GATEWAY_ACCOUNTS_PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum { PASSWORD_MIN_BYTES = 10, PASSWORD_MAX_BYTES = 200, PASSWORD_SALT_BYTES = 16, PASSWORD_HASH_BYTES = 32 };

/* Work: 2^log2_n * r * p. Memory: 128 * r * 2^log2_n bytes. */
struct password_cost {
    int log2_n, r, p;
};

struct password_hash {
    struct password_cost cost;
    uint8_t salt[PASSWORD_SALT_BYTES], hash[PASSWORD_HASH_BYTES];
};

/* Under a fresh salt. Aborts when there is no memory for it, as everything here does. */
void password_make(struct str password, struct password_cost cost, struct password_hash *made);

/* Whether this is the password; takes as long when it is not. */
bool password_check(struct str password, const struct password_hash *kept);

/* A hash that no password has: what is checked for a name that nobody has, so that the work is the same. */
struct password_hash password_of_nobody(struct password_cost cost);

/* Whether a hash was made with less work than cost asks for. */
bool password_is_weak(const struct password_hash *kept, struct password_cost cost);

/* "scrypt$15$8$3$<salt>$<hash>", the last two in hex; in the arena. */
struct str password_write(const struct password_hash *hash, struct arena *arena);

/* False when it was not written so, or asks for more than a gigabyte. */
bool password_read(struct str text, struct password_hash *hash);

#endif
