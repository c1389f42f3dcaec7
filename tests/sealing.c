/* sealing.c - what the gateway does when somebody orders, in short. */
#include "tests/sealing.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void must(int good)
{
    if (!good)
        abort();
}

void sealing_pair(struct seal_pair **private_half, struct seal_pair **public_half)
{
    char path[] = "/tmp/sealing.XXXXXX";
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w+");
    struct err err = {""};

    must(key && file);
    must(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1 && fflush(file) == 0);
    must(!private_half || seal_pair_read_private(path, private_half, &err) == ST_OK);
    rewind(file);
    must(ftruncate(fd, 0) == 0 && PEM_write_PUBKEY(file, key) == 1 && fflush(file) == 0);
    must(!public_half || seal_pair_read_public(path, public_half, &err) == ST_OK);
    fclose(file);
    unlink(path);
    EVP_PKEY_free(key);
}

struct sealing_customer sealing_customer(struct arena *arena)
{
    struct id id = id_random();

    return (struct sealing_customer){.key_id = id_text(&id, arena), .key = seal_key_random()};
}

struct customer_key sealing_key(const struct sealing_customer *customer, const char *recipient,
                                const struct seal_pair *to, int64_t version, struct arena *arena)
{
    struct wrapped_key *wrap = arena_new(arena, struct wrapped_key);
    struct str key = {(const char *)customer->key.bytes, sizeof(customer->key.bytes)};

    wrap->recipient = str_of(recipient);
    wrap->key.key_id = arena_copy(arena, seal_pair_id(to));
    seal_to(to, key, customer->key_id, arena, &wrap->key.encapsulated_key, &wrap->key.ciphertext);
    return (struct customer_key){.key_id = customer->key_id, .version = version, .wraps = {wrap, 1}};
}

struct sealed sealing_field(const struct sealing_customer *customer, struct str plaintext, struct str order_id,
                            const char *name, struct arena *arena)
{
    struct sealed field = {.key_id = customer->key_id};

    seal_field(&customer->key, plaintext, keyring_additional(order_id, name, arena), arena, &field.nonce,
               &field.ciphertext);
    return field;
}
