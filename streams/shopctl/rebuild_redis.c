/* rebuild_redis.c - the views' entries, read by SCAN, sorted, hashed and compared. */
#include "streams/shopctl/rebuild_redis.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *prefix, *name;
} families[VIEWS_FAMILIES] = {
    [VIEWS_CARTS] = {"cart:", "carts"},
    [VIEWS_ORDERS] = {"order:", "orders' messages"},
    [VIEWS_LISTS] = {"orders:", "orders on lists"},
    [VIEWS_FORGOTTEN] = {"forgotten:", "forgotten"},
};

static struct str text_of(const redisReply *reply)
{
    return (struct str){reply->str, reply->len};
}

static bool family_of(struct str key, enum views_family *family)
{
    for (int i = 0; i < VIEWS_FAMILIES; i++) {
        size_t len = strlen(families[i].prefix);

        if (key.len > len && memcmp(key.ptr, families[i].prefix, len) == 0) {
            *family = (enum views_family)i;
            return true;
        }
    }
    return false;
}

static void add(struct views_inventory *inventory, enum views_family family, struct str key, struct str field,
                int64_t version, struct str value)
{
    struct views_entry *entry;

    if (inventory->count == inventory->room) {
        inventory->room = inventory->room * 2 + 256;
        inventory->entries = reallocarray(inventory->entries, inventory->room, sizeof(*inventory->entries));
        if (!inventory->entries)
            abort();
    }
    entry = &inventory->entries[inventory->count++];
    *entry = (struct views_entry){.family = family, .version = version};
    entry->name = arena_printf(&inventory->arena, STR_FMT "%s" STR_FMT, STR_ARG(key), field.len ? " " : "",
                               STR_ARG(field));
    if (!EVP_Digest(value.ptr, value.len, entry->hash, NULL, EVP_sha256(), NULL))
        abort();
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static redisReply *ask(redisContext *link, const char *command, struct str key, const char *more)
{
    const char *words[] = {command, key.ptr, "0", "-1", more};
    size_t lens[] = {strlen(command), key.len, 1, 2, more ? strlen(more) : 0};

    /* READS */
    return redisCommandArgv(link, more ? 5 : 2, words, lens);
}

static void add_cart(struct views_inventory *inventory, struct str key, const redisReply *fields)
{
    struct str value = {0};
    int64_t version = 0;

    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        if (strcmp(fields->element[i]->str, "version") == 0)
            version = strtoll(fields->element[i + 1]->str, NULL, 10);
        else
            value = text_of(fields->element[i + 1]);
    }
    add(inventory, VIEWS_CARTS, key, (struct str){0}, version, value);
}

/* An order's fields, "<time_ms> <value>" each; a list's members, each with its time. */
static void add_pairs(struct views_inventory *inventory, enum views_family family, struct str key,
                      const redisReply *pairs)
{
    for (size_t i = 0; i + 1 < pairs->elements; i += 2)
        add(inventory, family, key, text_of(pairs->element[i]), strtoll(pairs->element[i + 1]->str, NULL, 10),
            text_of(pairs->element[i + 1]));
}

/* A key that went between the scan and this is none. */
static bool read_key(redisContext *link, struct views_inventory *inventory, enum views_family family, struct str key)
{
    redisReply *reply = family == VIEWS_FORGOTTEN ? NULL
                        : family == VIEWS_LISTS   ? ask(link, "ZRANGE", key, "WITHSCORES")
                                                  : ask(link, "HGETALL", key, NULL);
    bool read = reply && reply->type == REDIS_REPLY_ARRAY;

    if (family == VIEWS_FORGOTTEN)
        add(inventory, family, key, (struct str){0}, 0, STR("1"));
    else if (read && reply->elements && family == VIEWS_CARTS)
        add_cart(inventory, key, reply);
    else if (read)
        add_pairs(inventory, family, key, reply);
    freeReplyObject(reply);
    return read || family == VIEWS_FORGOTTEN;
}

static bool read_page(redisContext *link, struct views_inventory *inventory, const redisReply *page)
{
    const redisReply *keys = page->element[1];
    enum views_family family;

    for (size_t i = 0; i < keys->elements; i++)
        if (family_of(text_of(keys->element[i]), &family) &&
            !read_key(link, inventory, family, text_of(keys->element[i])))
            return false;
    return true;
}

static int by_name(const void *a, const void *b)
{
    const struct views_entry *one = a, *two = b;

    return one->family != two->family ? (int)one->family - (int)two->family : str_compare(one->name, two->name);
}

/* SCAN may show a key twice. */
static void sort_out(struct views_inventory *inventory)
{
    size_t kept = 0;

    if (inventory->count)
        qsort(inventory->entries, inventory->count, sizeof(*inventory->entries), by_name);
    for (size_t i = 0; i < inventory->count; i++)
        if (!kept || by_name(&inventory->entries[kept - 1], &inventory->entries[i]) != 0)
            inventory->entries[kept++] = inventory->entries[i];
    inventory->count = kept;
}

enum status views_inventory_take(redisContext *link, struct views_inventory *inventory, struct err *err)
{
    char cursor[32] = "0";
    bool read;

    *inventory = (struct views_inventory){.count = 0};
    arena_init(&inventory->arena);
    do {
        /* READS */
        redisReply *page = redisCommand(link, "SCAN %s COUNT 1000", cursor);

        read = page && page->type == REDIS_REPLY_ARRAY && page->elements == 2 && read_page(link, inventory, page);
        snprintf(cursor, sizeof(cursor), "%s", read ? page->element[0]->str : "0");
        freeReplyObject(page);
    } while (strcmp(cursor, "0") != 0);
    sort_out(inventory);
    return read ? ST_OK
                : err_set(err, ST_RETRY, "Redis: %s",
                          link->err ? link->errstr : "what the views keep is not what it was");
}

void views_inventory_free(struct views_inventory *inventory)
{
    arena_release(&inventory->arena);
    free(inventory->entries);
}

/* --- a number for it ---------------------------------------------------------------------------------------------- */

static void write_hex(const uint8_t hash[32], char text[DIGEST_TEXT_LEN + 1])
{
    for (int i = 0; i < 32; i++)
        snprintf(text + 2 * (size_t)i, 3, "%02x", hash[i]);
}

void views_inventory_digest(const struct views_inventory *inventory, struct digest *digest)
{
    EVP_MD_CTX *whole = EVP_MD_CTX_new(), *part = EVP_MD_CTX_new();
    uint8_t hash[32];
    size_t at = 0;

    *digest = (struct digest){.count = VIEWS_FAMILIES, .rows = (int64_t)inventory->count};
    if (!whole || !part || !EVP_DigestInit_ex(whole, EVP_sha256(), NULL))
        abort();
    for (int family = 0; family < VIEWS_FAMILIES; family++) {
        struct digest_table *table = &digest->tables[family];

        snprintf(table->name, sizeof(table->name), "%s", families[family].name);
        if (!EVP_DigestInit_ex(part, EVP_sha256(), NULL))
            abort();
        for (; at < inventory->count && (int)inventory->entries[at].family == family; at++, table->rows++) {
            EVP_DigestUpdate(part, inventory->entries[at].name.ptr, inventory->entries[at].name.len);
            EVP_DigestUpdate(part, inventory->entries[at].hash, sizeof(hash));
        }
        EVP_DigestFinal_ex(part, hash, NULL);
        EVP_DigestUpdate(whole, hash, sizeof(hash));
        write_hex(hash, table->sha256);
    }
    EVP_DigestFinal_ex(whole, hash, NULL);
    write_hex(hash, digest->sha256);
    EVP_MD_CTX_free(part);
    EVP_MD_CTX_free(whole);
}

/* --- comparing ---------------------------------------------------------------------------------------------------- */

static void differs(struct rebuild_table *table, struct str name)
{
    if (table->different++ == 0)
        snprintf(table->example, sizeof(table->example), STR_FMT, STR_ARG(name));
}

static void compare_one(struct rebuild_table *table, const struct views_entry *was, const struct views_entry *is,
                        int64_t since_ms)
{
    bool later = is && (is->family == VIEWS_CARTS ? !was || is->version > was->version
                                                  : !was && (is->version >= since_ms || is->family == VIEWS_FORGOTTEN));

    if (was && is && was->version == is->version && memcmp(was->hash, is->hash, sizeof(is->hash)) == 0)
        table->same++;
    else if (later)
        table->went_on++;
    else
        differs(table, was ? was->name : is->name);
}

bool views_inventory_compare(const struct views_inventory *before, const struct views_inventory *after,
                             int64_t since_ms, struct rebuild_table tables[VIEWS_FAMILIES])
{
    int64_t different = 0;
    size_t b = 0, a = 0;

    memset(tables, 0, VIEWS_FAMILIES * sizeof(*tables));
    while (b < before->count || a < after->count) {
        const struct views_entry *was = b < before->count ? &before->entries[b] : NULL,
                                 *is = a < after->count ? &after->entries[a] : NULL;
        int order = !was ? 1 : !is ? -1 : by_name(was, is);

        was = order <= 0 ? was : NULL;
        is = order >= 0 ? is : NULL;
        compare_one(&tables[was ? was->family : is->family], was, is, since_ms);
        b += order <= 0;
        a += order >= 0;
    }
    for (int family = 0; family < VIEWS_FAMILIES; family++)
        different += tables[family].different;
    return different == 0;
}
