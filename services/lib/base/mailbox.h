/* mailbox.h - mail addresses as the accounts' database holds them: what is needed to find one, and what is needed to show
 * it, both worth nothing without the gateway's own key. A copy of the database is no list of addresses. */
#ifndef BASE_MAILBOX_H
#define BASE_MAILBOX_H

#include "base/seal.h"

enum { MAILBOX_MAX_BYTES = 254, MAILBOX_HASH_TEXT = 64 };

struct mailbox_keys {
    struct seal_key seal, find;
};

/* The two keys that follow from the 32 bytes of the accounts' key. */
struct mailbox_keys mailbox_keys_of(const uint8_t key[SEAL_KEY_BYTES]);

/* One spelling for each mailbox: ASCII letters in lower case. In the arena. */
struct str mailbox_plain(struct str mail, struct arena *arena);

/* 64 hex digits that find a plain mail; in the arena. */
struct str mailbox_hash(const struct mailbox_keys *keys, struct str plain, struct arena *arena);

/* The mail sealed for this user, in hex; in the arena. */
struct str mailbox_seal(const struct mailbox_keys *keys, struct str plain, struct str user_id, struct arena *arena);

/* Empty when it was not sealed so. */
struct str mailbox_open(const struct mailbox_keys *keys, struct str sealed, struct str user_id, struct arena *arena);

#endif
