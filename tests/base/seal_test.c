/* seal_test.c - what is sealed opens for its owner in its place and nowhere else; HPKE agrees with published vectors. */
/* links: base */
#include "base/seal.h"

#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hpke.h"

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct str hex(const char *digits)
{
    size_t len = strlen(digits) / 2;
    char *bytes = arena_alloc(&arena, len);

    for (size_t i = 0; i < len; i++) {
        char pair[3] = {digits[2 * i], digits[2 * i + 1], '\0'};

        bytes[i] = (char)strtoul(pair, NULL, 16);
    }
    return (struct str){bytes, len};
}

static EVP_PKEY *private_key(const char *digits)
{
    struct str raw = hex(digits);
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, (const unsigned char *)raw.ptr, raw.len);

    assert_non_null(key);
    return key;
}

/* The first: BoringSSL's test data for RFC 9180's own inputs. The others: made with PyHPKE 0.6.5, empty info as in the
 * shop, keys SHA-256("ephemeral") and SHA-256("recipient"). */
static const struct {
    const char *ephemeral, *recipient, *recipient_private, *info, *additional, *plaintext, *encapsulated, *ciphertext;
} vectors[] = {
    {"28e212563a8b6f068af7ff17400ff1baf23612b7a738bbaf5dfb321b2b5b431a",
     "ac66bae9ffa270cf4a89ed9f274e30c0456babae2572aaaf002ff0d8884ab018", NULL,
     "4f6465206f6e2061204772656369616e2055726e", "436f756e742d30",
     "4265617574792069732074727574682c20747275746820626561757479",
     "8e806d41aecfcece96a6b47f1e488a3ac6e48090d9b634355c705dd34311d900",
     "23ded2d5d90ea89d975dac4792b297240f194952d7421aacbff0474100052b6bb8aa58d18ef6c42b6960e2e28f"},
    {"8341425cafede9d24b0599aefdfdeff1c1526ed75b07217eb99bf8c0b7498b81",
     "45aba58dbb6399e7c48cca46b9db23cfd05722d33a4dcbf8978a82d8a346e03a",
     "665d0698dbc8fb95afc25c3a4d9cf280d87a585b7999243ca6008fd03258975f", "",
     "35623166306339652d336436322d346137622d393164342d326538386337353031366661",
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "e29d7521911498b837ed692d12a81587898e0ac3f6208eac1069bca82fb6b633",
     "9fdb9ce543f7c151cdf626262e24611604ef646ff4c61d68f1c795b41164bd71fa59a997de650a42c5881908633199d0"},
    {"8341425cafede9d24b0599aefdfdeff1c1526ed75b07217eb99bf8c0b7498b81",
     "45aba58dbb6399e7c48cca46b9db23cfd05722d33a4dcbf8978a82d8a346e03a",
     "665d0698dbc8fb95afc25c3a4d9cf280d87a585b7999243ca6008fd03258975f", "", "", "",
     "e29d7521911498b837ed692d12a81587898e0ac3f6208eac1069bca82fb6b633", "e0c95db94aa2d91dc4e17d9adce5eab0"},
};

static void seals_and_opens_the_published_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        EVP_PKEY *ephemeral = private_key(vectors[i].ephemeral), *own;
        struct str plaintext = hex(vectors[i].plaintext), want = hex(vectors[i].ciphertext);
        uint8_t encapsulated[HPKE_PUBLIC_BYTES], out[128];

        assert_true(hpke_seal(ephemeral, (const uint8_t *)hex(vectors[i].recipient).ptr, hex(vectors[i].info),
                              hex(vectors[i].additional), plaintext, encapsulated, out));
        EVP_PKEY_free(ephemeral);
        assert_memory_equal(encapsulated, hex(vectors[i].encapsulated).ptr, HPKE_PUBLIC_BYTES);
        assert_int_equal(want.len, plaintext.len + HPKE_TAG_BYTES);
        assert_memory_equal(out, want.ptr, want.len);
        if (!vectors[i].recipient_private)
            continue;
        own = private_key(vectors[i].recipient_private);
        assert_true(
            hpke_open(own, hex(vectors[i].encapsulated), hex(vectors[i].info), hex(vectors[i].additional), want, out));
        EVP_PKEY_free(own);
        assert_memory_equal(out, plaintext.ptr, plaintext.len);
    }
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static char path[] = "/tmp/seal_test.XXXXXX";

static const char *pem_file(EVP_PKEY *key, bool private_half)
{
    int fd;
    FILE *file;

    memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
    fd = mkstemp(path);
    assert_true(fd >= 0);
    file = fdopen(fd, "w");
    if (key && private_half)
        assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    else if (key)
        assert_int_equal(PEM_write_PUBKEY(file, key), 1);
    fclose(file);
    return path;
}

static struct seal_pair *read_back(EVP_PKEY *key, bool private_half)
{
    struct seal_pair *pair = NULL;
    struct err err = {""};
    enum status status = private_half ? seal_pair_read_private(pem_file(key, true), &pair, &err)
                                      : seal_pair_read_public(pem_file(key, false), &pair, &err);

    unlink(path);
    if (status != ST_OK)
        fail_msg("%s", err.text);
    return pair;
}

static void gives_both_halves_the_same_name(void **state)
{
    EVP_PKEY *key = private_key(vectors[1].recipient_private);
    struct seal_pair *own = read_back(key, true), *theirs = read_back(key, false);

    (void)state;
    /* echo 45aba58d... | xxd -r -p | sha256sum | cut -c1-16 */
    assert_true(str_is(seal_pair_id(own), "1ecf352002cc3adc"));
    assert_true(str_equal(seal_pair_id(own), seal_pair_id(theirs)));
    seal_pair_free(own);
    seal_pair_free(theirs);
    EVP_PKEY_free(key);
    seal_pair_free(NULL);
}

static enum status read_kind(EVP_PKEY *key, bool private_half, struct err *err)
{
    struct seal_pair *pair = NULL;
    const char *file = pem_file(key, private_half);
    enum status status = private_half ? seal_pair_read_private(file, &pair, err)
                                      : seal_pair_read_public(file, &pair, err);

    unlink(path);
    assert_true(status == ST_OK || pair == NULL);
    seal_pair_free(pair);
    return status;
}

static void refuses_files_that_hold_no_key_of_ours(void **state)
{
    static const uint8_t low_order[SEAL_PUBLIC_BYTES] = {0};
    EVP_PKEY *ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), *x448 = EVP_PKEY_Q_keygen(NULL, NULL, "X448");
    EVP_PKEY *nobody = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, low_order, sizeof(low_order));
    struct seal_pair *pair = NULL;
    struct err err = {""};

    (void)state;
    assert_int_equal(seal_pair_read_private("/nonexistent/own.pem", &pair, &err), ST_FATAL);
    assert_non_null(strstr(err.text, "/nonexistent/own.pem"));
    assert_int_equal(read_kind(NULL, true, &err), ST_FATAL);
    assert_int_equal(read_kind(NULL, false, &err), ST_FATAL);
    assert_int_equal(read_kind(ed25519, true, &err), ST_FATAL);
    assert_int_equal(read_kind(ed25519, false, &err), ST_FATAL);
    assert_int_equal(read_kind(x448, false, &err), ST_FATAL);
    assert_int_equal(read_kind(nobody, false, &err), ST_FATAL);
    EVP_PKEY_free(ed25519);
    EVP_PKEY_free(x448);
    EVP_PKEY_free(nobody);
}

/* --- sealing and opening ------------------------------------------------------------------------------------------ */

static void opens_for_its_recipient_in_its_place_only(void **state)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), *other_key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    struct seal_pair *theirs = read_back(key, false), *own = read_back(key, true), *other = read_back(other_key, true);
    struct str enc, sealed, opened, again_enc, again;

    (void)state;
    seal_to(theirs, STR("4432801561520454"), STR("order-1"), &arena, &enc, &sealed);
    seal_to(theirs, STR("4432801561520454"), STR("order-1"), &arena, &again_enc, &again);
    assert_false(str_equal(enc, again_enc));
    assert_false(str_equal(sealed, again));
    assert_int_equal(seal_open(own, enc, sealed, STR("order-1"), &arena, &opened, NULL), ST_OK);
    assert_true(str_equal(opened, STR("4432801561520454")));
    assert_int_equal(seal_open(own, enc, sealed, STR("order-2"), &arena, &opened, NULL), ST_REJECT);
    assert_int_equal(seal_open(other, enc, sealed, STR("order-1"), &arena, &opened, NULL), ST_REJECT);
    assert_int_equal(seal_open(own, again_enc, sealed, STR("order-1"), &arena, &opened, NULL), ST_REJECT);
    seal_pair_free(own);
    seal_pair_free(theirs);
    seal_pair_free(other);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other_key);
}

static void refuses_every_changed_bit_and_every_cut(void **state)
{
    EVP_PKEY *key = private_key(vectors[1].recipient_private);
    struct seal_pair *own = read_back(key, true);
    struct str enc = hex(vectors[1].encapsulated), sealed = hex(vectors[1].ciphertext);
    struct str additional = hex(vectors[1].additional), opened;
    char *bytes = (char *)(uintptr_t)sealed.ptr;

    (void)state;
    assert_int_equal(seal_open(own, enc, sealed, additional, &arena, &opened, NULL), ST_OK);
    for (size_t i = 0; i < sealed.len; i++) {
        bytes[i] = (char)(bytes[i] ^ (1 << i % 8));
        assert_int_equal(seal_open(own, enc, sealed, additional, &arena, &opened, NULL), ST_REJECT);
        bytes[i] = (char)(bytes[i] ^ (1 << i % 8));
        assert_int_equal(seal_open(own, enc, (struct str){bytes, i}, additional, &arena, &opened, NULL), ST_REJECT);
    }
    for (size_t len = 0; len < SEAL_PUBLIC_BYTES; len++)
        assert_int_equal(seal_open(own, (struct str){enc.ptr, len}, sealed, additional, &arena, &opened, NULL),
                         ST_REJECT);
    memset((char *)(uintptr_t)enc.ptr, 0, enc.len); /* a point of low order */
    assert_int_equal(seal_open(own, enc, sealed, additional, &arena, &opened, NULL), ST_REJECT);
    seal_pair_free(own);
    EVP_PKEY_free(key);
}

static void opens_a_field_under_its_key_and_name_only(void **state)
{
    struct seal_key key = seal_key_random(), other = seal_key_random();
    struct str nonce, sealed, second_nonce, second, opened;

    (void)state;
    seal_field(&key, STR("ada@example.com"), STR("order-1|email"), &arena, &nonce, &sealed);
    seal_field(&key, STR("ada@example.com"), STR("order-1|email"), &arena, &second_nonce, &second);
    assert_int_equal(nonce.len, SEAL_NONCE_BYTES);
    assert_int_equal(sealed.len, 15 + SEAL_TAG_BYTES);
    assert_false(str_equal(nonce, second_nonce));
    assert_false(str_equal(sealed, second));
    assert_int_equal(seal_open_field(&key, nonce, sealed, STR("order-1|email"), &arena, &opened, NULL), ST_OK);
    assert_true(str_equal(opened, STR("ada@example.com")));
    assert_int_equal(seal_open_field(&key, nonce, sealed, STR("order-1|address"), &arena, &opened, NULL), ST_REJECT);
    assert_int_equal(seal_open_field(&other, nonce, sealed, STR("order-1|email"), &arena, &opened, NULL), ST_REJECT);
    assert_int_equal(seal_open_field(&key, second_nonce, sealed, STR("order-1|email"), &arena, &opened, NULL),
                     ST_REJECT);
    assert_int_equal(
        seal_open_field(&key, (struct str){nonce.ptr, 11}, sealed, STR("order-1|email"), &arena, &opened, NULL),
        ST_REJECT);
    assert_int_equal(
        seal_open_field(&key, nonce, (struct str){sealed.ptr, 15}, STR("order-1|email"), &arena, &opened, NULL),
        ST_REJECT);
    seal_field(&key, STR(""), STR(""), &arena, &nonce, &sealed);
    assert_int_equal(seal_open_field(&key, nonce, sealed, STR(""), &arena, &opened, NULL), ST_OK);
    assert_int_equal(opened.len, 0);
}

/* NIST's test case 16 of "The Galois/Counter Mode of Operation" (AES-256, 96-bit nonce, additional data). */
static void is_the_aes_gcm_that_everybody_means(void **state)
{
    struct seal_key key;
    struct str opened;

    (void)state;
    memcpy(key.bytes, hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308").ptr, SEAL_KEY_BYTES);
    assert_int_equal(
        seal_open_field(&key, hex("cafebabefacedbaddecaf888"),
                        hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"),
                        hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"), &arena, &opened, NULL),
        ST_OK);
    assert_int_equal(opened.len, 60);
    assert_memory_equal(opened.ptr, hex("d9313225f88406e5").ptr, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(seals_and_opens_the_published_vectors, begin, end),
        cmocka_unit_test_setup_teardown(gives_both_halves_the_same_name, begin, end),
        cmocka_unit_test_setup_teardown(refuses_files_that_hold_no_key_of_ours, begin, end),
        cmocka_unit_test_setup_teardown(opens_for_its_recipient_in_its_place_only, begin, end),
        cmocka_unit_test_setup_teardown(refuses_every_changed_bit_and_every_cut, begin, end),
        cmocka_unit_test_setup_teardown(opens_a_field_under_its_key_and_name_only, begin, end),
        cmocka_unit_test_setup_teardown(is_the_aes_gcm_that_everybody_means, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
