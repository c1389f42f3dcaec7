/* keyring.h - customers' keys, as a reader of customer.keys holds them: in memory only, unwrapped when first used.
 *
 * A ring keeps what it was told, forgotten keys included: about 130 bytes a key, so a million customers are 130 MB. */
#ifndef MSG_KEYRING_H
#define MSG_KEYRING_H

#include <stdbool.h>

#include "base/seal.h"
#include "msg/msg.h"

struct keyring;

/* own opens what was wrapped to recipient ("shipping"); it is borrowed and must outlive the ring. */
struct keyring *keyring_open(const char *recipient, const struct seal_pair *own);
void keyring_close(struct keyring *ring);

/* Takes a CustomerKey; an older version than the one held is ignored, a forgotten key is erased. True when somebody has
 * said an older version of a forgotten key after it: compaction keeps what was said last, so its owner says the forgotten
 * one again. */
bool keyring_learn(struct keyring *ring, const struct customer_key *key);

/* Opens a sealed field of an order ("email", "address").
 * ST_RETRY: the key has not been heard of (yet). ST_REJECT: forgotten, not wrapped to us, or not authentic. */
enum status keyring_open_field(struct keyring *ring, const struct sealed *field, struct str order_id, const char *name,
                               struct arena *arena, struct str *plaintext, struct err *err) must_check;

/* What seals a field in the gateway: the same additional data, "<order id>|<field name>", in the arena. */
struct str keyring_additional(struct str order_id, const char *name, struct arena *arena);

#endif
