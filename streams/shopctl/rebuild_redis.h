/* rebuild_redis.h - what the views keep in Redis, entry by entry: to see whether a rebuild came to the same.
 *
 * An entry is one field of an order, one order of a shopper's list, one cart or one who is forgotten
 * (streams/views/README.md). */
#ifndef SHOPCTL_REBUILD_REDIS_H
#define SHOPCTL_REBUILD_REDIS_H

#include <stdint.h>

#include "streams/shopctl/rebuild.h"

enum views_family { VIEWS_CARTS, VIEWS_ORDERS, VIEWS_LISTS, VIEWS_FORGOTTEN, VIEWS_FAMILIES };

struct views_entry {
    enum views_family family;
    struct str name;  /* the key, and behind it the field or the member */
    int64_t version;  /* of a cart; of an order's field and a list's member: its time in ms */
    uint8_t hash[32]; /* of its value */
};

struct views_inventory {
    struct arena arena;
    struct views_entry *entries; /* by family and name */
    size_t count, room;
};

/* Reads all of it. ST_RETRY: Redis does not answer, or breaks off; the inventory is to be freed in any case. */
enum status views_inventory_take(struct redisContext *link, struct views_inventory *inventory, struct err *err);
void views_inventory_free(struct views_inventory *inventory);

/* Rows and a SHA-256 for each family, and one for all. */
void views_inventory_digest(const struct views_inventory *inventory, struct digest *digest);

/* Fills tables, one for each family. What is new since since_ms, or is a later version, went on. True: nothing else differs. */
bool views_inventory_compare(const struct views_inventory *before, const struct views_inventory *after,
                             int64_t since_ms, struct rebuild_table tables[VIEWS_FAMILIES]);

#endif
