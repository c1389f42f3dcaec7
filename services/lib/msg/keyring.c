/* keyring.c - a hash table from key id to what is known of it; a reader may hold hundreds of thousands.
 *
 * 1. An entry never moves, so that erasing one leaves no copy of it behind.
 * 2. An entry holds the bytes wrapped to us, or, from the first use on, the key itself in the same place.
 * 3. A forgotten key keeps its entry without bytes: an older version that comes late must find it.
 *
 * About 130 bytes a key: 112 of the entry, and a slot of 4 in an index that is at most three quarters full. */
#include "msg/keyring.h"

#include <stdlib.h>

enum { CHUNK_ENTRIES = 256, FIRST_SLOTS = 1024, WRAPPED_BYTES = SEAL_PUBLIC_BYTES + SEAL_KEY_BYTES + SEAL_TAG_BYTES };

enum entry_state { ENTRY_NOT_OURS, ENTRY_WRAPPED, ENTRY_OPENED, ENTRY_FORGOTTEN };

struct entry {
    struct id id; /* of the key id's text */
    int64_t version;
    uint8_t state;
    uint8_t bytes[WRAPPED_BYTES]; /* wrapped: public half and ciphertext; opened: the key */
};

struct keyring {
    const char *recipient;
    const struct seal_pair *own;
    struct entry **chunks;
    size_t count;    /* of entries */
    uint32_t *slots; /* 1 + number of the entry, 0: free; open addressing */
    size_t slot_count;
};

static void *must_alloc(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

struct keyring *keyring_open(const char *recipient, const struct seal_pair *own)
{
    struct keyring *ring = must_alloc(calloc(1, sizeof(*ring)));

    ring->recipient = recipient;
    ring->own = own;
    ring->slot_count = FIRST_SLOTS;
    ring->slots = must_alloc(calloc(ring->slot_count, sizeof(ring->slots[0])));
    return ring;
}

void keyring_close(struct keyring *ring)
{
    if (!ring)
        return;
    for (size_t i = 0; i * CHUNK_ENTRIES < ring->count; i++) {
        seal_cleanse(ring->chunks[i], CHUNK_ENTRIES * sizeof(struct entry));
        free(ring->chunks[i]);
    }
    free(ring->chunks);
    free(ring->slots);
    free(ring);
}

static struct entry *entry_at(const struct keyring *ring, size_t number)
{
    return &ring->chunks[number / CHUNK_ENTRIES][number % CHUNK_ENTRIES];
}

/* Key ids are UUIDs; another text is named by one, so that nothing is trusted about its shape. */
static struct id id_of(struct str key_id)
{
    static const struct id space = {.bytes = "ring of keys"};
    struct id id;

    return id_parse(key_id, &id) ? id : id_named(&space, key_id);
}

/* The slot of this id, or the free one where it belongs. Ids are random: any eight bytes of one are a hash. */
static uint32_t *slot_of(const struct keyring *ring, const struct id *id)
{
    uint64_t hash;
    size_t at;

    memcpy(&hash, id->bytes + sizeof(id->bytes) - sizeof(hash), sizeof(hash));
    at = hash * UINT64_C(0x9e3779b97f4a7c15) >> 20 & (ring->slot_count - 1);
    while (ring->slots[at] && !id_equal(&entry_at(ring, ring->slots[at] - 1)->id, id))
        at = (at + 1) & (ring->slot_count - 1);
    return &ring->slots[at];
}

static struct entry *find(const struct keyring *ring, const struct id *id)
{
    uint32_t slot = *slot_of(ring, id);

    return slot ? entry_at(ring, slot - 1) : NULL;
}

static void grow_index(struct keyring *ring)
{
    free(ring->slots);
    ring->slot_count *= 2;
    ring->slots = must_alloc(calloc(ring->slot_count, sizeof(ring->slots[0])));
    for (size_t i = 0; i < ring->count; i++)
        *slot_of(ring, &entry_at(ring, i)->id) = (uint32_t)(i + 1);
}

static struct entry *add(struct keyring *ring, const struct id *id)
{
    struct entry *entry;

    if (ring->count % CHUNK_ENTRIES == 0) {
        size_t chunk_count = ring->count / CHUNK_ENTRIES;

        ring->chunks = must_alloc(reallocarray(ring->chunks, chunk_count + 1, sizeof(ring->chunks[0])));
        ring->chunks[chunk_count] = must_alloc(calloc(CHUNK_ENTRIES, sizeof(struct entry)));
    }
    if (ring->count + 1 > ring->slot_count / 4 * 3)
        grow_index(ring);
    entry = entry_at(ring, ring->count++);
    entry->id = *id;
    entry->version = INT64_MIN;
    *slot_of(ring, id) = (uint32_t)ring->count;
    return entry;
}

static const struct sealed_to *wrapped_to(const struct customer_key *key, const char *recipient)
{
    for (size_t i = 0; i < key->wraps.count; i++)
        if (str_is(key->wraps.items[i].recipient, recipient))
            return &key->wraps.items[i].key;
    return NULL;
}

bool keyring_learn(struct keyring *ring, const struct customer_key *key)
{
    const struct sealed_to *wrap = key->forgotten ? NULL : wrapped_to(key, ring->recipient);
    struct id id = id_of(key->key_id);
    struct entry *entry = find(ring, &id);

    if (!entry)
        entry = add(ring, &id);
    /* Of one version, the forgotten one wins: it came later, whoever numbered them. */
    if (key->version < entry->version ||
        (key->version == entry->version && (!key->forgotten || entry->state == ENTRY_FORGOTTEN)))
        return entry->state == ENTRY_FORGOTTEN && !key->forgotten;
    entry->version = key->version;
    entry->state = key->forgotten ? ENTRY_FORGOTTEN : ENTRY_NOT_OURS;
    seal_cleanse(entry->bytes, sizeof(entry->bytes));
    if (wrap && wrap->encapsulated_key.len == SEAL_PUBLIC_BYTES &&
        wrap->ciphertext.len == WRAPPED_BYTES - SEAL_PUBLIC_BYTES) {
        entry->state = ENTRY_WRAPPED;
        memcpy(entry->bytes, wrap->encapsulated_key.ptr, SEAL_PUBLIC_BYTES);
        memcpy(entry->bytes + SEAL_PUBLIC_BYTES, wrap->ciphertext.ptr, wrap->ciphertext.len);
    }
    return false;
}

static enum status unwrap(const struct keyring *ring, struct entry *entry, struct str key_id, struct arena *arena,
                          struct err *err)
{
    const char *bytes = (const char *)entry->bytes;
    struct str encapsulated = {bytes, SEAL_PUBLIC_BYTES};
    struct str ciphertext = {bytes + SEAL_PUBLIC_BYTES, WRAPPED_BYTES - SEAL_PUBLIC_BYTES};
    struct str key = {0};
    enum status status = seal_open(ring->own, encapsulated, ciphertext, key_id, arena, &key, err);

    if (status != ST_OK)
        return status;
    memcpy(entry->bytes, key.ptr, SEAL_KEY_BYTES);
    seal_cleanse(entry->bytes + SEAL_KEY_BYTES, sizeof(entry->bytes) - SEAL_KEY_BYTES);
    seal_cleanse((char *)(uintptr_t)key.ptr, key.len);
    entry->state = ENTRY_OPENED;
    return ST_OK;
}

enum status keyring_open_field(struct keyring *ring, const struct sealed *field, struct str order_id, const char *name,
                               struct arena *arena, struct str *plaintext, struct err *err)
{
    struct id id = id_of(field->key_id);
    struct entry *entry = find(ring, &id);
    struct seal_key key;
    enum status status;

    if (!entry)
        return err_set(err, ST_RETRY, "key " STR_FMT " has not been heard of", STR_ARG(field->key_id));
    if (entry->state == ENTRY_FORGOTTEN)
        return err_set(err, ST_REJECT, "key " STR_FMT " is forgotten", STR_ARG(field->key_id));
    if (entry->state == ENTRY_NOT_OURS)
        return err_set(err, ST_REJECT, "key " STR_FMT " is not wrapped to %s", STR_ARG(field->key_id), ring->recipient);
    if (entry->state == ENTRY_WRAPPED) {
        status = unwrap(ring, entry, field->key_id, arena, err);
        if (status != ST_OK)
            return status;
    }
    memcpy(key.bytes, entry->bytes, sizeof(key.bytes));
    status = seal_open_field(&key, field->nonce, field->ciphertext, keyring_additional(order_id, name, arena), arena,
                             plaintext, err);
    seal_cleanse(&key, sizeof(key));
    return status;
}

struct str keyring_additional(struct str order_id, const char *name, struct arena *arena)
{
    return arena_printf(arena, STR_FMT "|%s", STR_ARG(order_id), name);
}
